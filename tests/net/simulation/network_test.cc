// The simulated network is as strict as the kernel, and the same for the same seed.
#include "pinwheel/net/simulation/network.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pinwheel/net/acceptor.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/event_base.h"
#include "support/net_peer.h"
#include "support/watched_kernel.h"

namespace pinwheel::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr interest stream_interest = interest::read_write | interest::closed | interest::edge;

address at(std::string_view text) { return parse_address(text).value(); }

// What distinguishes one byte of a stream from its neighbours.
std::string pattern(std::size_t bytes) {
  std::string all;
  for (int count = 0; all.size() < bytes; ++count) all += std::to_string(count) + ",";
  all.resize(bytes);
  return all;
}

class simulated_network_test : public ::testing::Test {
 protected:
  void make(const simulated_network_options& options = {}) {
    network_ = std::make_unique<simulated_network>(clock_, options);
  }

  io_result send(const socket_descriptor& from, std::string_view bytes) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    return network_->send(from.native_handle(), {&piece, 1});
  }

  io_result receive(const socket_descriptor& to, std::string& into, std::size_t most = 65536) {
    std::string room(most, '\0');
    const io_result got = network_->receive(to.native_handle(), room);
    if (got.ok()) into.append(room, 0, got.count());
    return got;
  }

  // All that has come.
  std::string receive(const socket_descriptor& to) {
    std::string all;
    for (;;) {
      const io_result got = receive(to, all);
      if (!got.ok() || got.count() == 0) return all;
    }
  }

  io_result accept(const socket_descriptor& listening) {
    sockaddr_storage peer{};
    socklen_t length = 0;
    return network_->accept(listening.native_handle(), peer, length);
  }

  [[nodiscard]] reasons readiness(const socket_descriptor& of) {
    network_->deliver();
    return network_->readiness(of.native_handle());
  }

  // To the next arrival; false when nothing is under way.
  bool wait() {
    const auto next = network_->next_arrival();
    if (!next) return false;
    if (*next > clock_.now()) clock_.advance_to(*next);
    network_->deliver();
    return true;
  }

  // Sends all of `bytes` from one end to the other, as far as they get; answers what arrived and the receiver's error.
  std::pair<std::string, int> get_across(const socket_descriptor& from, const socket_descriptor& to,
                                         std::string_view bytes) {
    std::string arrived;
    for (;;) {
      if (!bytes.empty()) {
        const io_result taken = send(from, bytes);
        if (taken.ok()) bytes.remove_prefix(taken.count());
        if (bytes.empty()) network_->shut_down_write(from.native_handle());
      }
      const io_result got = receive(to, arrived, 1 + network_->chance().below(5000));
      if (got.ok() && got.count() == 0) return {arrived, 0};
      if (!got.ok() && got.error() != EAGAIN && got.error() != EINTR) return {arrived, got.error()};
      if (!got.ok()) wait();
    }
  }

  virtual_clock clock_;
  std::unique_ptr<simulated_network> network_ = std::make_unique<simulated_network>(clock_);
};

// Bytes.

TEST_F(simulated_network_test, every_byte_arrives_in_order_whatever_goes_wrong_but_a_reset) {
  const std::string sent = pattern(300'000);
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    make({.seed = seed,
          .faults = {
              .short_read = 0.3, .short_write = 0.3, .interrupted = 0.1, .split = 0.5, .delay = 0.3, .stall = 0.01}});
    simulated_network::pair ends = network_->connected_pair();
    EXPECT_EQ(get_across(ends.inside, ends.outside, sent), std::pair(sent, 0)) << "seed " << seed;
    EXPECT_EQ(get_across(ends.outside, ends.inside, sent), std::pair(sent, 0)) << "seed " << seed;
  }
}

TEST_F(simulated_network_test, a_reset_cuts_the_stream_at_a_byte_and_both_ends_hear_of_it) {
  const std::string sent = pattern(200'000);
  std::set<std::size_t> cut_at;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    make({.seed = seed, .faults = {.split = 0.9, .reset = 0.2}});
    simulated_network::pair ends = network_->connected_pair();
    const auto [arrived, error] = get_across(ends.inside, ends.outside, sent);
    EXPECT_EQ(arrived, sent.substr(0, arrived.size()));
    if (arrived.size() == sent.size()) continue;
    EXPECT_EQ(error, ECONNRESET);
    EXPECT_EQ(send(ends.outside, "x").error(), EPIPE);  // Its error was told.
    EXPECT_TRUE(any(readiness(ends.inside), reasons::failed));
    EXPECT_EQ(network_->faults().occurred(simulated_fault::reset), 1U);
    cut_at.insert(arrived.size());
  }
  EXPECT_GT(cut_at.size(), 10U);
}

