// Idle timeouts, deadlines, stalls and least rates, in virtual time: never early, and how late at most.
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "support/net_connections.h"

namespace pinwheel::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class connection_time_test : public connection_test {
 protected:
  // Enough turns for a timeout that asks the kernel first, and for sends that complete late.
  void advance(duration by) {
    clock_.advance(by);
    turns(6);
  }

  // That the connection ends when so much time has passed, and not a millisecond before.
  void expect_end_after(duration time, const script& lines) {
    advance(time - milliseconds(1));
    EXPECT_TRUE(lines.closes.empty());
    advance(milliseconds(1));
    ASSERT_EQ(lines.closes.size(), 1U);
  }

  void send_and_wait(net_peer& peer, std::string_view bytes, const script& lines) {
    const std::size_t before = lines.offered.size();
    EXPECT_EQ(peer.send(bytes), bytes.size());
    run_until([&] { return lines.offered.size() > before; });
    turn();
  }

  // A connection with `bytes` to send, to a peer whose kernel takes little and tells soon what was read.
  net_peer& open_slow_reader(script& lines, std::size_t bytes, connection_options options,
                             const listener_options& listener = small_kernel_buffers) {
    lines.open = [bytes](connection& peer) { peer.write(std::string(bytes, 'o')); };
    options.output_high_bytes = 16 << 20;
    net_peer& peer = adopt(lines, tcp_pair::make(listener, network_.get(), 8192), options);
    let_acknowledgements_come(lines, peer);
    return peer;
  }

  // Reads exactly so many bytes.
  void read(const script& lines, net_peer& peer, std::size_t bytes) {
    const std::size_t end = peer.received().size() + bytes;
    run_until([&] {
      peer.receive(end - peer.received().size());
      return peer.received().size() == end;
    });
    let_acknowledgements_come(lines, peer);
  }

  // Until our kernel takes no more, and knows of everything that the peer's has.
  void let_acknowledgements_come(const script& lines, const net_peer& peer) {
    run_until([&] {
      const std::uint64_t before = host_->traffic().bytes_out.value();
      turns(3);
      const std::uint64_t sent = host_->traffic().bytes_out.value();
      if (sent > before || network_ != nullptr) return sent == before;
      return queued(lines.self->native_handle(), SIOCOUTQ) + queued(peer.native_handle(), SIOCINQ) +
                 peer.received().size() <=
             sent;
    });
  }

 private:
  static std::size_t queued(int descriptor, unsigned long which) {
    int bytes = 0;
    EXPECT_EQ(::ioctl(descriptor, which, &bytes), 0);
    return static_cast<std::size_t>(bytes);
  }
};

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

// --- output that waits ---

TEST_P(connection_time_test, a_peer_that_takes_nothing_has_stalled_after_the_time_and_a_quarter_more_at_most) {
  script& lines = new_script();
  net_peer& peer = open_slow_reader(lines, 1 << 20, {.idle_timeout = seconds(3), .write_stall_timeout = seconds(8)});
  for (int passed = 0; passed < 6; passed += 2) {
    advance(seconds(2));
    send_and_wait(peer, "is not idle", lines);
  }
  advance(milliseconds(1999));
  EXPECT_TRUE(lines.closes.empty());
  advance(milliseconds(1));
  advance(seconds(2));
  EXPECT_EQ(lines.timeouts, std::vector{close_reason::write_stall});
  EXPECT_EQ(reason_of(lines), close_reason::write_stall);
}

