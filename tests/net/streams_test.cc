// Streams alone: operations that complete, over readiness.
#include "pinwheel/net/streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "pinwheel/reactor/event_base.h"
#include "support/net_peer.h"

namespace pinwheel::testing {
namespace {

// Remembers what it was told.
struct stream_owner {
  std::vector<stream_event> heard;
  std::string received;
  std::size_t sent = 0;
  bool in_call = false;  // Set by a test while it is inside an operation.

  static void complete(void* owner, const stream_completion& done) noexcept {
    auto& self = *static_cast<stream_owner*>(owner);
    EXPECT_FALSE(self.in_call);
    self.heard.push_back(done.what);
    self.received += done.bytes;
    self.sent += done.count;
  }

  [[nodiscard]] bool has_heard(stream_event what) const {
    return std::find(heard.begin(), heard.end(), what) != heard.end();
  }
};

class streams_test : public ::testing::TestWithParam<stream_mode> {
 protected:
  void SetUp() override { make({.mode = GetParam()}); }
  void TearDown() override {
    streams_->end_lingering();
    turns(4);
    EXPECT_TRUE(streams_->empty());
  }

  void make(const stream_options& options) {
    streams_.reset();
    streams_ = std::make_unique<streams>(*base_, &stream_owner::complete, options);
  }

  stream_id adopt(stream_owner& owner, const listener_options& options = {}) {
    tcp_pair pair = tcp_pair::make(options);
    peer_ = std::move(pair.peer);
    const streams::adopted made = streams_->adopt(std::move(pair.ours), &owner, 0);
    EXPECT_EQ(made.error, 0);
    return made.id;
  }

  send_result send(stream_id which, std::string_view bytes) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    return streams_->send(which, {&piece, 1});
  }

  void close(stream_id which) {
    streams_->close(which, stream_close::at_once);
    turns(2);
  }

  void turns(int count) {
    while (count-- > 0) base_->loop(loop_flags::nonblock);
    base_->validate();
  }

