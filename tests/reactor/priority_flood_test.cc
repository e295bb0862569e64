// Under a flood of the least important callbacks, an important timer is late by one budget and one callback at most
// (SEMANTICS A8, A9). In virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "support/loaded_base.h"

namespace pinwheel::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

struct flood {
  unsigned priorities;
  dispatch_options dispatch;
  std::size_t events = 500;
};

// The most that an important timer was late, of 300 that fell due at random moments of the flood.
duration worst_lateness(const flood& load) {
  loaded_base loop(load.priorities, load.dispatch);
  for (std::size_t at = 0; at < load.events; ++at) {
    event& unimportant = loop.add(load.priorities - 1, [&loop](event& self, reasons) {
      loop.work();
      self.activate();
    });
    unimportant.activate();
  }
  duration worst = duration::zero();
  int left = 300;
  time_point deadline = loop.now() + milliseconds(1);
  event& important = loop.add(0, [&](event& self, reasons) {
    worst = std::max(worst, loop.now() - deadline);
    if (--left == 0) loop.base().loop_break();
    deadline = loop.now() + 37 * loop.random_duration();
    static_cast<void>(self.add_at(deadline));
  });
  EXPECT_TRUE(important.add_at(deadline).ok());
  loop.base().loop();
  EXPECT_EQ(left, 0);
  return worst;
}

class flood_test : public ::testing::TestWithParam<std::pair<dispatch_policy, unsigned>> {
 protected:
  [[nodiscard]] flood with_budget(std::size_t callbacks, duration time) const {
    const auto [policy, priorities] = GetParam();
    return {.priorities = priorities,
            .dispatch = {.policy = policy, .pass_callbacks_max = callbacks, .pass_time_max = time}};
  }
};

TEST_P(flood_test, A9_with_a_budget_of_callbacks_an_important_timer_is_late_by_that_budget_and_one_callback_at_most) {
  for (const std::size_t budget : {1U, 16U, 100U}) {
    SCOPED_TRACE(budget);
    EXPECT_LE(worst_lateness(with_budget(budget, {})), (budget + 1) * loaded_base::longest_callback);
  }
}

TEST_P(flood_test, A9_with_a_budget_of_time_an_important_timer_is_late_by_that_budget_and_one_callback_at_most) {
  for (const duration budget : {duration(microseconds(50)), duration(milliseconds(2))}) {
    SCOPED_TRACE(budget.count());
    EXPECT_LE(worst_lateness(with_budget(0, budget)), budget + loaded_base::longest_callback);
  }
}

TEST_P(flood_test, A8_without_a_budget_an_important_timer_waits_for_all_that_is_active) {
  const flood load = with_budget(0, {});
  const duration worst = worst_lateness(load);
  EXPECT_GT(worst, 100 * loaded_base::longest_callback);  // More than any budget above allows.
  EXPECT_LE(worst, (load.events + 1) * loaded_base::longest_callback);
}

std::string name_of(const ::testing::TestParamInfo<std::pair<dispatch_policy, unsigned>>& info) {
  return (info.param.first == dispatch_policy::aged ? "aged_" : "strict_") + std::to_string(info.param.second);
}

std::vector<std::pair<dispatch_policy, unsigned>> every_flood() {
  std::vector<std::pair<dispatch_policy, unsigned>> all;
  for (const auto policy : {dispatch_policy::strict, dispatch_policy::aged}) {
    for (const unsigned priorities : {3U, 8U, 64U, 255U}) all.emplace_back(policy, priorities);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(over, flood_test, ::testing::ValuesIn(every_flood()), name_of);

}  // namespace
}  // namespace pinwheel::testing