TEST_F(simulated_network_test, a_connection_breaks_at_exactly_the_byte_that_was_asked_for) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{999}, std::size_t{1000}}) {
    simulated_network::pair ends = network_->connected_pair();
    network_->cut_after(ends.inside.native_handle(), bytes);
    send(ends.inside, pattern(1000));
    EXPECT_EQ(receive(ends.outside), pattern(1000).substr(0, bytes));
    std::string none;
    EXPECT_EQ(receive(ends.inside, none).error(), bytes == 0 ? 0 : ECONNRESET);
  }
}

TEST_F(simulated_network_test, what_is_not_read_is_bounded_by_both_buffers_and_a_full_window_is_counted) {
  make({.receive_buffer_bytes = 1000, .send_buffer_bytes = 3000});
  simulated_network::pair ends = network_->connected_pair();
  std::size_t taken = 0;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const io_result sent = send(ends.outside, pattern(10'000));
    if (sent.ok()) taken += sent.count();
    network_->deliver();
  }
  EXPECT_EQ(taken, 4000U);
  EXPECT_EQ(network_->bytes_unread(ends.inside.native_handle()), 1000U);
  EXPECT_EQ(network_->bytes_under_way(ends.outside.native_handle()), 3000U);
  EXPECT_EQ(network_->faults().occurred(simulated_fault::full_window), 1U);
}

TEST_F(simulated_network_test, a_file_is_sent_from_its_offset_and_ends_with_it) {
  std::array<char, 32> path{"/tmp/pinwheel_XXXXXX"};
  const socket_descriptor file(::mkstemp(path.data()));
  ::unlink(path.data());
  ASSERT_EQ(::write(file.native_handle(), "head and body", 13), 13);
  simulated_network::pair ends = network_->connected_pair();
  const auto send_file = [&](std::uint64_t offset) {
    return network_->send_file(ends.inside.native_handle(), file.native_handle(), offset, 100).count();
  };
  EXPECT_EQ(send_file(9), 4U);
  EXPECT_EQ(send_file(13), 0U);
  EXPECT_EQ(receive(ends.outside), "body");
}

// Ends.

TEST_F(simulated_network_test, who_closes_without_having_read_everything_resets) {
  simulated_network::pair read = network_->connected_pair();
  simulated_network::pair unread = network_->connected_pair();
  send(read.outside, "x");
  send(unread.outside, "x");
  receive(read.inside);
  read.inside.close();
  unread.inside.close();
  std::string none;
  EXPECT_EQ(receive(read.outside, none).error(), 0);
  EXPECT_EQ(receive(unread.outside, none).error(), ECONNRESET);
}

TEST_F(simulated_network_test, what_comes_to_an_end_that_is_closed_is_answered_by_a_reset_behind_what_it_sent) {
  simulated_network::pair ends = network_->connected_pair();
  send(ends.inside, "last words");
  ends.inside.close();
  network_->deliver();
  EXPECT_TRUE(send(ends.outside, "more").ok());
  network_->deliver();
  std::string heard;
  EXPECT_EQ(receive(ends.outside, heard).count(), 10U);
  EXPECT_EQ(receive(ends.outside, heard).count(), 0U);  // The end came first.
  EXPECT_EQ(network_->pending_error(ends.outside.native_handle()), EPIPE);
}

TEST_F(simulated_network_test, a_reset_leaves_what_had_arrived_to_be_read) {
  simulated_network::pair ends = network_->connected_pair();
  send(ends.inside, "arrived");
  network_->reset(ends.inside.release());
  std::string heard;
  EXPECT_EQ(receive(ends.outside, heard).count(), 7U);
  EXPECT_EQ(receive(ends.outside, heard).error(), ECONNRESET);
  EXPECT_EQ(receive(ends.outside, heard).count(), 0U);  // Told once.
  EXPECT_EQ(heard, "arrived");
}

TEST_F(simulated_network_test, nothing_is_left_of_a_connection_that_both_ends_have_closed) {
  simulated_network::pair ends = network_->connected_pair();
  send(ends.inside, "under way");
  const int number = ends.inside.native_handle();
  ends.inside.close();
  EXPECT_EQ(network_->sockets(), 2U);
  ends.outside.close();
  EXPECT_EQ(network_->sockets(), 0U);
  network_->deliver();
  EXPECT_EQ(network_->connected_pair().inside.native_handle(), number);  // The lowest that is free.
}

TEST_F(simulated_network_test, a_call_on_a_descriptor_that_is_not_open_is_refused_and_counted) {
  const int closed = network_->connected_pair().inside.native_handle();
  std::string none;
  EXPECT_EQ(receive(socket_descriptor(closed), none).error(), EBADF);
  EXPECT_EQ(network_->stale_calls(), 1U);
}

// Readiness.

class simulated_readiness_test : public simulated_network_test {
 protected:
  reasons heard() {
    kernel().poll();
    return watch_->heard();
  }

  watched_kernel& kernel() {
    if (kernel_ == nullptr) kernel_ = std::make_unique<watched_kernel>(network_->make_backend());
    return *kernel_;
  }

  void open(interest watched = stream_interest, const listener_options& options = {}) {
    ends_ = network_->connected_pair(options);
    watch_ = &kernel().watch(ends_.inside.native_handle(), watched);
  }

  ~simulated_readiness_test() override { kernel_.reset(); }

  simulated_network::pair ends_;
  test_watch* watch_ = nullptr;

 private:
  std::unique_ptr<watched_kernel> kernel_;
};

TEST_F(simulated_readiness_test, an_edge_is_reported_once) {
  open();
  EXPECT_EQ(heard(), reasons::writable);
  EXPECT_EQ(heard(), reasons::none);
  send(ends_.outside, "a");
  EXPECT_EQ(heard(), reasons::readable | reasons::writable);
  EXPECT_EQ(heard(), reasons::none);
  send(ends_.outside, "b");
  EXPECT_EQ(heard(), reasons::readable | reasons::writable);
}

TEST_F(simulated_readiness_test, data_and_the_end_that_came_together_are_one_report) {
  open();
  heard();
  send(ends_.outside, "all");
  network_->shut_down_write(ends_.outside.native_handle());
  EXPECT_EQ(heard(), reasons::readable | reasons::writable | reasons::closed);
  std::string all;
  EXPECT_EQ(receive(ends_.inside, all).count(), 3U);
  EXPECT_EQ(heard(), reasons::none);
  EXPECT_EQ(receive(ends_.inside, all).count(), 0U);
}

TEST_F(simulated_readiness_test, what_is_ready_is_reported_by_each_wait_where_no_edges_are_asked_for) {
  open(interest::read);
  EXPECT_EQ(heard(), reasons::none);
  send(ends_.outside, "a");
  EXPECT_EQ(heard(), reasons::readable);
  EXPECT_EQ(heard(), reasons::readable);
  receive(ends_.inside);
  EXPECT_EQ(heard(), reasons::none);
}

TEST_F(simulated_readiness_test, a_reset_and_two_ends_are_reported_as_failed) {
  open();
  heard();
  network_->reset(ends_.outside.release());
  EXPECT_TRUE(any(heard(), reasons::failed));
  open();
  heard();
  network_->shut_down_write(ends_.outside.native_handle());
  EXPECT_FALSE(any(heard(), reasons::failed));
  network_->shut_down_write(ends_.inside.native_handle());
  EXPECT_TRUE(any(heard(), reasons::failed));
}

TEST_F(simulated_readiness_test, a_sender_that_found_no_room_hears_of_it_once_a_third_is_free) {
  make({.receive_buffer_bytes = 1000});
  open(stream_interest, {.receive_buffer_bytes = 0, .send_buffer_bytes = 3000});
  heard();
  EXPECT_EQ(send(ends_.inside, pattern(4000)).count(), 3000U);
  network_->deliver();
  EXPECT_EQ(send(ends_.inside, pattern(4000)).count(), 1000U);
  EXPECT_EQ(send(ends_.inside, "x").error(), EAGAIN);
  EXPECT_EQ(heard(), reasons::none);
  std::string all;
  receive(ends_.outside, all, 900);
  EXPECT_EQ(heard(), reasons::none);
  receive(ends_.outside, all, 1000);
  EXPECT_EQ(heard(), reasons::writable);
  EXPECT_EQ(heard(), reasons::none);
}

TEST_F(simulated_readiness_test, what_a_short_read_leaves_is_reported_anew) {
  open();
  heard();
  network_->faults().script(simulated_fault::short_read, 2);
  send(ends_.outside, pattern(1000));
  std::string all;
  int reports = 0;
  while (any(heard(), reasons::readable)) {
    ++reports;
    receive(ends_.inside, all, 1000);
  }
  EXPECT_EQ(all, pattern(1000));
  EXPECT_EQ(reports, 3);
}

TEST_F(simulated_readiness_test, after_a_short_write_the_room_is_reported_anew) {
  open();
  heard();
  network_->faults().script(simulated_fault::short_write);
  const io_result taken = send(ends_.inside, pattern(1000));
  EXPECT_LT(taken.ok() ? taken.count() : 0, 1000U);
  while (wait()) {
  }
  EXPECT_TRUE(any(heard(), reasons::writable));
}

TEST_F(simulated_readiness_test, a_late_report_comes_with_a_later_wait) {
  open();
  network_->faults().script(simulated_fault::late_report, 2);
  EXPECT_EQ(heard(), reasons::none);
  EXPECT_EQ(heard(), reasons::none);
  EXPECT_EQ(heard(), reasons::writable);
}

TEST_F(simulated_readiness_test, a_wait_moves_the_clock_to_what_arrives_next_and_no_further) {
  make({.wire = {.latency = milliseconds(20)}});
  const auto base = event_base::create({.clock = &clock_}, network_->make_backend()).value();
  simulated_network::pair ends = network_->connected_pair();
  const time_point sent_at = clock_.now();
  send(ends.outside, "x");
  std::vector<duration> heard_after;
  event readable(*base, ends.inside.native_handle(), interest::read, event_life::one_shot,
                 [&](event&, reasons) { heard_after.push_back(clock_.now() - sent_at); });
  ASSERT_TRUE(readable.add().ok());
  EXPECT_EQ(base->loop(), loop_result::nothing_to_do);
  EXPECT_EQ(heard_after, std::vector<duration>{milliseconds(20)});
  ASSERT_TRUE(readable.add().ok());
  receive(ends.inside);
  set_log_hook([](log_level, std::string_view) {});
  EXPECT_EQ(base->loop(), loop_result::backend_failed);  // Nothing is under way, and nobody else is there.
  set_log_hook(nullptr);
}

// Connecting and accepting.

class simulated_connect_test : public simulated_network_test {
 protected:
  socket_descriptor connect(std::string_view to) {
    const io_result made = network_->connect(at(to), {});
    return made.ok() ? socket_descriptor(static_cast<int>(made.count()), network_.get()) : socket_descriptor();
  }
  int error_of(const socket_descriptor& connecting) { return network_->pending_error(connecting.native_handle()); }
};

TEST_F(simulated_connect_test, a_connect_is_accepted_with_both_addresses) {
  const socket_descriptor listening = network_->listen(at("10.0.0.1:7000")).value();
  const socket_descriptor client = connect("10.0.0.1:7000");
  EXPECT_EQ(network_->readiness(client.native_handle()), reasons::none);
  EXPECT_EQ(readiness(client), reasons::writable);
  EXPECT_EQ(error_of(client), 0);
  sockaddr_storage peer{};
  socklen_t length = 0;
  const io_result got = network_->accept(listening.native_handle(), peer, length);
  ASSERT_TRUE(got.ok());
  const socket_descriptor accepted(static_cast<int>(got.count()), network_.get());
  EXPECT_EQ(address(reinterpret_cast<sockaddr*>(&peer), length), network_->local_address(client.native_handle()));
  EXPECT_EQ(local_address_of(accepted), at("10.0.0.1:7000"));
  send(client, "hello");
  EXPECT_EQ(receive(accepted), "hello");
  EXPECT_EQ(accept(listening).error(), EAGAIN);
}

TEST_F(simulated_connect_test, where_nobody_listens_a_connect_is_refused) {
  const socket_descriptor client = connect("10.0.0.1:7000");
  EXPECT_TRUE(any(readiness(client), reasons::failed));
  EXPECT_EQ(error_of(client), ECONNREFUSED);
}

TEST_F(simulated_connect_test, an_address_is_listened_on_once_unless_all_share_it) {
  const socket_descriptor first = network_->listen(at("10.0.0.1:7000"), {.reuse_port = true}).value();
  EXPECT_FALSE(network_->listen(at("10.0.0.1:7000")).ok());
  const auto second = network_->listen(at("10.0.0.1:7000"), {.reuse_port = true});
  ASSERT_TRUE(second.ok());
  std::vector<socket_descriptor> clients;
  while (clients.size() < 32) clients.push_back(connect("10.0.0.1:7000"));
  network_->deliver();
  EXPECT_TRUE(accept(first).ok());
  EXPECT_TRUE(accept(*second).ok());
}

TEST_F(simulated_connect_test, a_listener_on_every_address_is_reached_by_any_and_chooses_a_port_if_told_to) {
  const socket_descriptor listening = network_->listen(at(":0")).value();
  address where = at("10.9.9.9:1");
  where.set_port(local_address_of(listening).port());
  const socket_descriptor client(network_->connect_outside(where));
  EXPECT_EQ(readiness(client), reasons::writable);
}

TEST_F(simulated_connect_test, a_connect_that_nobody_answers_times_out) {
  const socket_descriptor listening = network_->listen(at("10.0.0.1:7000")).value();
  network_->lose_connects_to(at("10.0.0.1:7000"));
  const time_point before = clock_.now();
  const socket_descriptor client = connect("10.0.0.1:7000");
  EXPECT_TRUE(wait());
  EXPECT_EQ(error_of(client), ETIMEDOUT);
  EXPECT_EQ(clock_.now() - before, seconds(127));
}

TEST_F(simulated_connect_test, a_full_backlog_makes_connects_try_again_and_then_give_up) {
  const socket_descriptor listening = network_->listen(at("10.0.0.1:7000"), {.backlog = 1}).value();
  const socket_descriptor first = connect("10.0.0.1:7000");
  const socket_descriptor second = connect("10.0.0.1:7000");
  const socket_descriptor third = connect("10.0.0.1:7000");
  network_->deliver();
  EXPECT_EQ(readiness(second), reasons::none);
  EXPECT_TRUE(accept(listening).ok());
  while (wait()) {
  }
  EXPECT_EQ(readiness(second), reasons::writable);
  EXPECT_EQ(error_of(third), ETIMEDOUT);
  EXPECT_GT(network_->faults().occurred(simulated_fault::full_backlog), 2U);
}

TEST_F(simulated_connect_test, a_listener_that_closes_resets_what_waits_in_its_backlog) {
  socket_descriptor listening = network_->listen(at("10.0.0.1:7000")).value();
  const socket_descriptor client = connect("10.0.0.1:7000");
  network_->deliver();
  listening.close();
  std::string none;
  EXPECT_EQ(receive(client, none).error(), ECONNRESET);
}

TEST_F(simulated_connect_test, out_of_descriptors_neither_connect_nor_accept_gets_one) {
  const socket_descriptor listening = network_->listen(at("10.0.0.1:7000")).value();
  const socket_descriptor client(network_->connect_outside(at("10.0.0.1:7000")));
  network_->limit_descriptors(1);
  EXPECT_EQ(network_->connect(at("10.0.0.1:7000"), {}).error(), EMFILE);
  EXPECT_EQ(accept(listening).error(), EMFILE);
  network_->limit_descriptors(2);
  EXPECT_TRUE(accept(listening).ok());
  EXPECT_EQ(network_->faults().occurred(simulated_fault::no_descriptor), 2U);
}

TEST_F(simulated_connect_test, each_fault_of_connecting_and_accepting_has_its_errno) {
  fault_plan& faults = network_->faults();
  const socket_descriptor listening = network_->listen(at("10.0.0.1:7000")).value();
  faults.script(simulated_fault::refused_connect);
  const socket_descriptor refused = connect("10.0.0.1:7000");
  network_->deliver();
  EXPECT_EQ(error_of(refused), ECONNREFUSED);
  faults.script(simulated_fault::no_descriptor);
  EXPECT_EQ(network_->connect(at("10.0.0.1:7000"), {}).error(), EMFILE);
  const socket_descriptor client = connect("10.0.0.1:7000");
  faults.script(simulated_fault::interrupted);
  EXPECT_EQ(accept(listening).error(), EINTR);
  faults.script(simulated_fault::no_descriptor);
  EXPECT_EQ(accept(listening).error(), EMFILE);
  faults.script(simulated_fault::aborted_accept);
  EXPECT_EQ(accept(listening).error(), ECONNABORTED);
  std::string none;
  EXPECT_EQ(receive(client, none).error(), ECONNRESET);
}

TEST_F(simulated_connect_test, each_fault_of_receiving_and_sending_has_its_errno) {
  fault_plan& faults = network_->faults();
  simulated_network::pair ends = network_->connected_pair();
  send(ends.outside, "x");
  std::string heard;
  faults.script(simulated_fault::interrupted);
  EXPECT_EQ(receive(ends.inside, heard).error(), EINTR);
  faults.script(simulated_fault::no_buffer);
  EXPECT_EQ(receive(ends.inside, heard).error(), ENOMEM);
  EXPECT_EQ(receive(ends.inside), "x");
  faults.script(simulated_fault::no_buffer);
  EXPECT_EQ(send(ends.inside, "x").error(), ENOBUFS);
  faults.script(simulated_fault::interrupted, 1, 1);
  EXPECT_TRUE(send(ends.inside, "x").ok());
  EXPECT_EQ(send(ends.inside, "x").error(), EINTR);
}

// Loops on it.

class simulated_loop_test : public simulated_network_test {
 protected:
  void TearDown() override {
    accepts_.reset();
    host_.reset();
    base_.reset();
  }

  void serve(const handler_factory& factory, backend_features features = simulated_backend_features) {
    base_ = event_base::create({.clock = &clock_}, network_->make_backend(features)).value();
    host_ = std::make_unique<connection_host>(*base_, stream_options{.network = network_.get()});
    accepts_ = std::make_unique<acceptor>(*base_, network_->listen(at("10.0.0.1:7000")).value(),
                                          [this, factory](socket_descriptor socket, const address&) {
                                            host_->open(std::move(socket), factory, options_);
                                          });
    ASSERT_TRUE(accepts_->start().ok());
  }

  net_peer connect() { return net_peer(network_->connect_outside(at("10.0.0.1:7000"))); }

  // While anything moves, or time has to pass for it to.
  void turns(int count) {
    while (count-- > 0) base_->loop(loop_flags::nonblock);
  }

  static constexpr backend_features simulated_backend_features =
      backend_features::edge_triggered | backend_features::early_close;
  const connection_options options_;
  std::unique_ptr<event_base> base_;
  std::unique_ptr<connection_host> host_;
  std::unique_ptr<acceptor> accepts_;
};

struct echo_back final : connection_handler {
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    peer.write(bytes);
    return bytes.size();
  }
};

