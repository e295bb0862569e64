// With every queue saturated, `aged` serves each within the gap that DESIGN section 3 promises and takes no more than
// its share, and `strict` starves all but one (SEMANTICS A5). In virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "support/loaded_base.h"

namespace pinwheel::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Gt;
using ::testing::Le;

constexpr std::size_t budget = 16;
constexpr std::size_t backlog = 300;

struct saturation {
  unsigned priorities;
  unsigned interval;
  duration bound;
};

std::string name_of(const ::testing::TestParamInfo<saturation>& info) {
  const saturation& load = info.param;
  return std::to_string(load.priorities) + "_priorities_interval_" + std::to_string(load.interval) + "_bound_" +
         std::to_string(load.bound / microseconds(1)) + "_us";
}

// Which queue each callback came from, and when it began.
class service_record {
 public:
  void add(unsigned priority, time_point now) {
    priorities_.push_back(priority);
    began_.push_back(now);
  }

  [[nodiscard]] std::size_t size() const { return began_.size(); }

  [[nodiscard]] std::size_t count(unsigned priority) const {
    return static_cast<std::size_t>(std::count(priorities_.begin(), priorities_.end(), priority));
  }

  // For each priority: the most callbacks that began while its queue had waited longer than `bound`, up to and with the
  // one that served it. What was not served before the record begins or ends counts as served there.
  [[nodiscard]] std::vector<std::size_t> longest_overdue(unsigned priorities, duration bound) const {
    std::vector<std::size_t> served(priorities, 0);
    std::vector<std::size_t> longest(priorities, 0);
    const auto serve = [&](unsigned priority, std::size_t at) {
      longest[priority] = std::max(longest[priority], overdue_between(served[priority], at, bound));
      served[priority] = at;
    };
    for (std::size_t at = 0; at < size(); ++at) serve(priorities_[at], at);
    for (unsigned priority = 0; priority < priorities; ++priority) serve(priority, size() - 1);
    return longest;
  }

  // Whether, up to each moment, at most one in `every` callbacks was of another queue than the most important one.
  [[nodiscard]] bool aged_share_is_at_most_one_in(std::size_t every) const {
    std::size_t aged = 0;
    for (std::size_t at = 0; at < size(); ++at) {
      if (priorities_[at] != 0) ++aged;
      if (aged * every > at + 1) return false;
    }
    return true;
  }

 private:
  [[nodiscard]] std::size_t overdue_between(std::size_t served, std::size_t next, duration bound) const {
    const auto overdue = std::upper_bound(began_.begin(), began_.end(), began_[served] + bound);
    const auto from = static_cast<std::size_t>(overdue - began_.begin());
    return next >= from ? next - from + 1 : 0;
  }

  std::vector<unsigned> priorities_;
  std::vector<time_point> began_;
};

class saturated_test : public ::testing::TestWithParam<saturation> {
 protected:
  // How many callbacks the promise allows (DESIGN section 3).
  [[nodiscard]] static std::size_t promised_gap() {
    return std::size_t{GetParam().priorities} * (GetParam().interval + 1);
  }

  // Runs until every queue can have been overdue many times. The most important queue holds more than a budget, every
  // third one below it an old backlog, the others one event each. One callback in `restless` ends its pass.
  static service_record run(dispatch_policy policy, std::size_t pass_callbacks_max, int restless = 0) {
    const saturation& load = GetParam();
    loaded_base loop(load.priorities, {.policy = policy,
                                       .pass_callbacks_max = pass_callbacks_max,
                                       .aging_interval = load.interval,
                                       .aging_bound = load.bound});
    const std::size_t callbacks = 3 * promised_gap() + 2 * backlog;
    service_record record;
    for (unsigned priority = 0; priority < load.priorities; ++priority) {
      for (std::size_t at = 0; at < events_in(priority); ++at) {
        event& busy = loop.add(priority, [&loop, &record, priority, callbacks, restless](event& self, reasons) {
          record.add(priority, loop.now());
          loop.work();
          self.activate();
          if (restless != 0 && loop.one_in(restless)) loop.base().loop_continue();
          if (record.size() == callbacks) loop.base().loop_break();
        });
        busy.activate();
      }
    }
    loop.base().loop();
    return record;
  }

  static std::vector<std::size_t> gaps(const service_record& record) {
    return record.longest_overdue(GetParam().priorities, GetParam().bound);
  }

 private:
  static std::size_t events_in(unsigned priority) {
    if (priority == 0) return 2 * budget;
    return priority % 3 == 1 && priority < 30 ? backlog : 1;
  }
};

TEST_P(saturated_test, A5_aged_serves_every_queue_within_the_promised_gap_and_takes_at_most_its_share) {
  const service_record record = run(dispatch_policy::aged, budget);
  EXPECT_THAT(gaps(record), Each(Le(promised_gap())));
  EXPECT_TRUE(record.aged_share_is_at_most_one_in(GetParam().interval + 1));
}

TEST_P(saturated_test, A5_aged_keeps_its_gap_when_callbacks_end_their_passes_early) {
  const service_record record = run(dispatch_policy::aged, budget, 2);
  EXPECT_THAT(gaps(record), Each(Le(promised_gap())));
  EXPECT_TRUE(record.aged_share_is_at_most_one_in(GetParam().interval + 1));
}

TEST_P(saturated_test, A5_aged_keeps_its_gap_without_a_budget) {
  EXPECT_THAT(gaps(run(dispatch_policy::aged, 0)), Each(Le(promised_gap())));
}

TEST_P(saturated_test, A5_strict_starves_every_queue_but_the_most_important) {
  const service_record record = run(dispatch_policy::strict, budget);
  EXPECT_EQ(record.count(0), record.size());
  EXPECT_THAT(gaps(record), Contains(Gt(promised_gap())).Times(GetParam().priorities - 1));
}

std::vector<saturation> every_saturation() {
  std::vector<saturation> all;
  for (const unsigned priorities : {3U, 8U, 64U, 255U}) {
    for (const unsigned interval : {1U, 16U, 64U}) {
      if (priorities * interval > 10'000) continue;  // A gap of seconds, unoptimised.
      for (const duration bound : {duration::zero(), duration(milliseconds(10))}) {
        all.push_back({priorities, interval, bound});
      }
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(over, saturated_test, ::testing::ValuesIn(every_saturation()), name_of);

}  // namespace
}  // namespace pinwheel::testing
