// What changes a connection from within: exceptions, a new handler, a drain.
#include <stdexcept>

#include "support/net_connections.h"

namespace pinwheel::testing {
namespace {

using std::chrono::seconds;

class connection_change_test : public connection_test {
 protected:
  void advance(duration by) {
    clock_.advance(by);
    turns(3);
  }

  // Everything logged by the connections of one test.
  static inline std::vector<std::string> logged_;
  static void remember(log_level, std::string_view line) { logged_.emplace_back(line); }

  void SetUp() override {
    connection_test::SetUp();
    logged_.clear();
    set_log_hook(&remember);
  }
};

TEST_P(connection_change_test, an_exception_closes_its_connection_and_nothing_else) {
  script& bad = new_script();
  script& good = new_script();
  echoes(good);
  bad.data = [](connection&, std::string_view) -> std::size_t { throw std::runtime_error("no such thing"); };
  net_peer& bad_peer = open(bad);
  net_peer& good_peer = open(good);
  bad_peer.send("x");
  good_peer.send("y");
  run_until_closed(bad);
  run_until_received(good_peer, "y");
  EXPECT_EQ(reason_of(bad), close_reason::handler_threw);
  EXPECT_EQ(host_->counters().handler_exceptions.value(), 1U);
  ASSERT_EQ(logged_.size(), 1U);
  EXPECT_NE(logged_.front().find("no such thing"), std::string::npos);
}

TEST_P(connection_change_test, every_callback_may_throw) {
  const auto fail = [](auto&&...) { throw 7; };
  std::vector<script*> all;
  const auto next = [&]() -> script& { return *all.emplace_back(&new_script()); };
  next().open = fail;
  open(*all.back());
  next().eof = fail;
  open(*all.back()).shutdown_write();
  next().drained = fail;
  all.back()->open = [](connection& peer) { peer.write(std::string(100'000, 'x')); };
  net_peer& reader = open(*all.back());
  next().timeout = fail;
  open(*all.back(), {.idle_timeout = seconds(1)});
  next().drain = fail;
  open(*all.back());
  run_until([&] {
    reader.receive();
    return all[2]->draineds == 1;
  });
  run_until_closed(*all[1]);
  advance(seconds(2));
  host_->drain();
  for (const script* each : all) {
    run_until_closed(*each);
    EXPECT_EQ(reason_of(*each), close_reason::handler_threw);
  }
  EXPECT_EQ(host_->counters().handler_exceptions.value(), all.size());
}

struct throws_when_made final : connection_handler {
  throws_when_made() { throw std::runtime_error("not today"); }
  std::size_t on_data(connection&, std::string_view bytes) override { return bytes.size(); }
};

TEST_P(connection_change_test, a_handler_whose_constructor_throws_is_refused) {
  tcp_pair pair = make_pair();
  const connection_id id = host_->open(std::move(pair.ours), make_handler<throws_when_made>, default_options_);
  EXPECT_EQ(id, connection_id{});
  run_until_at_end(pair.peer);
  EXPECT_EQ(host_->counters().refused.value(), 1U);
  EXPECT_EQ(host_->size(), 0U);
}

struct alignas(128) over_aligned final : connection_handler {
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    peer.write(reinterpret_cast<std::uintptr_t>(this) % 128 == 0 ? "aligned" : "not aligned");
    return bytes.size();
  }
};

TEST_P(connection_change_test, a_handler_lies_at_its_alignment) {
  tcp_pair pair = make_pair();
  host_->open(std::move(pair.ours), make_handler<over_aligned>, default_options_);
  pair.peer.send("x");
  run_until_received(pair.peer, "aligned");
}

TEST_P(connection_change_test, a_new_handler_hears_what_was_handed_on_and_what_is_still_unread) {
  script& first = new_script();
  script& second = new_script();
  first.data = [&](connection& peer, std::string_view bytes) {
    peer.become(std::make_unique<scripted>(second), bytes.substr(3, 3));
    EXPECT_EQ(second.opens, 0);
    return std::size_t{6};
  };
  net_peer& peer = open(first);
  peer.send("onetwothree");
  run_until([&] { return !second.offered.empty(); });
  EXPECT_EQ(second.opens, 1);
  EXPECT_EQ(second.offered.front(), "twothree");
  EXPECT_EQ(first.offered.size(), 1U);
}

TEST_P(connection_change_test, the_old_handler_is_destroyed_and_hears_no_on_close) {
  script& first = new_script();
  script& second = new_script();
  script& third = new_script();
  first.open = [&](connection& peer) { peer.become(std::make_unique<scripted>(second)); };
  second.open = [&](connection& peer) { peer.become(std::make_unique<scripted>(third)); };
  third.open = [&](connection& peer) { peer.write("three"); };
  net_peer& peer = open(first);
  run_until_received(peer, "three");
  EXPECT_EQ(first.destroyed + second.destroyed, 2);
  EXPECT_EQ(third.destroyed, 0);
  third.self->close();
  run_until([&] { return third.destroyed == 1; });
  EXPECT_TRUE(first.closes.empty() && second.closes.empty());
  EXPECT_EQ(third.closes.size(), 1U);
}

TEST_P(connection_change_test, a_new_handler_after_the_peers_end_is_told_of_it) {
  script& first = new_script();
  script& second = new_script();
  first.eof = [&](connection& peer) { peer.become(std::make_unique<scripted>(second)); };
  net_peer& peer = open(first);
  peer.shutdown_write();
  run_until_closed(second);
  EXPECT_EQ(second.eofs, 1);
}

TEST_P(connection_change_test, a_drain_shows_first_what_the_kernel_already_has) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  turns(3);
  peer.send("delivered before the drain");
  ASSERT_TRUE(peer.is_delivered());
  host_->drain();
  run_until_at_end(peer);
  EXPECT_EQ(peer.received(), "delivered before the drain");
  EXPECT_EQ(reason_of(lines), close_reason::drained);
}

TEST_P(connection_change_test, a_paused_connection_is_told_to_drain_after_it_has_seen_everything) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.pause_reading(); };
  net_peer& peer = open(lines);
  peer.send("waits");
  turns(3);
  host_->drain();
  turns(3);
  EXPECT_EQ(lines.drains, 0);
  lines.self->resume_reading();
  run_until_closed(lines);
  EXPECT_EQ(lines.offered, std::vector<std::string>{"waits"});
  EXPECT_EQ(lines.drains, 1);
}

TEST_P(connection_change_test, a_draining_handler_may_ask_again_for_what_has_come) {
  script& lines = new_script();
  echoes(lines);
  lines.drain = [&](connection& peer) {
    EXPECT_TRUE(peer.is_draining());
    if (lines.drains == 2) peer.close(close_reason::drained);
  };
  net_peer& peer = open(lines);
  host_->drain();
  run_until([&] { return lines.drains == 1; });
  peer.send("one more");
  ASSERT_TRUE(peer.is_delivered());
  lines.self->receive_now();
  run_until_at_end(peer);
  EXPECT_EQ(peer.received(), "one more");
  EXPECT_EQ(lines.drains, 2);
}

TEST_P(connection_change_test, a_connection_opened_while_draining_is_served_and_told_to_drain) {
  script& lines = new_script();
  echoes(lines);
  host_->drain();
  tcp_pair pair = make_pair();
  pair.peer.send("late but delivered");
  ASSERT_TRUE(pair.peer.is_delivered());
  host_->open(std::move(pair.ours), make_handler_with<scripted>(lines), default_options_);
  run_until_at_end(pair.peer);
  EXPECT_EQ(pair.peer.received(), "late but delivered");
  EXPECT_EQ(lines.drains, 1);
}

TEST_P(connection_change_test, empty_is_told_once_after_the_last_connection_has_gone_and_lingers_no_more) {
  script& lines = new_script();
  net_peer& peer = open(lines);
  int told = 0;
  host_->on_empty([&] { ++told; });
  host_->drain();
  run_until_closed(lines);
  turns(3);
  EXPECT_EQ(told, 0);
  peer.close();
  run_until([&] { return told > 0; });
  turns(3);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(lines.destroyed, 1);
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_change_test);

}  // namespace
}  // namespace pinwheel::testing