TEST_F(simulated_loop_test, an_echo_comes_back_whole_whatever_goes_wrong_but_a_reset) {
  const std::string sent = pattern(100'000);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    make({.seed = seed,
          .faults = {.short_read = 0.2,
                     .short_write = 0.2,
                     .interrupted = 0.1,
                     .aborted_accept = 0.0,
                     .split = 0.3,
                     .delay = 0.3,
                     .reordered_report = 0.5,
                     .late_report = 0.2}});
    serve(make_handler<echo_back>, seed % 2 == 0 ? simulated_backend_features : backend_features::early_close);
    net_peer peer = connect();
    std::size_t given = 0;
    for (int turn = 0; turn < 100'000 && peer.received().size() < sent.size(); ++turn) {
      given += peer.send(std::string_view(sent).substr(given));
      peer.receive();
      turns(1);
      if (turn % 4 == 3) clock_.advance(milliseconds(1));
    }
    EXPECT_EQ(peer.received(), sent) << "seed " << seed;
    peer.close();
    TearDown();
  }
}

TEST_F(simulated_loop_test, an_acceptor_out_of_descriptors_waits_and_recovers) {
  serve(make_handler<echo_back>);
  set_log_hook([](log_level, std::string_view) {});
  network_->limit_descriptors(network_->descriptors());
  net_peer peer = connect();
  peer.send("hello");
  turns(10);
  EXPECT_EQ(accepts_->counters().back_offs.value(), 1U);
  network_->limit_descriptors(100);
  clock_.advance(milliseconds(150));
  turns(5);
  set_log_hook(nullptr);
  peer.receive();
  EXPECT_EQ(peer.received(), "hello");
}

