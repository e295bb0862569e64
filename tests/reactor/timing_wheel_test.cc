// SEMANTICS, "Timers", as far as the wheel promises them.
#include "pinwheel/reactor/timing_wheel.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;

constexpr duration tick{std::int64_t{1} << 20};
constexpr time_point epoch{};
constexpr time_point end_of_time = time_point::max();

class wheel_timer : public timer_node {
 public:
  wheel_timer(timing_wheel& wheel, std::function<void()> expired)
      : timer_node([](timer_node& self) { static_cast<wheel_timer&>(self).expired_(); }),
        wheel_(wheel),
        expired_(std::move(expired)) {}
  ~wheel_timer() { wheel_.cancel(*this); }

 private:
  timing_wheel& wheel_;
  std::function<void()> expired_;
};

class timing_wheel_test : public ::testing::Test {
 protected:
  void TearDown() override { wheel_.validate(); }

  // Writes its number to ran_, then does what else it is told to.
  wheel_timer timer(int number, std::function<void()> then = [] {}) {
    return wheel_timer(wheel_, [this, number, then = std::move(then)] {
      ran_.push_back(number);
      then();
    });
  }

  const time_point start_ = epoch + 1s;
  timing_wheel wheel_{start_};
  std::vector<int> ran_;
};

using order = std::vector<int>;

TEST_F(timing_wheel_test, T14_timers_due_together_run_by_deadline) {
  auto third = timer(3);
  auto first = timer(1);
  auto second = timer(2);
  wheel_.arm_at(third, start_ + 2h);
  wheel_.arm_at(first, start_ + 1ns);
  wheel_.arm_at(second, start_ + 2ns);
  EXPECT_EQ(wheel_.expire(start_ + 3h), 3U);
  EXPECT_EQ(ran_, (order{1, 2, 3}));
}

TEST_F(timing_wheel_test, T14_equal_deadlines_run_in_order_of_arming_however_they_were_armed) {
  auto relative = timer(1);
  auto exact = timer(2);
  auto relative_too = timer(3);
  wheel_.arm_after(relative, 1min);
  wheel_.arm_at(exact, start_ + 1min);
  wheel_.arm_after(relative_too, 1min);
  wheel_.place(start_);
  wheel_.expire(start_ + 1min);
  EXPECT_EQ(ran_, (order{1, 2, 3}));
}

TEST_F(timing_wheel_test, T14_arming_again_counts_as_the_newer_arming) {
  auto first = timer(1);
  auto second = timer(2);
  wheel_.arm_at(first, start_ + 1s);
  wheel_.arm_at(second, start_ + 1s);
  wheel_.arm_at(first, start_ + 1s);
  wheel_.expire(start_ + 1s);
  EXPECT_EQ(ran_, (order{2, 1}));
}

TEST_F(timing_wheel_test, T14_a_thousand_timers_of_one_tick_are_sorted) {
  std::vector<std::unique_ptr<wheel_timer>> timers;
  order expected;
  for (int number = 0; number < 1000; ++number) {
    timers.push_back(std::make_unique<wheel_timer>(wheel_, [this, number] { ran_.push_back(number); }));
    expected.push_back(number);
  }
  for (int step = 0; step < 1000; ++step) {
    const int shuffled = step * 617 % 1000;
    wheel_.arm_at(*timers[static_cast<std::size_t>(shuffled)], start_ + 1s + duration(shuffled));
  }
  wheel_.validate();
  EXPECT_EQ(wheel_.expire(start_ + 2s), 1000U);
  EXPECT_EQ(ran_, expected);
}

TEST_F(timing_wheel_test, a_timer_that_is_due_later_in_the_current_tick_waits_for_its_nanosecond) {
  auto early = timer(1);
  auto late = timer(2);
  wheel_.arm_at(early, start_ + 1ns);
  wheel_.arm_at(late, start_ + 3ns);
  wheel_.expire(start_ + 2ns);
  EXPECT_EQ(ran_, (order{1}));
  EXPECT_EQ(wheel_.next_deadline(), start_ + 3ns);
  wheel_.expire(start_ + 3ns);
  EXPECT_EQ(ran_, (order{1, 2}));
}

