// The arithmetic of least rates: when bytes are too slow, to the nanosecond.
#include "pinwheel/net/rate_floor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;

constexpr time_point start{1h};
constexpr rate_terms hundred = {.bytes_per_second = 100, .grace = 5s};

// When a peer that moves `bytes` every `pause` is first too slow; `end` if it never is.
time_point end_of(std::size_t bytes, duration pause, time_point end, const rate_terms& terms) {
  rate_floor floor(start, terms);
  for (time_point now = start + pause; now < end; now += pause) {
    if (floor.is_too_slow(now)) return floor.empty_at();
    floor.moved(bytes, now, terms);
  }
  return end;
}

TEST(rate_floor_test, nothing_at_all_is_too_slow_after_the_grace_and_not_before) {
  const rate_floor floor(start, hundred);
  EXPECT_FALSE(floor.is_too_slow(start + 5s - 1ns));
  EXPECT_TRUE(floor.is_too_slow(start + 5s));
  EXPECT_EQ(floor.empty_at(), start + 5s);
}

TEST(rate_floor_test, exactly_the_rate_is_never_too_slow) {
  EXPECT_EQ(end_of(1, 10ms, start + 1h, hundred), start + 1h);
  EXPECT_EQ(end_of(499, 4990ms, start + 24h, hundred), start + 24h);
}

TEST(rate_floor_test, exactly_a_rate_whose_bytes_take_no_whole_nanoseconds_is_never_too_slow) {
  const rate_terms three = {.bytes_per_second = 3, .grace = 1s};
  rate_floor floor(start, three);
  for (std::int64_t byte = 1; byte <= 1'000'000; ++byte) {
    const time_point now = start + duration(byte * 1'000'000'000 / 3);
    ASSERT_FALSE(floor.is_too_slow(now)) << byte;
    floor.moved(1, now, three);
  }
}

TEST(rate_floor_test, a_fraction_of_the_rate_is_too_slow_after_the_grace_over_what_is_missing) {
  EXPECT_EQ(end_of(1, 1s, start + 1h, hundred), start + 5050ms);  // 5 bytes came: 50 ms worth.
  EXPECT_EQ(end_of(1, 20ms, start + 1h, hundred),
            start + 9980ms);  // Half of it: 10 s, less what had not come by then.
}

TEST(rate_floor_test, a_byte_less_than_the_rate_is_too_slow_in_the_end) {
  EXPECT_LT(end_of(99, 1s, start + 24h, hundred), start + 24h);
}

TEST(rate_floor_test, what_came_fast_before_earns_one_grace_and_no_more) {
  rate_floor floor(start, hundred);
  floor.moved(std::size_t{1} << 40, start + 1s, hundred);
  EXPECT_EQ(floor.empty_at(), start + 6s);
  floor.moved(SIZE_MAX, start + 2s, hundred);
  EXPECT_EQ(floor.empty_at(), start + 7s);
}

TEST(rate_floor_test, the_largest_rate_and_the_longest_grace_do_not_overflow) {
  const rate_terms fast = {.bytes_per_second = UINT32_MAX, .grace = 1s};
  rate_floor floor(start, fast);
  floor.moved(UINT32_MAX - 1, start + 1s, fast);
  EXPECT_EQ(floor.empty_at(), start + 2s);
  const rate_terms patient = {.bytes_per_second = 1, .grace = duration::max()};
  rate_floor never(start, patient);
  never.moved(SIZE_MAX, start + 1s, patient);
  EXPECT_EQ(never.empty_at(), time_point::max());
}

// The bucket as one would draw it: a level in byte-nanoseconds that leaks, computed at every step.
class leaky_bucket {
 public:
  explicit leaky_bucket(const rate_terms& terms)
      : rate_(terms.bytes_per_second), room_(rate_ * nanoseconds(terms.grace)), level_(room_) {}

  void wait(duration time) { level_ -= rate_ * nanoseconds(time); }
  void add(std::size_t bytes) { level_ = std::min(room_, level_ + static_cast<double>(bytes) * 1e9); }
  [[nodiscard]] double left_ns() const { return level_ / rate_; }

 private:
  static double nanoseconds(duration time) { return static_cast<double>(time.count()); }

  double rate_;
  double room_;
  double level_;
};

RC_GTEST_PROP(rate_floor_test, it_is_a_bucket_that_leaks_at_the_rate, ()) {
  const rate_terms terms = {.bytes_per_second = *rc::gen::inRange<std::uint32_t>(1, 1'000'000),
                            .grace = duration(*rc::gen::inRange<std::int64_t>(1'000'000, 60'000'000'000))};
  const auto steps = *rc::gen::container<std::vector<std::pair<std::int64_t, std::size_t>>>(
      rc::gen::pair(rc::gen::inRange<std::int64_t>(0, 2'000'000'000), rc::gen::inRange<std::size_t>(0, 100'000)));
  rate_floor floor(start, terms);
  leaky_bucket reference(terms);
  time_point now = start;
  double slack = 1;  // Rounding: ours by step, and the reference's.
  for (const auto& [pause, bytes] : steps) {
    now += duration(pause);
    reference.wait(duration(pause));
    floor.moved(bytes, now, terms);
    reference.add(bytes);
    slack += 1.1;
    const auto left = static_cast<double>((floor.empty_at() - now).count());
    RC_ASSERT(std::abs(left - reference.left_ns()) <= slack + std::abs(left) * 1e-9);
  }
}

}  // namespace
}  // namespace pinwheel::testing