// Two loops, chosen by the seed, that serve what the other one's peers send.
std::uint64_t trace_of(std::uint64_t seed) {
  virtual_clock clock;
  simulated_network network(clock, {.seed = seed,
                                    .faults = {.short_read = 0.3,
                                               .short_write = 0.3,
                                               .split = 0.3,
                                               .delay = 0.3,
                                               .reset = 0.01,
                                               .reordered_report = 0.5,
                                               .late_report = 0.3}});
  const connection_options options;
  std::vector<std::unique_ptr<event_base>> bases;
  std::vector<std::unique_ptr<connection_host>> hosts;
  for (int loop = 0; loop < 2; ++loop) {
    bases.push_back(event_base::create({.clock = &clock}, network.make_backend()).value());
    hosts.push_back(std::make_unique<connection_host>(*bases.back(), stream_options{.network = &network}));
  }
  std::vector<net_peer> peers;
  for (std::size_t connection = 0; connection < 6; ++connection) {
    simulated_network::pair ends = network.connected_pair();
    hosts[connection % 2]->open(std::move(ends.inside), make_handler<echo_back>, options);
    peers.emplace_back(std::move(ends.outside));
  }
  for (int step = 0; step < 400; ++step) {
    bases[network.chance().below(2)]->loop(loop_flags::nonblock);
    net_peer& peer = peers[network.chance().below(peers.size())];
    network.chance().happens(0.5) ? static_cast<void>(peer.send(pattern(700))) : peer.receive();
    clock.advance(network.chance().between(duration(0), milliseconds(1)));
  }
  peers.clear();
  hosts.clear();
  bases.clear();
  EXPECT_EQ(network.stale_calls(), 0U);
  return network.trace().hash();
}