  virtual_clock clock_;
  std::unique_ptr<event_base> base_ = event_base::create({.clock = &clock_}).value();
  std::unique_ptr<streams> streams_;
  net_peer peer_;
};

TEST_P(streams_test, nothing_is_received_before_it_is_asked_for) {
  stream_owner owner;
  const stream_id id = adopt(owner);
  peer_.send("hello");
  turns(3);
  EXPECT_TRUE(owner.heard.empty());
  owner.in_call = true;
  streams_->start_receiving(id);
  owner.in_call = false;
  turns(2);
  EXPECT_EQ(owner.received, "hello");
  close(id);
}

TEST_P(streams_test, a_stop_keeps_the_edge_for_the_next_start) {
  stream_owner owner;
  const stream_id id = adopt(owner);
  streams_->start_receiving(id);
  turns(2);
  streams_->stop_receiving(id);
  turns(2);
  peer_.send("while stopped");
  turns(3);
  EXPECT_EQ(owner.received, "");
  streams_->start_receiving(id);
  turns(2);
  EXPECT_EQ(owner.received, "while stopped");
  close(id);
}

TEST_P(streams_test, each_activation_receives_once) {
  make({.receive_bytes = 1000, .mode = GetParam()});
  stream_owner owner;
  const stream_id id = adopt(owner);
  streams_->start_receiving(id);
  peer_.send(std::string(3500, 'x'));
  turns(1);
  EXPECT_EQ(owner.received.size(), 1000U);
  turns(1);
  EXPECT_EQ(owner.received.size(), 2000U);
  turns(3);
  EXPECT_EQ(owner.received.size(), 3500U);
  EXPECT_EQ(streams_->counters().receives.value(), 4U);
  close(id);
}

TEST_P(streams_test, a_send_says_what_it_took_or_completes_later) {
  stream_owner owner;
  const stream_id id = adopt(owner);
  std::string lent = "lent until it is over";
  owner.in_call = true;
  const send_result result = send(id, lent);
  owner.in_call = false;
  std::size_t taken = result.in_flight ? 0 : result.taken.count();
  turns(2);
  taken += owner.sent;
  EXPECT_EQ(taken, GetParam() == stream_mode::immediate ? lent.size() : lent.size() / 2);
  peer_.receive();
  EXPECT_EQ(peer_.received(), lent.substr(0, taken));
  close(id);
}

TEST_P(streams_test, a_send_that_the_kernel_has_no_room_for_completes_when_there_is_some) {
  stream_owner owner;
  const stream_id id = adopt(owner, {.receive_buffer_bytes = 8192, .send_buffer_bytes = 8192});
  turns(1);  // That there is room is reported, and has to be asked for again where nothing is edge-triggered.
  const std::string much(4 << 20, 'x');
  send_result result = send(id, much);
  if (!result.in_flight) {
    EXPECT_LT(result.taken.count(), much.size());
    const std::uint64_t calls = streams_->counters().sends.value();
    result = send(id, much);
    EXPECT_EQ(streams_->counters().sends.value(), calls) << "asked a kernel that had said it was full";
  }
  EXPECT_TRUE(result.in_flight);
  for (int at = 0; at < 100 && !owner.has_heard(stream_event::sent); ++at) {
    peer_.receive();
    turns(1);
  }
  EXPECT_TRUE(owner.has_heard(stream_event::sent));
  close(id);
}

TEST_P(streams_test, receive_now_ends_with_caught_up_behind_what_there_was) {
  stream_owner owner;
  const stream_id id = adopt(owner);
  streams_->start_receiving(id);
  turns(2);
  peer_.send("there");
  streams_->receive_now(id);
  turns(3);
  EXPECT_EQ(owner.heard, (std::vector{stream_event::received, stream_event::caught_up}));
  owner.heard.clear();
  streams_->receive_now(id);
  turns(3);
  EXPECT_EQ(owner.heard, std::vector{stream_event::caught_up});
  close(id);
}

TEST_P(streams_test, receive_now_answers_also_behind_the_end) {
  stream_owner owner;
  const stream_id id = adopt(owner);
  streams_->start_receiving(id);
  peer_.shutdown_write();
  turns(3);
  EXPECT_EQ(owner.heard, std::vector{stream_event::end_of_stream});
  streams_->receive_now(id);
  turns(2);
  EXPECT_EQ(owner.heard.back(), stream_event::caught_up);
  close(id);
}

TEST_P(streams_test, woken_comes_once_in_a_later_pass) {
  stream_owner owner;
  const stream_id id = adopt(owner);
  turns(2);
  owner.in_call = true;
  streams_->wake(id);
  streams_->wake(id);
  owner.in_call = false;
  turns(2);
  EXPECT_EQ(owner.heard, std::vector{stream_event::woken});
  close(id);
}

TEST_P(streams_test, closed_comes_last_and_makes_the_name_stale) {
  stream_owner owner;
  const stream_id id = adopt(owner);
  EXPECT_EQ(streams_->owner_of(id), &owner);
  streams_->start_receiving(id);
  streams_->wake(id);
  peer_.send("unheard");
  owner.in_call = true;
  streams_->close(id, stream_close::at_once);
  owner.in_call = false;
  EXPECT_EQ(streams_->owner_of(id), nullptr);
  turns(3);
  EXPECT_EQ(owner.heard, std::vector{stream_event::closed});
  stream_owner next;
  const stream_id reused = adopt(next);
  EXPECT_EQ(reused.slot, id.slot);
  EXPECT_NE(reused, id);
  EXPECT_EQ(streams_->owner_of(id), nullptr);
  close(reused);
}

TEST_P(streams_test, a_descriptor_that_cannot_be_watched_is_refused_and_closed) {
  if (base_->backend_name() == "poll") GTEST_SKIP() << "poll(2) watches every descriptor that is open";
  const std::ptrdiff_t before = open_descriptors();
  stream_owner owner;
  socket_descriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const streams::adopted refused = streams_->adopt(std::move(file), &owner, 0);
  EXPECT_EQ(refused.error, EPERM);
  EXPECT_EQ(refused.id, stream_id{});
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(streams_test, a_lingering_stream_drops_at_most_its_bound) {
  make({.mode = GetParam(), .lingering = {.bytes_max = 100'000}});
  stream_owner owner;
  const stream_id id = adopt(owner);
  streams_->start_receiving(id);
  turns(2);
  streams_->close(id, stream_close::linger, std::chrono::seconds(2));
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

// Its timeout ends in the turn that reports it readable: nothing of it is left to be run when its place is given away.
TEST_P(streams_test, a_stream_that_is_closed_while_it_is_ready_leaves_its_place_at_once) {
  stream_owner first;
  stream_owner second;
  const stream_id closed = adopt(first);
  net_peer lingers = std::move(peer_);
  streams_->close(closed, stream_close::linger, std::chrono::milliseconds(10));
  turns(2);
  ASSERT_EQ(streams_->lingering_now(), 1U);
  stream_id next;
  event adopts(*base_, event_life::one_shot, [&](event&, reasons) { next = adopt(second); });
  adopts.activate();
  lingers.send("more");
  clock_.advance(std::chrono::milliseconds(20));
  turns(1);
  EXPECT_EQ(streams_->lingering_now(), 0U);
  EXPECT_EQ(next.slot, closed.slot);
  close(next);
}

TEST_P(streams_test, above_the_bound_on_their_number_streams_do_not_linger) {
  make({.mode = GetParam(), .lingering = {.connections_max = 1}});
  stream_owner owner;
  for (int at = 0; at < 2; ++at) {
    streams_->close(adopt(owner), stream_close::linger, std::chrono::seconds(2));
    EXPECT_EQ(streams_->lingering_now(), 1U);
  }
  turns(2);
  EXPECT_EQ(owner.heard, (std::vector{stream_event::closed, stream_event::closed}));
}

TEST_P(streams_test, many_streams_have_names_and_places_of_their_own) {
  std::vector<stream_owner> owners(300);
  std::vector<stream_id> ids;
  std::vector<net_peer> peers;
  for (stream_owner& each : owners) {
    ids.push_back(adopt(each));
    streams_->start_receiving(ids.back());
    peer_.send(std::to_string(ids.size()));
    peers.push_back(std::move(peer_));
  }
  turns(3);
  for (std::size_t at = 0; at < ids.size(); ++at) {
    EXPECT_EQ(owners[at].received, std::to_string(at + 1));
    streams_->close(ids[at], stream_close::at_once);
  }
  turns(2);
  EXPECT_EQ(streams_->open(), 0U);
}

TEST(streams_priority_test, A1_the_number_of_priorities_is_not_taken_below_that_of_a_stream) {
  const auto base = event_base::create({.priorities = 8}).value();
  streams all(*base, [](void*, const stream_completion&) noexcept {}, {});
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
  const socket_descriptor peer(ends[1]);
  const auto made = all.adopt(socket_descriptor(ends[0]), nullptr, 7);
  ASSERT_EQ(made.error, 0);
  EXPECT_FALSE(base->set_priorities(7));
  EXPECT_TRUE(base->set_priorities(9));
  all.close(made.id, stream_close::at_once);
  base->loop(loop_flags::nonblock);
}

INSTANTIATE_TEST_SUITE_P(streams, streams_test, ::testing::Values(stream_mode::immediate, stream_mode::late),
                         [](const auto& each) { return each.param == stream_mode::immediate ? "immediate" : "late"; });

class late_streams_test : public streams_test {};

TEST_P(late_streams_test, data_may_come_after_a_stop) {
  stream_owner owner;
  const stream_id id = adopt(owner);
  streams_->start_receiving(id);
  turns(2);
  peer_.send("in between");
  streams_->stop_receiving(id);
  turns(1);
  EXPECT_EQ(owner.received, "in between");
  peer_.send("too late");
  turns(3);
  EXPECT_EQ(owner.received, "in between");
  close(id);
}

TEST_P(late_streams_test, lent_bytes_are_read_a_turn_late_also_after_close) {
  stream_owner owner;
  const stream_id id = adopt(owner);
  auto lent = std::make_unique<std::string>("abcd");
  EXPECT_TRUE(send(id, *lent).in_flight);
  (*lent)[0] = 'A';
  streams_->close(id, stream_close::at_once);
  (*lent)[1] = 'B';
  turns(2);
  EXPECT_EQ(owner.heard, std::vector{stream_event::closed});
  lent.reset();
  peer_.receive();
  EXPECT_EQ(peer_.received(), "AB");
}

INSTANTIATE_TEST_SUITE_P(streams, late_streams_test, ::testing::Values(stream_mode::late),
                         [](const auto&) { return "late"; });

}  // namespace
}  // namespace pinwheel::testing
