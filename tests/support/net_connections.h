// Connections to test: a host on a base with a virtual clock, handlers made of lambdas, and peers that the test drives.
// Runs over streams as they are and over streams that complete late and partly, of the kernel's sockets and of
// simulated ones.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/simulation/network.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/event_base.h"
#include "support/net_peer.h"
#include "support/stream_case.h"

namespace pinwheel::testing {

// What a handler does, and what it was told.
struct script {
  std::function<void(connection&)> open = [](connection&) {};
  std::function<std::size_t(connection&, std::string_view)> data = [](connection&, std::string_view bytes) {
    return bytes.size();
  };
  std::function<void(connection&)> eof = [](connection& peer) { peer.close(close_reason::peer_eof); };
  std::function<void(connection&)> drained = [](connection&) {};
  std::function<void(connection&, close_reason)> timeout = [](connection& peer, close_reason why) { peer.abort(why); };
  std::function<void(connection&)> drain = [](connection& peer) { peer.close(close_reason::drained); };
  std::function<void(connection&)> moved = [](connection&) {};
  std::function<void(connection&)> stayed = [](connection&) {};
  std::function<void(connection&)> closing = [](connection&) {};
  std::function<void()> dying = [] {};

  connection* self = nullptr;  // From on_open to on_close.
  connection_id id;
  std::vector<std::string> offered;  // The bytes of each on_data.
  int opens = 0;
  int eofs = 0;
  int draineds = 0;
  int drains = 0;
  int moves = 0;
  int stays = 0;
  bool can_move = true;
  std::vector<close_reason> timeouts;
  std::vector<close_status> closes;
  int destroyed = 0;
};

class scripted final : public connection_handler {
 public:
  explicit scripted(script& lines) : lines_(lines) {}
  ~scripted() override {
    ++lines_.destroyed;
    lines_.dying();
  }

  void on_open(connection& peer) override {
    ++lines_.opens;
    lines_.self = &peer;
    lines_.id = peer.id();
    lines_.open(peer);
  }
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    lines_.offered.emplace_back(bytes);
    return lines_.data(peer, bytes);
  }
  void on_eof(connection& peer) override {
    ++lines_.eofs;
    lines_.eof(peer);
  }
  void on_drained(connection& peer) override {
    ++lines_.draineds;
    lines_.drained(peer);
  }
  void on_timeout(connection& peer, close_reason why) override {
    lines_.timeouts.push_back(why);
    lines_.timeout(peer, why);
  }
  void on_drain(connection& peer) override {
    ++lines_.drains;
    lines_.drain(peer);
  }
  [[nodiscard]] bool can_move(const connection&) const noexcept override { return lines_.can_move; }
  void on_moved(connection& peer) override {
    ++lines_.moves;
    lines_.id = peer.id();
    lines_.moved(peer);
  }
  void on_stayed(connection& peer) override {
    ++lines_.stays;
    lines_.stayed(peer);
  }
  void on_close(connection& peer, close_status why) noexcept override {
    lines_.closes.push_back(why);
    lines_.closing(peer);
    lines_.self = nullptr;
  }

 private:
  script& lines_;
};

class connection_test : public ::testing::TestWithParam<stream_case> {
 protected:
  void SetUp() override {
    descriptors_before_ = open_descriptors();
    network_ = GetParam().make_network(clock_);
    base_ = GetParam().make_base({.priorities = 2, .clock = &clock_}, network_.get());
    host_ = make_host();
  }

  // Whatever a test did, nothing of it is left once its peers have gone.
  void TearDown() override {
    peers_.clear();
    host_->abort_all(close_reason::stopped);
    run_until([this] { return host_->all_streams().empty(); });
    turn();
    EXPECT_EQ(host_->size(), 0U);
    EXPECT_EQ(host_->blocks().blocks_in_use(), 0U);
    EXPECT_EQ(host_->rooms().rooms_in_use(), 0U);
    EXPECT_EQ(host_->counters().opened.value(), host_->counters().closed());
    host_.reset();
    base_.reset();
    if (network_ != nullptr) {
      EXPECT_EQ(network_->sockets(), 0U);
      EXPECT_EQ(network_->stale_calls(), 0U);
    }
    EXPECT_EQ(open_descriptors(), descriptors_before_);
    set_log_hook(nullptr);
  }

  [[nodiscard]] std::unique_ptr<connection_host> make_host(const connector_options& connects = {}) const {
    return std::make_unique<connection_host>(*base_, stream_options{.mode = GetParam().mode, .network = network_.get()},
                                             connects);
  }

  // The two ends of a connection that was accepted with `options`.
  [[nodiscard]] tcp_pair make_pair(const listener_options& options = {}) const {
    return tcp_pair::make(options, network_.get());
  }

  // Lasts until every connection is gone.
  script& new_script() { return scripts_.emplace_back(); }

  // A new connection whose handler follows `lines`.
  net_peer& open(script& lines, const connection_options& options = {}, const listener_options& listener = {}) {
    return adopt(lines, make_pair(listener), options);
  }

  net_peer& adopt(script& lines, tcp_pair pair, const connection_options& options) {
    options_.push_back(std::make_unique<connection_options>(options));
    host_->open(std::move(pair.ours), make_handler_with<scripted>(lines), *options_.back());
    peers_.push_back(std::make_unique<net_peer>(std::move(pair.peer)));
    return *peers_.back();
  }

  void turn() {
    base_->loop(loop_flags::nonblock);
    base_->validate();
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

  void run_until_at_end(net_peer& peer) {
    run_until([&] {
      peer.receive();
      return peer.at_end() || peer.error() != 0;
    });
  }

  void run_until_closed(const script& lines) {
    run_until([&] { return !lines.closes.empty(); });
  }

  // Of a closed connection.
  static close_reason reason_of(const script& lines) {
    EXPECT_EQ(lines.closes.size(), 1U);
    return lines.closes.empty() ? close_reason::local : lines.closes.front().reason;
  }

  [[nodiscard]] std::uint64_t sends() const { return host_->traffic().sends.value(); }
  [[nodiscard]] std::uint64_t receives() const { return host_->traffic().receives.value(); }
  [[nodiscard]] bool is_immediate() const { return GetParam().mode == stream_mode::immediate; }

  const connection_options default_options_;
  virtual_clock clock_;
  std::unique_ptr<simulated_network> network_;  // Null over the kernel.
  std::unique_ptr<event_base> base_;
  std::unique_ptr<connection_host> host_;

 private:
  std::ptrdiff_t descriptors_before_ = 0;
  std::deque<script> scripts_;
  std::vector<std::unique_ptr<connection_options>> options_;
  std::vector<std::unique_ptr<net_peer>> peers_;
};

// A handler that sends back what it is sent.
inline void echoes(script& lines) {
  lines.data = [](connection& peer, std::string_view bytes) {
    peer.write(bytes);
    return bytes.size();
  };
}

// Small buffers in the kernel, so that a peer that does not read is felt soon.
inline constexpr listener_options small_kernel_buffers = {.receive_buffer_bytes = 8192, .send_buffer_bytes = 8192};

}  // namespace pinwheel::testing
