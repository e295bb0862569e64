// Streams alone: operations that complete, over readiness.
#include "pinwheel/net/streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "pinwheel/reactor/event_base.h"
#include "support/net_peer.h"
#include "support/stream_case.h"
#include "support/temporary_file.h"

namespace pinwheel::testing {
namespace {

// A stream whose owner remembers what it was told.
struct stream_owner : stream {
  explicit stream_owner(streams& home) : stream(home) {}

  std::vector<stream_event> heard;
  std::string received;
  std::size_t sent = 0;
  bool in_call = false;  // Set by a test while it is inside an operation.

  static void complete(stream& which, const stream_completion& done) noexcept {
    auto& self = static_cast<stream_owner&>(which);
    EXPECT_FALSE(self.in_call);
    self.heard.push_back(done.what);
    self.received += done.bytes;
    self.sent += done.count;
  }

  [[nodiscard]] bool has_heard(stream_event what) const {
    return std::find(heard.begin(), heard.end(), what) != heard.end();
  }
};

class streams_test : public ::testing::TestWithParam<stream_case> {
 protected:
  void SetUp() override { make(); }
  void TearDown() override {
    streams_->end_lingering();
    turns(4);
    EXPECT_TRUE(streams_->empty());
  }

  void make(stream_options options = {}) {
    options.mode = GetParam().mode;
    options.network = network_.get();
    streams_.reset();
    streams_ = std::make_unique<streams>(*base_, &stream_owner::complete, options);
  }

  void adopt(stream_owner& owner, const listener_options& options = {}) {
    adopt(owner, tcp_pair::make(options, network_.get()));
  }

  void adopt(stream_owner& owner, tcp_pair pair) {
    peer_ = std::move(pair.peer);
    EXPECT_TRUE(streams_->adopt(owner, std::move(pair.ours), 0).ok());
  }

  send_result send(stream& which, std::string_view bytes) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    return streams_->send(which, {&piece, 1});
  }

  void close(stream& which) {
    streams_->close(which, stream_close::at_once);
    turns(2);
  }

  void turns(int count) {
    while (count-- > 0) base_->loop(loop_flags::nonblock);
    base_->validate();
  }

