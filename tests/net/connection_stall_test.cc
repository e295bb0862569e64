// Output that waits for its peer: stalls and least rates, in virtual time: never early, and how late at most.
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "support/timed_connections.h"

namespace pinwheel::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class connection_stall_test : public timed_connection_test {
 protected:
  // A connection with `bytes` to send, to a peer whose kernel takes little.
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

  // How much time passes, step by step and with what the peer does before each, until `is_over()`.
  template <class IsOver, class Act>
  duration time_until(IsOver is_over, duration step, Act act) {
    const time_point begin = clock_.now();
    while (!is_over() && clock_.now() - begin < minutes(10)) {
      act();
      advance(step);
    }
    return clock_.now() - begin;
  }
  template <class Act>
  duration life_of(const script& lines, duration step, Act act) {
    return time_until([&] { return !lines.closes.empty(); }, step, act);
  }
  duration life_of(const script& lines, duration step) {
    return life_of(lines, step, [] {});
  }

  // The kernels' own timers run in real time: what they bring across late counts as taken, and puts the end off.
  void expect_between(duration time, duration earliest, duration latest) const {
    EXPECT_GE(time, earliest);
    EXPECT_LE(time, network_ != nullptr ? latest : minutes(1));
  }

 private:
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

  static std::size_t queued(int descriptor, unsigned long which) {
    int bytes = 0;
    EXPECT_EQ(::ioctl(descriptor, which, &bytes), 0);
    return static_cast<std::size_t>(bytes);
  }
};

TEST_P(connection_stall_test, a_peer_that_takes_nothing_has_stalled_after_the_time_and_a_quarter_more_at_most) {
  script& lines = new_script();
  net_peer& peer = open_slow_reader(lines, 1 << 20, {.idle_timeout = seconds(3), .write_stall_timeout = seconds(8)});
  const duration life = life_of(lines, seconds(1), [&] { send_and_wait(peer, "is not idle", lines); });
  expect_between(life, seconds(8), seconds(10));
  EXPECT_EQ(lines.timeouts, std::vector{close_reason::write_stall});
  EXPECT_EQ(reason_of(lines), close_reason::write_stall);
}

TEST_P(connection_stall_test, a_peer_that_reads_steadily_has_not_stalled_while_our_kernel_takes_nothing) {
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

TEST_P(connection_stall_test, a_reader_of_a_byte_a_second_is_ended_by_the_rate_and_neither_stalled_nor_idle) {
  script& lines = new_script();
  net_peer& peer =
      open_slow_reader(lines, 1 << 20, {.idle_timeout = seconds(3), .output_rate_min = 1000, .rate_grace = seconds(2)});
  const duration life = life_of(lines, seconds(1), [&] { read(lines, peer, 1); });
  // What it had taken at first may be worth another grace; each byte since then a millisecond.
  expect_between(life, seconds(2), seconds(5));
  EXPECT_EQ(reason_of(lines), close_reason::slow_output);
}

TEST_P(connection_stall_test, a_reader_exactly_at_the_rate_is_not_ended_before_it_stops) {
  script& lines = new_script();
  net_peer& peer = open_slow_reader(lines, 1 << 20, {.output_rate_min = 4000, .rate_grace = seconds(4)});
  for (int round = 0; round < 30; ++round) {
    advance(seconds(2));
    read(lines, peer, 8000);
  }
  EXPECT_TRUE(lines.closes.empty());
  expect_between(life_of(lines, seconds(1)), seconds(1), seconds(8));
  EXPECT_EQ(reason_of(lines), close_reason::slow_output);
}

TEST_P(connection_stall_test, a_reader_at_half_the_rate_is_ended) {
  script& lines = new_script();
  net_peer& peer = open_slow_reader(lines, 1 << 20, {.output_rate_min = 4000, .rate_grace = seconds(4)});
  const duration life = life_of(lines, seconds(2), [&] { read(lines, peer, 4000); });
  expect_between(life, seconds(8), seconds(16));
  EXPECT_EQ(reason_of(lines), close_reason::slow_output);
}

TEST_P(connection_stall_test, a_peer_that_does_not_take_the_last_bytes_is_cut_off_without_a_word_to_the_handler) {
  script& lines = new_script();
  open_slow_reader(lines, 1 << 20, {.write_stall_timeout = seconds(8)});
  lines.self->close();
  expect_between(life_of(lines, seconds(1)), seconds(8), seconds(10));
  EXPECT_EQ(reason_of(lines), close_reason::write_stall);
  EXPECT_TRUE(lines.timeouts.empty());
}

TEST_P(connection_stall_test, without_a_write_stall_timeout_a_peer_that_does_not_read_is_idle) {
  script& lines = new_script();
  open_slow_reader(lines, 1 << 20, {.idle_timeout = seconds(5), .write_stall_timeout = duration::zero()});
  expect_between(life_of(lines, seconds(1)), seconds(5), seconds(5));
  EXPECT_EQ(reason_of(lines), close_reason::idle);
}

TEST_P(connection_stall_test, idleness_counts_from_the_last_byte_of_output_that_waited) {
  script& lines = new_script();
  net_peer& peer = open_slow_reader(lines, 1 << 18, {.idle_timeout = seconds(5)});
  advance(seconds(7));
  EXPECT_TRUE(lines.timeouts.empty());
  read(lines, peer, 1 << 18);
  expect_end_after(seconds(5), lines);
  EXPECT_EQ(reason_of(lines), close_reason::idle);
}

TEST_P(connection_stall_test, a_handler_that_goes_on_with_a_stalled_peer_is_told_again) {
  script& lines = new_script();
  lines.timeout = [](connection&, close_reason) {};
  open_slow_reader(lines, 1 << 20, {.write_stall_timeout = seconds(8)});
  for (std::size_t told = 1; told <= 2; ++told) {
    const auto is_told = [&] { return lines.timeouts.size() == told; };
    expect_between(time_until(is_told, seconds(1), [] {}), seconds(8), seconds(10));
  }
  EXPECT_EQ(lines.timeouts, (std::vector{close_reason::write_stall, close_reason::write_stall}));
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_stall_test);

}  // namespace
}  // namespace pinwheel::testing