TEST_P(connection_time_test, a_peer_that_reads_steadily_has_not_stalled_while_our_kernel_takes_nothing) {
  script& lines = new_script();
  net_peer& peer = open_slow_reader(lines, 8 << 20, {.idle_timeout = seconds(3), .write_stall_timeout = seconds(8)},
                                    {.send_buffer_bytes = 200'000});
  const std::uint64_t taken = host_->traffic().bytes_out.value();
  EXPECT_LT(taken, 8U << 20);
  for (int round = 0; round < 10; ++round) {
    advance(seconds(2));
    read(lines, peer, 4000);
  }
  EXPECT_TRUE(lines.timeouts.empty());
  if (is_immediate()) {
    EXPECT_EQ(host_->traffic().bytes_out.value(), taken);
  }
}

TEST_P(connection_time_test, a_reader_of_a_byte_a_second_is_ended_by_the_rate_and_neither_stalled_nor_idle) {
  script& lines = new_script();
  net_peer& peer =
      open_slow_reader(lines, 1 << 20, {.idle_timeout = seconds(3), .output_rate_min = 1000, .rate_grace = seconds(2)});
  advance(seconds(1));
  read(lines, peer, 1);
  advance(milliseconds(999));
  EXPECT_TRUE(lines.closes.empty());
  // What it had taken at first may be worth another grace, each byte since a millisecond, and no more.
  advance(milliseconds(1));
  for (int second = 0; second < 2 && lines.closes.empty(); ++second) {
    read(lines, peer, 1);
    advance(milliseconds(1002));
  }
  EXPECT_EQ(reason_of(lines), close_reason::slow_output);
}

TEST_P(connection_time_test, a_reader_exactly_at_the_rate_is_not_ended_before_it_stops) {
  script& lines = new_script();
  net_peer& peer = open_slow_reader(lines, 1 << 20, {.output_rate_min = 4000, .rate_grace = seconds(4)});
  for (int round = 0; round < 30; ++round) {
    advance(seconds(2));
    read(lines, peer, 8000);
  }
  EXPECT_TRUE(lines.closes.empty());
  advance(seconds(4));
  advance(seconds(4));
  EXPECT_EQ(reason_of(lines), close_reason::slow_output);
}

TEST_P(connection_time_test, a_reader_at_half_the_rate_is_ended) {
  script& lines = new_script();
  net_peer& peer = open_slow_reader(lines, 1 << 20, {.output_rate_min = 4000, .rate_grace = seconds(4)});
  for (int round = 0; round < 12 && lines.closes.empty(); ++round) {
    read(lines, peer, 4000);
    advance(seconds(2));
  }
  EXPECT_EQ(reason_of(lines), close_reason::slow_output);
}

TEST_P(connection_time_test, a_peer_that_does_not_take_the_last_bytes_is_cut_off_without_a_word_to_the_handler) {
  script& lines = new_script();
  open_slow_reader(lines, 1 << 20, {.write_stall_timeout = seconds(8)});
  lines.self->close();
  for (int passed = 0; passed < 10; passed += 2) advance(seconds(2));
  EXPECT_EQ(reason_of(lines), close_reason::write_stall);
  EXPECT_TRUE(lines.timeouts.empty());
}

TEST_P(connection_time_test, without_a_write_stall_timeout_a_peer_that_does_not_read_is_idle) {
  script& lines = new_script();
  open_slow_reader(lines, 1 << 20, {.idle_timeout = seconds(5), .write_stall_timeout = duration::zero()});
  expect_end_after(seconds(5), lines);
  EXPECT_EQ(reason_of(lines), close_reason::idle);
}

TEST_P(connection_time_test, idleness_counts_from_the_last_byte_of_output_that_waited) {
  script& lines = new_script();
  net_peer& peer = open_slow_reader(lines, 1 << 18, {.idle_timeout = seconds(5)});
  advance(seconds(7));
  EXPECT_TRUE(lines.timeouts.empty());
  read(lines, peer, 1 << 18);
  expect_end_after(seconds(5), lines);
  EXPECT_EQ(reason_of(lines), close_reason::idle);
}

TEST_P(connection_time_test, a_handler_that_goes_on_with_a_stalled_peer_is_told_again) {
  script& lines = new_script();
  lines.timeout = [](connection&, close_reason) {};
  open_slow_reader(lines, 1 << 20, {.write_stall_timeout = seconds(8)});
  for (int passed = 0; passed < 10; passed += 2) advance(seconds(2));
  EXPECT_EQ(lines.timeouts.size(), 1U);
  for (int passed = 0; passed < 10; passed += 2) advance(seconds(2));
  EXPECT_EQ(lines.timeouts, (std::vector{close_reason::write_stall, close_reason::write_stall}));
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
