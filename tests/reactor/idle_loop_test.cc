// An idle loop sleeps: a far timer causes no wake-up of its own, on whatever level of the wheel it lies (T1, DESIGN
// section 7). That it makes no system call is counted by tests/perf/idle_test.py.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>

#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/simulated_backend.h"

namespace pinwheel::testing {
namespace {

using std::chrono::hours;

class idle_loop_test : public ::testing::TestWithParam<duration> {
 protected:
  virtual_clock clock_;
  std::unique_ptr<simulated_backend> owned_ = std::make_unique<simulated_backend>(clock_);
  simulated_backend& kernel_ = *owned_;
  std::unique_ptr<event_base> base_ = event_base::create({.clock = &clock_}, std::move(owned_)).value();
};

TEST_P(idle_loop_test, T1_a_far_timer_is_reached_by_a_single_wait) {
  const time_point due = clock_.now() + GetParam();
  event far(*base_, event_life::one_shot, [](event&, reasons) {});
  ASSERT_TRUE(far.add(GetParam()).ok());
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_EQ(kernel_.waits(), 1U);
  EXPECT_EQ(clock_.now(), due);
}

TEST_P(idle_loop_test, T1_of_a_near_and_a_far_timer_each_costs_one_wait) {
  event near(*base_, event_life::one_shot, [](event&, reasons) {});
  event far(*base_, event_life::one_shot, [](event&, reasons) {});
  ASSERT_TRUE(near.add(GetParam() / 3).ok());
  ASSERT_TRUE(far.add(GetParam()).ok());
  base_->loop();
  EXPECT_EQ(kernel_.waits(), 2U);
}

// From within a tick up to the wheel's highest levels.
INSTANTIATE_TEST_SUITE_P(over, idle_loop_test,
                         ::testing::Values(std::chrono::microseconds(300), std::chrono::milliseconds(50),
                                           std::chrono::seconds(40), hours(3), hours(24 * 40), hours(24 * 365 * 30)));

}  // namespace
}  // namespace pinwheel::testing
