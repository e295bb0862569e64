// Idle timeouts, deadlines and least rates of input, in virtual time: never early, and exactly then.
#include "support/timed_connections.h"

namespace pinwheel::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class connection_time_test : public timed_connection_test {};

TEST_P(connection_time_test, an_idle_connection_is_told_so_once_its_timeout_is_over) {
  script& lines = new_script();
  open(lines, {.idle_timeout = seconds(60)});
  advance(milliseconds(59'900));
  EXPECT_TRUE(lines.timeouts.empty());
  advance(milliseconds(200));
  EXPECT_EQ(lines.timeouts, std::vector{close_reason::idle});
  EXPECT_EQ(reason_of(lines), close_reason::idle);
}

TEST_P(connection_time_test, a_byte_in_or_out_puts_the_idle_timeout_off_without_touching_the_wheel) {
  script& lines = new_script();
  net_peer& peer = open(lines, {.idle_timeout = seconds(60)});
  turn();
  const auto armed = base_->next_deadline();
  advance(seconds(40));
  peer.send("x");
  run_until([&] { return !lines.offered.empty(); });
  EXPECT_EQ(base_->next_deadline(), armed);
  advance(seconds(40));
  lines.self->write("y");
  run_until_received(peer, "y");
  advance(seconds(59));
  EXPECT_TRUE(lines.closes.empty());
  advance(seconds(2));
  EXPECT_EQ(reason_of(lines), close_reason::idle);
}

TEST_P(connection_time_test, a_handler_that_stays_is_told_again_after_another_idle_timeout) {
  script& lines = new_script();
  lines.timeout = [](connection&, close_reason) {};
  open(lines, {.idle_timeout = seconds(10)});
  advance(seconds(11));
  EXPECT_EQ(lines.timeouts.size(), 1U);
  advance(seconds(5));
  EXPECT_EQ(lines.timeouts.size(), 1U);
  advance(seconds(6));
  EXPECT_EQ(lines.timeouts.size(), 2U);
}

TEST_P(connection_time_test, a_deadline_is_told_at_its_time_with_its_reason) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.set_deadline(seconds(5), close_reason::header_timeout); };
  open(lines);
  advance(milliseconds(4900));
  EXPECT_TRUE(lines.timeouts.empty());
  advance(milliseconds(200));
  EXPECT_EQ(lines.timeouts, std::vector{close_reason::header_timeout});
}

TEST_P(connection_time_test, a_deadline_set_anew_replaces_the_first_and_cleared_never_comes) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.set_deadline(seconds(1), close_reason::header_timeout);
    peer.set_deadline(seconds(3), close_reason::header_timeout);
  };
  open(lines);
  advance(seconds(2));
  EXPECT_TRUE(lines.timeouts.empty());
  lines.self->clear_deadline();
  advance(seconds(2));
  EXPECT_TRUE(lines.timeouts.empty());
}

TEST_P(connection_time_test, a_handler_that_writes_when_told_that_it_is_idle_is_told_again) {
  script& lines = new_script();
  lines.timeout = [](connection& peer, close_reason) { peer.write("are you there?"); };
  open(lines, {.idle_timeout = seconds(10)});
  for (std::size_t told = 1; told <= 3; ++told) {
    advance(milliseconds(9999));
    EXPECT_EQ(lines.timeouts.size(), told - 1);
    advance(milliseconds(1));
    EXPECT_EQ(lines.timeouts.size(), told);
  }
}

// --- input too slow ---

// Consumes lines, so that an unfinished one is left unread.
void consumes_lines(script& lines) {
  lines.data = [](connection&, std::string_view bytes) {
    const std::size_t end = bytes.rfind('\n');
    return end == std::string_view::npos ? 0 : end + 1;
  };
}

constexpr connection_options slow_input_options = {
    .idle_timeout = milliseconds(2100), .input_rate_min = 100, .rate_grace = seconds(2)};

TEST_P(connection_time_test, a_peer_that_begins_a_message_and_sends_no_more_is_too_slow_after_the_grace_exactly) {
  script& lines = new_script();
  consumes_lines(lines);
  send_and_wait(open(lines, slow_input_options), "half a line", lines);
  expect_end_after(seconds(2), lines);
  EXPECT_EQ(reason_of(lines), close_reason::slow_input);
  EXPECT_EQ(lines.timeouts, std::vector{close_reason::slow_input});
}

TEST_P(connection_time_test, a_byte_a_second_is_ended_by_the_rate_and_not_by_the_idle_timeout) {
  script& lines = new_script();
  consumes_lines(lines);
  net_peer& peer = open(lines, slow_input_options);
  send_and_wait(peer, "begun", lines);
  advance(milliseconds(500));
  send_and_wait(peer, "x", lines);
  advance(seconds(1));
  send_and_wait(peer, "x", lines);
  expect_end_after(milliseconds(520), lines);  // Both bytes are worth 10 ms.
  EXPECT_EQ(reason_of(lines), close_reason::slow_input);
}

TEST_P(connection_time_test, a_peer_that_sends_exactly_at_the_rate_is_not_ended) {
  script& lines = new_script();
  consumes_lines(lines);
  net_peer& peer = open(lines, slow_input_options);
  send_and_wait(peer, "begun", lines);
  for (int lump = 0; lump < 30; ++lump) {
    advance(milliseconds(1990));
    send_and_wait(peer, std::string(199, 'x'), lines);
  }
  EXPECT_TRUE(lines.closes.empty());
  expect_end_after(seconds(2), lines);
}