  virtual_clock clock_;
  std::unique_ptr<simulated_network> network_ = GetParam().make_network(clock_);
  std::unique_ptr<event_base> base_ = GetParam().make_base({.clock = &clock_}, network_.get());
  std::unique_ptr<streams> streams_;
  net_peer peer_;
};

TEST_P(streams_test, nothing_is_received_before_it_is_asked_for) {
  stream_owner owner(*streams_);
  adopt(owner);
  peer_.send("hello");
  turns(3);
  EXPECT_TRUE(owner.heard.empty());
  owner.in_call = true;
  streams_->start_receiving(owner);
  owner.in_call = false;
  turns(2);
  EXPECT_EQ(owner.received, "hello");
  close(owner);
}

TEST_P(streams_test, a_stop_keeps_the_edge_for_the_next_start) {
  stream_owner owner(*streams_);
  adopt(owner);
  streams_->start_receiving(owner);
  turns(2);
  streams_->stop_receiving(owner);
  turns(2);
  peer_.send("while stopped");
  turns(3);
  EXPECT_EQ(owner.received, "");
  streams_->start_receiving(owner);
  turns(2);
  EXPECT_EQ(owner.received, "while stopped");
  close(owner);
}

TEST_P(streams_test, each_activation_receives_once) {
  make({.receive_bytes = 1000});
  stream_owner owner(*streams_);
  adopt(owner);
  streams_->start_receiving(owner);
  peer_.send(std::string(3500, 'x'));
  turns(1);
  EXPECT_EQ(owner.received.size(), 1000U);
  turns(1);
  EXPECT_EQ(owner.received.size(), 2000U);
  turns(3);
  EXPECT_EQ(owner.received.size(), 3500U);
  EXPECT_EQ(streams_->counters().receives.value(), 4U);
  close(owner);
}

TEST_P(streams_test, a_send_says_what_it_took_or_completes_later) {
  stream_owner owner(*streams_);
  adopt(owner);
  std::string lent = "lent until it is over";
  owner.in_call = true;
  const send_result result = send(owner, lent);
  owner.in_call = false;
  std::size_t taken = result.in_flight ? 0 : result.taken.count();
  turns(2);
  taken += owner.sent;
  EXPECT_EQ(taken, GetParam().mode == stream_mode::immediate ? lent.size() : lent.size() / 2);
  peer_.receive();
  EXPECT_EQ(peer_.received(), lent.substr(0, taken));
  close(owner);
}

TEST_P(streams_test, a_send_that_the_kernel_has_no_room_for_completes_when_there_is_some) {
  stream_owner owner(*streams_);
  adopt(owner, {.receive_buffer_bytes = 8192, .send_buffer_bytes = 8192});
  turns(1);  // That there is room is reported, and has to be asked for again where nothing is edge-triggered.
  const std::string much(4 << 20, 'x');
  send_result result = send(owner, much);
  if (!result.in_flight) {
    EXPECT_LT(result.taken.count(), much.size());
    const std::uint64_t calls = streams_->counters().sends.value();
    result = send(owner, much);
    EXPECT_EQ(streams_->counters().sends.value(), calls) << "asked a kernel that had said it was full";
  }
  EXPECT_TRUE(result.in_flight);
  for (int at = 0; at < 100 && !owner.has_heard(stream_event::sent); ++at) {
    peer_.receive();
    turns(1);
  }
  EXPECT_TRUE(owner.has_heard(stream_event::sent));
  close(owner);
}

TEST_P(streams_test, a_part_of_a_file_is_sent_as_bytes_are) {
  const temporary_file stored("what lies in a file");
  const auto file = stored.open();
  stream_owner owner(*streams_);
  adopt(owner);
  owner.in_call = true;
  const send_result result = streams_->send_file(owner, {file->native_handle(), 5, 8});
  owner.in_call = false;
  const bool is_late = GetParam().mode == stream_mode::late;
  EXPECT_EQ(result.in_flight, is_late);
  turns(2);
  peer_.receive();
  EXPECT_EQ(peer_.received(), is_late ? "lies" : "lies in ");
  close(owner);
}

TEST_P(streams_test, a_file_that_has_ended_fails_the_send) {
  const temporary_file stored("short");
  const auto file = stored.open();
  stream_owner owner(*streams_);
  adopt(owner);
  const send_result result = streams_->send_file(owner, {file->native_handle(), 5, 1});
  if (GetParam().mode == stream_mode::immediate) {
    EXPECT_FALSE(result.in_flight);
    EXPECT_EQ(result.taken.error(), file_ended_early);
  } else {
    turns(2);
    EXPECT_EQ(owner.heard, std::vector{stream_event::failed});
  }
  close(owner);
}

TEST_P(streams_test, receive_now_ends_with_caught_up_behind_what_there_was) {
  stream_owner owner(*streams_);
  adopt(owner);
  streams_->start_receiving(owner);
  turns(2);
  peer_.send("there");
  streams_->receive_now(owner);
  turns(3);
  EXPECT_EQ(owner.heard, (std::vector{stream_event::received, stream_event::caught_up}));
  owner.heard.clear();
  streams_->receive_now(owner);
  turns(3);
  EXPECT_EQ(owner.heard, std::vector{stream_event::caught_up});
  close(owner);
}

TEST_P(streams_test, receive_now_answers_also_behind_the_end) {
  stream_owner owner(*streams_);
  adopt(owner);
  streams_->start_receiving(owner);
  peer_.shutdown_write();
  turns(3);
  EXPECT_EQ(owner.heard, std::vector{stream_event::end_of_stream});
  streams_->receive_now(owner);
  turns(2);
  EXPECT_EQ(owner.heard.back(), stream_event::caught_up);
  close(owner);
}

TEST_P(streams_test, woken_comes_once_in_a_later_pass) {
  stream_owner owner(*streams_);
  adopt(owner);
  turns(2);
  owner.in_call = true;
  streams_->wake(owner);
  streams_->wake(owner);
  owner.in_call = false;
  turns(2);
  EXPECT_EQ(owner.heard, std::vector{stream_event::woken});
  close(owner);
}

TEST_P(streams_test, closed_comes_last_and_makes_the_name_stale) {
  stream_owner owner(*streams_);
  adopt(owner);
  const stream_id name = owner.id();
  EXPECT_EQ(streams_->find(name), &owner);
  streams_->start_receiving(owner);
  streams_->wake(owner);
  peer_.send("unheard");
  owner.in_call = true;
  streams_->close(owner, stream_close::at_once);
  owner.in_call = false;
  EXPECT_EQ(streams_->find(name), nullptr);
  turns(3);
  EXPECT_EQ(owner.heard, std::vector{stream_event::closed});
  EXPECT_EQ(streams_->find(name), nullptr);
  stream_owner next(*streams_);
  adopt(next, tcp_pair::make_at(static_cast<int>(name.slot), network_.get()));
  EXPECT_EQ(next.id().slot, name.slot);
  EXPECT_NE(next.id(), name);
  EXPECT_EQ(streams_->find(name), nullptr);
  EXPECT_EQ(streams_->find(next.id()), &next);
  close(next);
}

TEST_P(streams_test, a_lingering_stream_drops_at_most_its_bound) {
  make({.lingering = {.bytes_max = 100'000}});
  stream_owner owner(*streams_);
  adopt(owner);
  streams_->start_receiving(owner);
  turns(2);
  streams_->close(owner, stream_close::linger, std::chrono::seconds(2));
  turns(2);
  EXPECT_EQ(owner.heard.back(), stream_event::closed);
  EXPECT_EQ(streams_->lingering_now(), 1U);
  peer_.send(std::string(50'000, 'x'));
  turns(3);
  EXPECT_EQ(streams_->lingering_now(), 1U);
  peer_.send(std::string(50'000, 'x'));
  turns(3);
  EXPECT_EQ(streams_->lingering_now(), 0U);
}

// Its timeout ends in the turn that reports it readable: nothing of it is left to be run when its place and its
// descriptor are given away.
TEST_P(streams_test, a_place_that_ends_while_it_is_ready_is_given_away_at_once) {
  stream_owner first(*streams_);
  stream_owner second(*streams_);
  adopt(first);
  const auto number = static_cast<int>(first.id().slot);
  net_peer lingers = std::move(peer_);
  streams_->close(first, stream_close::linger, std::chrono::milliseconds(10));
  turns(2);
  ASSERT_EQ(streams_->lingering_now(), 1U);
  event adopts(*base_, event_life::one_shot, [&](event&, reasons) {
    adopt(second, tcp_pair::make_at(number, network_.get()));
    streams_->close(second, stream_close::linger, std::chrono::seconds(2));
  });
  adopts.activate();
  lingers.send("more");
  clock_.advance(std::chrono::milliseconds(20));
  turns(1);
  EXPECT_EQ(streams_->lingering_now(), 1U);
  turns(2);
  EXPECT_EQ(second.heard, std::vector{stream_event::closed});
}

TEST_P(streams_test, above_the_bound_on_their_number_streams_do_not_linger) {
  make({.lingering = {.connections_max = 1}});
  std::array<stream_owner, 2> owners{stream_owner(*streams_), stream_owner(*streams_)};
  std::array<net_peer, 2> peers;
  for (std::size_t at = 0; at < owners.size(); ++at) {
    adopt(owners[at]);
    peers[at] = std::move(peer_);
    streams_->close(owners[at], stream_close::linger, std::chrono::seconds(2));
    EXPECT_EQ(streams_->lingering_now(), 1U);
  }
  turns(2);
  for (const stream_owner& each : owners) EXPECT_EQ(each.heard, std::vector{stream_event::closed});
  EXPECT_EQ(streams_->lingering_now(), 1U);
}

TEST_P(streams_test, many_streams_have_names_and_places_of_their_own) {
  std::deque<stream_owner> owners;
  std::vector<net_peer> peers;
  while (owners.size() < 300) {
    stream_owner& each = owners.emplace_back(*streams_);
    adopt(each);
    streams_->start_receiving(each);
    peer_.send(std::to_string(owners.size()));
    peers.push_back(std::move(peer_));
  }
  turns(3);
  for (std::size_t at = 0; at < owners.size(); ++at) {
    EXPECT_EQ(owners[at].received, std::to_string(at + 1));
    EXPECT_EQ(streams_->find(owners[at].id()), &owners[at]);
    streams_->close(owners[at], stream_close::at_once);
  }
  turns(2);
  EXPECT_EQ(streams_->open(), 0U);
}

TEST(streams_priority_test, A1_the_number_of_priorities_is_not_taken_below_that_of_a_stream) {
  const auto base = event_base::create({.priorities = 8}).value();
  streams all(*base, &stream_owner::complete, {});
  stream_owner owner(all);
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
  const socket_descriptor peer(ends[1]);
  ASSERT_TRUE(all.adopt(owner, socket_descriptor(ends[0]), 7).ok());
  EXPECT_FALSE(base->set_priorities(7));
  EXPECT_TRUE(base->set_priorities(9));
  all.close(owner, stream_close::at_once);
  base->loop(loop_flags::nonblock);
}

PINWHEEL_IN_BOTH_STREAM_MODES(streams_test);

class kernel_streams_test : public streams_test {};

TEST_P(kernel_streams_test, a_descriptor_that_cannot_be_watched_is_refused_and_closed) {
  if (base_->backend_name() == "poll") GTEST_SKIP() << "poll(2) watches every descriptor that is open";
  const std::ptrdiff_t before = open_descriptors();
  stream_owner owner(*streams_);
  socket_descriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(streams_->adopt(owner, std::move(file), 0).error(), EPERM);
  EXPECT_EQ(streams_->find(owner.id()), nullptr);
  EXPECT_TRUE(streams_->empty());
  EXPECT_EQ(open_descriptors(), before);
}

INSTANTIATE_TEST_SUITE_P(streams, kernel_streams_test, ::testing::Values(immediate, late), case_name);

class late_streams_test : public streams_test {};

TEST_P(late_streams_test, data_may_come_after_a_stop) {
  stream_owner owner(*streams_);
  adopt(owner);
  streams_->start_receiving(owner);
  turns(2);
  peer_.send("in between");
  streams_->stop_receiving(owner);
  turns(1);
  EXPECT_EQ(owner.received, "in between");
  peer_.send("too late");
  turns(3);
  EXPECT_EQ(owner.received, "in between");
  close(owner);
}

TEST_P(late_streams_test, lent_bytes_are_read_a_turn_late_also_after_close) {
  stream_owner owner(*streams_);
  adopt(owner);
  auto lent = std::make_unique<std::string>("abcd");
  EXPECT_TRUE(send(owner, *lent).in_flight);
  (*lent)[0] = 'A';
  streams_->close(owner, stream_close::at_once);
  (*lent)[1] = 'B';
  turns(2);
  EXPECT_EQ(owner.heard, std::vector{stream_event::closed});
  lent.reset();
  peer_.receive();
  EXPECT_EQ(peer_.received(), "AB");
}

INSTANTIATE_TEST_SUITE_P(streams, late_streams_test, ::testing::Values(late, simulated_late), case_name);

}  // namespace
}  // namespace pinwheel::testing
