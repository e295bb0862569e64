// How waiting output is judged, from what the kernel says that the peer has acknowledged.
#include "pinwheel/net/output_watch.h"

#include <gtest/gtest.h>

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;
using verdict = output_watch::verdict;

constexpr time_point start{1h};
constexpr std::size_t megabyte = 1'000'000;
constexpr output_terms stall_only = {.stall = 60s};
constexpr output_terms rate_only = {.slowest = {.bytes_per_second = 1000, .grace = 5s}};

TEST(output_watch_test, without_terms_nothing_is_judged) {
  EXPECT_FALSE(output_terms{}.judge());
  EXPECT_TRUE(stall_only.judge());
  EXPECT_TRUE(rate_only.judge());
}

TEST(output_watch_test, a_peer_that_takes_nothing_has_stalled_after_the_time_and_not_before) {
  output_watch watch(start, megabyte, stall_only);
  EXPECT_EQ(watch.next_look(stall_only), start + 15s);
  EXPECT_EQ(watch.look(start + 15s, megabyte, stall_only), verdict::waits);
  EXPECT_EQ(watch.look(start + 60s - 1ns, megabyte, stall_only), verdict::waits);
  EXPECT_EQ(watch.next_look(stall_only), start + 60s);
  EXPECT_EQ(watch.look(start + 60s, megabyte, stall_only), verdict::stalled);
}

TEST(output_watch_test, a_stall_is_found_a_quarter_of_its_time_late_at_most) {
  output_watch watch(start, megabyte, stall_only);
  EXPECT_EQ(watch.look(start + 15s, megabyte - 1, stall_only), verdict::waits);  // Perhaps just after the beginning.
  EXPECT_EQ(watch.look(start + 60s, megabyte - 1, stall_only), verdict::waits);
  EXPECT_EQ(watch.next_look(stall_only), start + 75s);
  EXPECT_EQ(watch.look(start + 75s, megabyte - 1, stall_only), verdict::stalled);
}

TEST(output_watch_test, a_peer_that_reads_steadily_has_not_stalled_although_our_kernel_takes_nothing) {
  output_watch watch(start, megabyte, stall_only);
  std::size_t unacknowledged = megabyte;
  for (time_point now = start + 15s; now < start + 10min; now += 15s) {
    EXPECT_EQ(watch.look(now, unacknowledged -= 1000, stall_only), verdict::waits);
  }
}

TEST(output_watch_test, what_our_kernel_takes_says_nothing_about_the_peer) {
  output_watch watch(start, 1, stall_only);
  std::size_t unacknowledged = 1;
  for (time_point now = start + 15s; now < start + 60s; now += 15s) {
    watch.took(1000, now, stall_only);
    EXPECT_EQ(watch.look(now, unacknowledged += 1000, stall_only), verdict::waits);
  }
  watch.took(1000, start + 60s, stall_only);
  EXPECT_EQ(watch.look(start + 60s, unacknowledged + 1000, stall_only), verdict::stalled);
}

TEST(output_watch_test, bytes_taken_and_acknowledged_between_two_looks_count) {
  output_watch watch(start, megabyte, stall_only);
  watch.took(5000, start + 30s, stall_only);
  EXPECT_EQ(watch.look(start + 59s, megabyte, stall_only), verdict::waits);
  EXPECT_EQ(watch.look(start + 118s, megabyte, stall_only), verdict::waits);
}

TEST(output_watch_test, a_peer_that_has_acknowledged_everything_waits_for_us) {
  const output_terms both = {.stall = 60s, .slowest = rate_only.slowest};
  output_watch watch(start, 10, both);
  for (time_point now = start + 5s; now < start + 10min; now += 5s) {
    EXPECT_EQ(watch.look(now, 0, both), verdict::waits);
  }
}

TEST(output_watch_test, it_is_the_peers_turn_from_when_our_kernel_was_given_something) {
  const output_terms both = {.stall = 8s, .slowest = {.bytes_per_second = 1000, .grace = 5s}};
  output_watch watch(start, 0, both);
  watch.took(10, start + 1min, both);
  watch.took(10, start + 1min + 1s, both);
  EXPECT_EQ(watch.look(start + 1min + 2s, 20, both), verdict::waits);
  EXPECT_EQ(watch.look(start + 1min + 5s - 1ns, 20, both), verdict::waits);
  EXPECT_EQ(watch.look(start + 1min + 5s, 20, both), verdict::too_slow);
  EXPECT_EQ(watch.look(start + 1min + 8s, 20, both), verdict::stalled);
}

TEST(output_watch_test, a_rate_is_judged_from_what_was_acknowledged) {
  output_watch watch(start, megabyte, rate_only);
  EXPECT_EQ(watch.next_look(rate_only), start + 5s);
  std::size_t unacknowledged = megabyte - 2500;  // Half the rate.
  EXPECT_EQ(watch.look(start + 5s, unacknowledged, rate_only), verdict::waits);
  EXPECT_EQ(watch.next_look(rate_only), start + 7500ms);
  EXPECT_EQ(watch.look(start + 7500ms, unacknowledged -= 1250, rate_only), verdict::waits);
  EXPECT_EQ(watch.next_look(rate_only), start + 8750ms);
  EXPECT_EQ(watch.look(start + 8750ms, unacknowledged, rate_only), verdict::too_slow);
}

TEST(output_watch_test, exactly_the_rate_is_fast_enough) {
  output_watch watch(start, megabyte, rate_only);
  std::size_t unacknowledged = megabyte;
  for (time_point now = start + 5s; unacknowledged > 5000; now += 5s) {
    ASSERT_EQ(watch.next_look(rate_only), now);
    EXPECT_EQ(watch.look(now, unacknowledged -= 5000, rate_only), verdict::waits);
  }
}

TEST(output_watch_test, with_both_terms_the_earlier_look_is_next_and_a_stall_is_told_first) {
  const output_terms both = {.stall = 8s, .slowest = {.bytes_per_second = 1000, .grace = 5s}};
  output_watch watch(start, megabyte, both);
  EXPECT_EQ(watch.next_look(both), start + 2s);
  EXPECT_EQ(watch.look(start + 4s, megabyte, both), verdict::waits);
  EXPECT_EQ(watch.next_look(both), start + 5s);
  EXPECT_EQ(watch.look(start + 8s, megabyte, both), verdict::stalled);
}

}  // namespace
}  // namespace pinwheel::testing