// From one tick before, at and behind the first tick of each level to the same of each other level.
TEST_F(timing_wheel_test, no_timer_runs_early_or_late_across_the_edges_of_the_levels) {
  std::vector<std::int64_t> edges{0, 1};
  for (unsigned level = 1; level <= 5; ++level) {
    const std::int64_t edge = std::int64_t{1} << (8 * level);
    edges.insert(edges.end(), {edge - 1, edge, edge + 1});
  }
  for (const std::int64_t from : edges) {
    for (const std::int64_t to : edges) {
      if (to < from) continue;
      SCOPED_TRACE(::testing::Message() << "from tick " << from << " to tick " << to);
      const time_point deadline = epoch + to * tick + 5ns;
      timing_wheel wheel(epoch + from * tick);
      int runs = 0;
      wheel_timer timer(wheel, [&] { ++runs; });
      wheel.arm_at(timer, deadline);
      ASSERT_EQ(wheel.next_deadline(), deadline);
      wheel.expire(deadline - 1ns);
      ASSERT_EQ(runs, 0);
      wheel.validate();
      wheel.expire(deadline);
      ASSERT_EQ(runs, 1);
      ASSERT_EQ(wheel.next_deadline(), std::nullopt);
      wheel.validate();
    }
  }
}

TEST_F(timing_wheel_test, a_far_timer_gives_its_exact_deadline_at_once_and_keeps_it) {
  const duration years = 24h * 365 * 20;
  auto far = timer(1);
  wheel_.arm_at(far, start_ + years + 1ns);
  EXPECT_EQ(wheel_.next_deadline(), start_ + years + 1ns);
  wheel_.expire(start_ + years);
  EXPECT_EQ(wheel_.next_deadline(), start_ + years + 1ns);
  EXPECT_EQ(ran_, order{});
}

TEST_F(timing_wheel_test, the_only_timer_leaves_no_deadline_behind_when_it_has_run) {
  auto only = timer(1);
  wheel_.arm_at(only, start_ + 1h);
  wheel_.expire(start_ + 2h);
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
  EXPECT_EQ(wheel_.size(), 0U);
}

TEST_F(timing_wheel_test, the_next_deadline_is_that_of_the_next_when_the_earliest_is_cancelled) {
  auto early = timer(1);
  auto middle = timer(2);
  auto late = timer(3);
  wheel_.arm_at(late, start_ + 3h);
  wheel_.arm_at(early, start_ + 1s);
  wheel_.arm_at(middle, start_ + 2h);
  EXPECT_EQ(wheel_.next_deadline(), start_ + 1s);
  wheel_.cancel(early);
  EXPECT_EQ(wheel_.next_deadline(), start_ + 2h);
  wheel_.cancel(middle);
  EXPECT_EQ(wheel_.next_deadline(), start_ + 3h);
}

TEST_F(timing_wheel_test, a_deadline_that_is_past_is_due_at_the_next_expire) {
  auto past = timer(2);
  auto before_the_epoch = timer(1);
  wheel_.arm_at(past, start_ - 1ms);
  wheel_.arm_at(before_the_epoch, epoch - 1h);
  wheel_.validate();
  EXPECT_EQ(wheel_.expire(start_), 2U);
  EXPECT_EQ(ran_, (order{1, 2}));
}

TEST_F(timing_wheel_test, T1_arming_an_armed_timer_moves_it) {
  auto moved = timer(1);
  wheel_.arm_at(moved, start_ + 1s);
  wheel_.arm_at(moved, start_ + 1h);
  EXPECT_EQ(wheel_.size(), 1U);
  wheel_.expire(start_ + 1min);
  EXPECT_EQ(ran_, order{});
  EXPECT_EQ(moved.deadline(), start_ + 1h);
}