TEST(simulated_trace_test, the_same_seed_gives_the_same_trace_and_another_seed_another) {
  std::set<std::uint64_t> traces;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::uint64_t first = trace_of(seed);
    EXPECT_EQ(first, trace_of(seed)) << "seed " << seed;
    traces.insert(first);
  }
  EXPECT_EQ(traces.size(), 20U);
}

TEST(simulated_trace_test, bytes_of_another_content_are_another_trace) {
  virtual_clock clock;
  std::set<std::uint64_t> traces;
  for (const std::string_view content :
       {"exactly the same", "exactly the samE", "exactly the sam", "Exactly the same"}) {
    simulated_trace trace(clock);
    trace.note_bytes(content);
    traces.insert(trace.hash());
  }
  EXPECT_EQ(traces.size(), 4U);
}

TEST(simulated_trace_test, as_many_lines_are_kept_as_were_asked_for) {
  virtual_clock clock;
  simulated_trace trace(clock);
  trace.keep(2);
  for (int count = 1; count <= 3; ++count) trace.note(traced::send, 7, count);
  EXPECT_EQ(trace.text(), "1000000000 ns: send 7 2\n1000000000 ns: send 7 3\n");
}

TEST(fault_plan_test, faults_come_by_their_probability_and_by_script_and_are_counted) {
  simulated_chance chance(3);
  fault_plan plan({.split = 0.25}, chance);
  int splits = 0;
  for (int occasion = 0; occasion < 4000; ++occasion) splits += plan.occurs(simulated_fault::split) ? 1 : 0;
  EXPECT_GT(splits, 850);
  EXPECT_LT(splits, 1150);
  plan.script(simulated_fault::reset, 2, 1);
  std::vector<bool> resets;
  while (resets.size() < 4) resets.push_back(plan.occurs(simulated_fault::reset));
  EXPECT_EQ(resets, (std::vector{false, true, true, false}));
  EXPECT_EQ(plan.occurred(simulated_fault::split), static_cast<std::uint64_t>(splits));
  EXPECT_EQ(plan.occurred(simulated_fault::reset), 2U);
  EXPECT_EQ(to_string(simulated_fault::full_backlog), "full_backlog");
}

}  // namespace
}  // namespace pinwheel::testing