TEST_P(connection_time_test, a_message_that_is_whole_ends_the_judging_and_the_next_one_has_a_whole_grace) {
  script& lines = new_script();
  consumes_lines(lines);
  net_peer& peer = open(lines, slow_input_options);
  for (int message = 0; message < 3; ++message) {
    send_and_wait(peer, "be", lines);
    advance(milliseconds(1900));
    send_and_wait(peer, "gun\n", lines);
    advance(milliseconds(2099));  // Nothing is owed meanwhile but a sign of life.
  }
  EXPECT_TRUE(lines.closes.empty());
  send_and_wait(peer, "be", lines);
  expect_end_after(seconds(2), lines);
}

TEST_P(connection_time_test, nothing_is_judged_of_a_peer_that_owes_nothing) {
  script& lines = new_script();
  open(lines, {.idle_timeout = duration::zero(), .input_rate_min = 1 << 30, .rate_grace = milliseconds(1)});
  advance(std::chrono::hours(1));
  EXPECT_TRUE(lines.timeouts.empty());
}

TEST_P(connection_time_test, a_handler_that_consumes_all_as_it_comes_says_that_more_is_expected) {
  script& lines = new_script();
  net_peer& peer = open(lines, {.idle_timeout = duration::zero(), .input_rate_min = 100, .rate_grace = seconds(2)});
  send_and_wait(peer, "the beginning of something long", lines);
  lines.self->expect_input(true);
  turns(3);
  advance(milliseconds(1999));
  EXPECT_TRUE(lines.timeouts.empty());
  lines.self->expect_input(false);
  turns(3);
  advance(milliseconds(500));
  EXPECT_TRUE(lines.timeouts.empty());
  lines.self->expect_input(true);
  turns(3);
  send_and_wait(peer, "x", lines);
  expect_end_after(milliseconds(2000), lines);  // A full bucket holds no more.
  EXPECT_EQ(reason_of(lines), close_reason::slow_input);
}

TEST_P(connection_time_test, who_does_not_read_cannot_say_that_the_peer_is_slow) {
  script& lines = new_script();
  consumes_lines(lines);
  net_peer& peer = open(lines, {.idle_timeout = duration::zero(), .input_rate_min = 100, .rate_grace = seconds(2)});
  send_and_wait(peer, "begun", lines);
  lines.self->pause_reading();
  turns(3);
  advance(seconds(100));
  EXPECT_TRUE(lines.timeouts.empty());
  lines.self->resume_reading();
  turns(3);
  expect_end_after(seconds(2), lines);
}

TEST_P(connection_time_test, bytes_that_came_in_time_count_also_when_the_loop_comes_late) {
  script& lines = new_script();
  std::size_t consumed = 0;
  lines.data = [&](connection&, std::string_view bytes) {
    consumed += bytes.size() - 1;
    return bytes.size() - 1;
  };
  net_peer& peer = open(lines, {.input_rate_min = 50'000, .rate_grace = seconds(2)});
  send_and_wait(peer, "begun", lines);
  // While the loop is busy for longer than the grace; more than is received at once.
  EXPECT_EQ(peer.send(std::string(200'000, 'x')), 200'000U);
  clock_.advance(milliseconds(3500));
  run_until([&] { return consumed > 200'000 || !lines.closes.empty(); });
  advance(milliseconds(1));
  EXPECT_TRUE(lines.closes.empty());
}

TEST_P(connection_time_test, a_handler_that_goes_on_with_a_slow_peer_is_told_again_after_another_grace) {
  script& lines = new_script();
  consumes_lines(lines);
  lines.timeout = [](connection&, close_reason) {};
  net_peer& peer = open(lines, {.idle_timeout = duration::zero(), .input_rate_min = 100, .rate_grace = seconds(2)});
  send_and_wait(peer, "begun", lines);
  advance(milliseconds(1999));
  EXPECT_TRUE(lines.timeouts.empty());
  advance(milliseconds(1));
  EXPECT_EQ(lines.timeouts.size(), 1U);
  advance(milliseconds(1999));
  EXPECT_EQ(lines.timeouts.size(), 1U);
  advance(milliseconds(1));
  EXPECT_EQ(lines.timeouts, (std::vector{close_reason::slow_input, close_reason::slow_input}));
}

TEST_P(connection_time_test, a_new_handler_is_owed_no_message_that_the_old_one_expected) {
  script& first = new_script();
  script& second = new_script();
  net_peer& peer = open(first, slow_input_options);
  send_and_wait(peer, "consumed", first);
  first.self->expect_input(true);
  first.self->become(std::make_unique<scripted>(second));
  turns(3);
  advance(milliseconds(2050));
  EXPECT_TRUE(second.timeouts.empty());
}

TEST_P(connection_time_test, whole_requests_with_rates_in_force_do_not_touch_the_wheel) {
  script& lines = new_script();
  consumes_lines(lines);
  net_peer& peer = open(lines, {.input_rate_min = 1000, .output_rate_min = 1000});
  turn();
  const auto armed = base_->next_deadline();
  for (int request = 0; request < 10; ++request) {
    advance(milliseconds(100));
    send_and_wait(peer, "a whole line\n", lines);
  }
  EXPECT_EQ(base_->next_deadline(), armed);
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_time_test);

}  // namespace
}  // namespace pinwheel::testing