TEST_F(timing_wheel_test, T13_a_cancelled_timer_never_runs) {
  auto placed = timer(1);
  auto unplaced = timer(2);
  wheel_.arm_at(placed, start_ + 1s);
  wheel_.arm_after(unplaced, 1s);
  wheel_.cancel(placed);
  wheel_.cancel(unplaced);
  wheel_.cancel(unplaced);
  wheel_.place(start_);
  EXPECT_EQ(wheel_.expire(start_ + 1h), 0U);
  EXPECT_EQ(wheel_.size(), 0U);
}

TEST_F(timing_wheel_test, T13_a_function_cancels_a_timer_that_was_to_run_behind_it) {
  auto victim = timer(2);
  auto killer = timer(1, [&] {
    EXPECT_TRUE(victim.is_armed());
    wheel_.cancel(victim);
    wheel_.validate();
  });
  wheel_.arm_at(killer, start_ + 1s);
  wheel_.arm_at(victim, start_ + 2s);
  EXPECT_EQ(wheel_.expire(start_ + 3s), 1U);
  EXPECT_EQ(ran_, (order{1}));
}

TEST_F(timing_wheel_test, a_function_puts_off_a_timer_that_was_to_run_behind_it) {
  auto late = timer(2);
  auto early = timer(1, [&] { wheel_.arm_at(late, start_ + 1h); });
  wheel_.arm_at(early, start_ + 1s);
  wheel_.arm_at(late, start_ + 1s);
  EXPECT_EQ(wheel_.expire(start_ + 3s), 1U);
  EXPECT_EQ(wheel_.next_deadline(), start_ + 1h);
}

TEST_F(timing_wheel_test, what_a_function_arms_waits_for_the_next_expire_even_when_it_is_past) {
  wheel_timer* again = nullptr;
  auto other = timer(2);
  auto repeating = timer(1, [&] {
    EXPECT_FALSE(again->is_armed());
    if (ran_.size() > 1) return;
    wheel_.arm_at(*again, start_);
    wheel_.arm_at(other, start_ + 1500ms);
  });
  again = &repeating;
  wheel_.arm_at(repeating, start_ + 1s);
  EXPECT_EQ(wheel_.expire(start_ + 1h), 1U);
  EXPECT_EQ(wheel_.next_deadline(), start_);
  EXPECT_EQ(wheel_.expire(start_ + 1h), 2U);
  EXPECT_EQ(ran_, (order{1, 1, 2}));
}

TEST_F(timing_wheel_test, T11_a_relative_timer_counts_from_the_reading_that_places_it) {
  auto relative = timer(1);
  wheel_.arm_after(relative, 1s);
  EXPECT_TRUE(wheel_.has_unplaced());
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
  EXPECT_EQ(wheel_.expire(start_ + 1h), 0U);
  wheel_.place(start_ + 2h);
  EXPECT_FALSE(wheel_.has_unplaced());
  EXPECT_EQ(wheel_.next_deadline(), start_ + 2h + 1s);
}

TEST_F(timing_wheel_test, T11_a_negative_delay_counts_as_none) {
  auto relative = timer(1);
  wheel_.arm_after(relative, -1h);
  wheel_.place(start_);
  EXPECT_EQ(relative.deadline(), start_);
}

TEST_F(timing_wheel_test, a_delay_past_the_end_of_time_ends_there) {
  auto endless = timer(1);
  wheel_.arm_after(endless, duration::max());
  wheel_.place(start_);
  EXPECT_EQ(wheel_.next_deadline(), end_of_time);
  wheel_.expire(end_of_time - 1ns);
  EXPECT_EQ(ran_, order{});
  wheel_.expire(end_of_time);
  EXPECT_EQ(ran_, (order{1}));
}

}  // namespace
}  // namespace pinwheel::testing
