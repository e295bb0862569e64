// Several loops with connections, stepped by turns on one thread, and what their connections move between.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/connection_router.h"
#include "pinwheel/net/simulation/network.h"
#include "pinwheel/reactor/event_base.h"
#include "support/net_connections.h"
#include "support/net_peer.h"
#include "support/stream_case.h"

namespace pinwheel::testing {

// A loop of its own, whose mailbox holds little.
struct crowded_loop {
  crowded_loop(const stream_case& over, clock_source& clock, simulated_network* network)
      : base(over.make_base({.mailbox_tasks_max = 1, .clock = &clock}, network)),
        host(std::make_unique<connection_host>(*base, stream_options{.mode = over.mode, .network = network})) {}

  // With what comes from that loop.
  void fill_from(event_base& producer) const {
    ASSERT_EQ(producer.post([to = base->handle()] {
      while (to.activate({}) == post_result::taken) {
      }
    }),
              post_result::taken);
    producer.loop(loop_flags::nonblock);
  }

  std::unique_ptr<event_base> base;
  std::unique_ptr<connection_host> host;
};

class net_loops_test : public ::testing::TestWithParam<stream_case> {
 protected:
  static constexpr std::size_t loops_count = 3;

  struct one_loop {
    std::unique_ptr<event_base> base;
    std::unique_ptr<connection_host> host;
  };

  void SetUp() override {
    descriptors_before_ = open_descriptors();
    network_ = GetParam().make_network(clock_);
    for (one_loop& each : loops_) {
      each.base = GetParam().make_base({.priorities = 2, .clock = &clock_}, network_.get());
      each.host = std::make_unique<connection_host>(*each.base,
                                                    stream_options{.mode = GetParam().mode, .network = network_.get()});
      router_.add(each.host->handle());
    }
  }

  // Whatever a test did, nothing of it is left once its peers have gone.
  void TearDown() override {
    peers_.clear();
    for (const one_loop& each : loops_) {
      if (each.host != nullptr) each.host->abort_all(close_reason::stopped);
    }
    run_until([this] { return are_empty(); });
    turns(2);
    expect_balance();
    for (one_loop& each : loops_) {
      each.host.reset();
      each.base.reset();
    }
    router_ = {};  // A handle keeps what wakes its loop.
    if (network_ != nullptr) {
      EXPECT_EQ(network_->sockets(), 0U);
      EXPECT_EQ(network_->stale_calls(), 0U);
    }
    EXPECT_EQ(open_descriptors(), descriptors_before_);
    for (const script& each : scripts_) {
      EXPECT_LE(each.closes.size(), 1U);
      EXPECT_EQ(each.destroyed, each.opens > 0 ? 1 : 0);
    }
    set_log_hook(nullptr);
  }

  // Lasts until every connection is gone.
  script& new_script() { return scripts_.emplace_back(); }

  // A new connection on the first loop, whose handler follows `lines`.
  net_peer& open(script& lines, const connection_options& options = {}, const listener_options& listener = {}) {
    tcp_pair pair = tcp_pair::make(listener, network_.get());
    options_.push_back(std::make_unique<connection_options>(options));
    host(0).open(std::move(pair.ours), make_handler_with<scripted>(lines), *options_.back());
    peers_.push_back(std::make_unique<net_peer>(std::move(pair.peer)));
    return *peers_.back();
  }

  [[nodiscard]] connection_host& host(std::size_t loop) { return *loops_[loop].host; }
  [[nodiscard]] event_base& base(std::size_t loop) { return *loops_[loop].base; }

  // The loop that an open connection is on.
  [[nodiscard]] std::size_t loop_of(const script& lines) const {
    std::size_t at = 0;
    while (at < loops_count && loops_[at].host.get() != &lines.self->host()) ++at;
    return at;
  }

  // Null while it is gone, or on its way between two loops.
  [[nodiscard]] connection* find(const script& lines) {
    for (const one_loop& each : loops_) {
      if (each.host == nullptr) continue;
      if (connection* found = each.host->find(lines.id)) return found;
    }
    return nullptr;
  }

  void turn() {
    for (std::size_t at = 0; at < loops_count; ++at) turn(at);
  }
  void turn(std::size_t loop) {
    if (loops_[loop].base == nullptr) return;
    base(loop).loop(loop_flags::nonblock);
    base(loop).validate();
  }
  void turns(int count) {
    while (count-- > 0) turn();
  }

  // Turns until `done()`; fails when the kernel takes unreasonably long.
  template <class Done>
  void run_until(Done done) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      turn();
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "what was waited for did not happen";
    }
  }

  void run_until_received(net_peer& peer, std::string_view expected) {
    run_until([&] {
      peer.receive();
      return peer.received().size() >= expected.size();
    });
    EXPECT_EQ(peer.received(), expected);
  }

  void move(script& lines, std::size_t to) { lines.self->move_to(host(to).handle()); }

  void move_and_wait(script& lines, std::size_t to) {
    const int before = lines.moves;
    move(lines, to);
    run_until([&] { return lines.moves > before; });
    EXPECT_EQ(loop_of(lines), to);
  }

  void run_until_closed(const script& lines) {
    run_until([&] { return !lines.closes.empty(); });
  }

  static close_reason reason_of(const script& lines) {
    EXPECT_EQ(lines.closes.size(), 1U);
    return lines.closes.front().reason;
  }

  // No loop remembers anything of a connection.
  void expect_balance() {
    std::uint64_t out = 0;
    std::uint64_t in = 0;
    for (const one_loop& each : loops_) {
      if (each.host == nullptr) continue;
      const connection_counters& counted = each.host->counters();
      EXPECT_EQ(each.host->size(), 0U);
      EXPECT_EQ(each.host->names_forwarded(), 0U);
      EXPECT_EQ(each.host->blocks().blocks_in_use(), 0U);
      EXPECT_EQ(each.host->rooms().rooms_in_use(), 0U);
      EXPECT_EQ(counted.opened.value() + counted.moved_in.value(), counted.closed() + counted.moved_out.value());
      in += counted.moved_in.value();
      out += counted.moved_out.value();
    }
    if (!others_took_part_) {
      EXPECT_EQ(in, out);
    }
  }

  // A loop and its connections end, as at the end of a thread.
  void destroy(std::size_t loop) {
    others_took_part_ = true;
    loops_[loop].host.reset();
    loops_[loop].base.reset();
  }

  [[nodiscard]] bool are_empty() const {
    for (const one_loop& each : loops_) {
      if (each.host != nullptr && !each.host->all_streams().empty()) return false;
    }
    return true;
  }

  virtual_clock clock_;
  std::unique_ptr<simulated_network> network_;  // Null over the kernel.
  std::array<one_loop, loops_count> loops_;
  connection_router router_;
  bool others_took_part_ = false;  // Loops that are not, or no longer, among these.

 private:
  std::ptrdiff_t descriptors_before_ = 0;
  std::deque<script> scripts_;
  std::vector<std::unique_ptr<connection_options>> options_;
  std::vector<std::unique_ptr<net_peer>> peers_;
};

}  // namespace pinwheel::testing
