// SEMANTICS, "Active queues, priorities, budgets".
#include <algorithm>

#include "pinwheel/reactor/loop_watcher.h"
#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

class priority_test : public event_base_test {
 protected:
  // An event that activates itself again for ever.
  std::unique_ptr<event> busy(std::string name, unsigned priority) {
    auto made =
        std::make_unique<event>(base(), event_life::persistent, [this, name = std::string(name)](event& self, reasons) {
          trace_.push_back(name);
          self.activate();
          if (trace_.size() == stop_after_) base().loop_break();
        });
    EXPECT_TRUE(made->set_priority(priority));
    made->activate();
    return made;
  }

  [[nodiscard]] std::ptrdiff_t count(const std::string& name) const {
    return std::count(trace_.begin(), trace_.end(), name);
  }

  std::size_t stop_after_ = 0;
};

TEST_P(priority_test, A2_the_default_priority_is_the_middle_one) {
  make_base({.priorities = 5});
  EXPECT_EQ(traced("any")->priority(), 2U);
}

TEST_P(priority_test, A3_the_priority_of_an_active_event_cannot_be_changed) {
  make_base({.priorities = 3});
  auto active = traced("active");
  auto later = traced("later");
  active->activate();
  later->activate_later();
  EXPECT_FALSE(active->set_priority(0));
  EXPECT_FALSE(later->set_priority(0));
  EXPECT_EQ(active->priority(), 1U);
}

TEST_P(priority_test, A4_activations_of_an_active_event_gather_their_reasons) {
  reasons gathered = reasons::none;
  int runs = 0;
  event gathering(base(), event_life::one_shot, [&](event&, reasons why) {
    gathered = why;
    ++runs;
  });
  gathering.activate(reasons::readable);
  gathering.activate(reasons::timeout);
  run_one_turn();
  EXPECT_EQ(gathered, reasons::readable | reasons::timeout);
  EXPECT_EQ(runs, 1);
}

TEST_P(priority_test, A5_strict_lets_the_important_starve_the_unimportant) {
  make_base({.priorities = 3});
  stop_after_ = 50;
  auto high = busy("high", 0);
  auto low = busy("low", 2);
  base().loop();
  EXPECT_EQ(count("high"), 50);
  EXPECT_EQ(count("low"), 0);
}

TEST_P(priority_test, A6_what_activates_itself_runs_in_the_next_pass_behind_a_look_at_the_kernel) {
  auto descriptor = make_descriptor();
  stop_after_ = 4;
  auto first = busy("busy", 0);
  event readable(base(), descriptor->number(), interest::read, event_life::one_shot, [&](event&, reasons) {
    trace_.push_back("readable");
    if (trace_.size() == stop_after_) base().loop_break();
  });
  ASSERT_TRUE(readable.add().ok());
  descriptor->make_readable();
  base().loop();
  EXPECT_EQ(trace_, (names{"busy", "readable", "busy", "busy"}));
}

TEST_P(priority_test, A7_a_budget_of_callbacks_ends_a_pass_and_the_kernel_is_looked_at) {
  make_base({.priorities = 2, .dispatch = {.pass_callbacks_max = 2}});
  auto descriptor = make_descriptor();
  event readable(base(), descriptor->number(), interest::read, event_life::one_shot,
                 [&](event&, reasons) { trace_.push_back("readable"); });
  ASSERT_TRUE(readable.set_priority(0));
  ASSERT_TRUE(readable.add().ok());
  event first(base(), event_life::one_shot, [&](event&, reasons) {
    trace_.push_back("1");
    descriptor->make_readable();
  });
  auto second = traced("2");
  auto third = traced("3");
  first.activate();
  second->activate();
  third->activate();
  base().loop();
  EXPECT_EQ(trace_, (names{"1", "2", "readable", "3"}));
}

TEST_P(priority_test, A7_what_a_budget_left_over_runs_before_what_was_activated_meanwhile) {
  make_base({.dispatch = {.pass_callbacks_max = 1}});
  auto left_over = traced("left over");
  auto activated = traced("activated meanwhile");
  event first(base(), event_life::one_shot, [&](event&, reasons) { activated->activate(); });
  first.activate();
  left_over->activate();
  base().loop();
  EXPECT_EQ(trace_, (names{"left over", "activated meanwhile"}));
}

TEST_P(priority_test, A9_activating_something_more_important_ends_the_pass) {
  make_base({.priorities = 2});
  auto important = traced("important", 0U);
  event first(base(), event_life::one_shot, [&](event&, reasons) {
    trace_.push_back("first");
    important->activate();
  });
  auto second = traced("second");
  first.activate();
  second->activate();
  base().loop();
  EXPECT_EQ(trace_, (names{"first", "important", "second"}));
}

TEST_P(priority_test, A10_later_active_runs_at_the_next_turn_in_order) {
  auto one = traced("one");
  auto two = traced("two");
  auto now = traced("now");
  event first(base(), event_life::one_shot, [&](event&, reasons) {
    one->activate_later();
    two->activate_later();
    now->activate();
  });
  first.activate();
  base().loop();
  EXPECT_EQ(trace_, (names{"now", "one", "two"}));
}

TEST_P(priority_test, A1_the_number_of_priorities_can_be_changed_while_nothing_is_active) {
  make_base({.priorities = 2});
  ASSERT_TRUE(base().set_priorities(8));
  EXPECT_EQ(base().priorities(), 8U);
  auto least = traced("least", 7U);
  auto most = traced("most", 0U);
  least->activate();
  most->activate();
  ASSERT_EQ(base().post([&] { trace_.push_back("task"); }), post_result::taken);
  base().loop();
  EXPECT_EQ(trace_, (names{"most", "task", "least"}));
}

TEST_P(priority_test, A1_the_number_of_priorities_stays_while_an_event_is_active_or_would_lose_its_own) {
  make_base({.priorities = 4});
  auto active = traced("active", 0U);
  active->activate();
  EXPECT_FALSE(base().set_priorities(8));
  active->remove();
  active->activate_later();
  EXPECT_FALSE(base().set_priorities(8));
  active->remove();
  auto least = traced("least", 3U);
  EXPECT_FALSE(base().set_priorities(3));
  least.reset();
  EXPECT_TRUE(base().set_priorities(3));
  EXPECT_EQ(base().middle_priority(), 1U);
}

TEST_P(priority_test, A1_a_delayed_task_takes_the_new_middle_priority) {
  make_base({.priorities = 4});
  base().after(duration::zero(), [&] { trace_.push_back("task"); });
  ASSERT_TRUE(base().set_priorities(1));
  base().loop();
  EXPECT_EQ(trace_, names{"task"});
}

PINWHEEL_OVER_EVERY_BACKEND(priority_test);

using simulated_priority_test = priority_test;  // Only a simulated wait is broken at a known time.

TEST_P(simulated_priority_test, N10_a_wake_up_that_a_break_left_behind_does_not_keep_the_number_of_priorities) {
  make_base({.priorities = 2});
  auto far = traced("far");
  ASSERT_TRUE(far->add(std::chrono::hours(1)).ok());
  kernel_->call_at(clock_.now() + moment, [&] { EXPECT_EQ(base().handle().loop_break(), post_result::taken); });
  base().loop();
  ASSERT_TRUE(base().got_break());
  EXPECT_TRUE(base().set_priorities(4));
}

INSTANTIATE_TEST_SUITE_P(over, simulated_priority_test, ::testing::Values("simulated"), backend_of);

// DESIGN section 3: with all queues saturated, one that is over its bound is served within priorities * (interval + 1)
// callbacks, and what is overdue takes at most one callback in (interval + 1).
class aged_test : public priority_test {
 protected:
  static constexpr unsigned priorities = 4;
  static constexpr unsigned interval = 16;
  static constexpr std::size_t bound_in_callbacks = 10;  // Each takes a millisecond of virtual time.

  void SetUp() override {
    make_base({.priorities = priorities,
               .dispatch = {.policy = dispatch_policy::aged,
                            .pass_callbacks_max = interval,
                            .aging_interval = interval,
                            .aging_bound = std::chrono::milliseconds(bound_in_callbacks)}});
  }

  void saturate(const std::string& name, unsigned priority, int events) {
    for (int at = 0; at < events; ++at) {
      all_.push_back(std::make_unique<event>(base(), event_life::persistent,
                                             [this, name = std::string(name)](event& self, reasons) {
                                               trace_.push_back(name);
                                               clock_.advance(std::chrono::milliseconds(1));
                                               self.activate();
                                               if (trace_.size() >= stop_after_) base().loop_break();
                                             }));
      EXPECT_TRUE(all_.back()->set_priority(priority));
      all_.back()->activate();
    }
  }

  // The most callbacks between two of one name, the beginning and the end counted too.
  [[nodiscard]] std::size_t longest_gap(const std::string& name) const {
    std::size_t longest = 0;
    std::size_t since = 0;
    for (const std::string& each : trace_) {
      since = each == name ? 0 : since + 1;
      longest = std::max(longest, since);
    }
    return longest;
  }

  std::vector<std::unique_ptr<event>> all_;
};

TEST_P(aged_test, A5_every_queue_is_served_within_the_promised_gap_and_the_important_keep_nearly_everything) {
  stop_after_ = 20'000;
  // More than a budget of the most important, and old backlogs below it.
  saturate("p0", 0, 20);
  saturate("p1", 1, 200);
  saturate("p2", 2, 20);
  saturate("p3", 3, 1);
  base().loop();
  for (const char* each : {"p1", "p2", "p3"}) {
    EXPECT_LE(longest_gap(each), bound_in_callbacks + priorities * (interval + 1)) << each;
  }
  const auto total = static_cast<std::ptrdiff_t>(trace_.size());
  EXPECT_GE(count("p0") * (interval + 1), total * interval - static_cast<std::ptrdiff_t>(interval));
}

TEST_P(aged_test, A5_what_a_sleeping_loop_wakes_up_to_is_not_overdue) {
  for (unsigned at = 0; at < 4 * interval; ++at) {
    const unsigned priority = at % 2;
    all_.push_back(
        std::make_unique<event>(base(), static_cast<int>(100 + at), interest::read, event_life::one_shot,
                                [this, priority](event&, reasons) { trace_.push_back(priority == 0 ? "p0" : "p1"); }));
    ASSERT_TRUE(all_.back()->set_priority(priority));
    ASSERT_TRUE(all_.back()->add().ok());
    kernel_->set_ready_at(clock_.now() + std::chrono::seconds(1), static_cast<int>(100 + at), reasons::readable);
  }
  run_one_turn();  // What it read of the clock is a second old when the next turn's wait ends.
  base().loop();
  EXPECT_TRUE(std::is_sorted(trace_.begin(), trace_.end()));
}

TEST_P(aged_test, A5_callbacks_that_end_every_pass_do_not_starve_what_is_overdue) {
  int runs = 0;
  event selfish(base(), event_life::persistent, [&](event& self, reasons) {
    clock_.advance(std::chrono::milliseconds(1));
    self.activate();
    base().loop_continue();
    if (++runs == 1000) base().loop_break();
  });
  auto patient = traced("patient", 3U);
  ASSERT_TRUE(selfish.set_priority(0));
  selfish.activate();
  patient->activate();
  base().loop();
  EXPECT_EQ(trace_, names{"patient"});
}

TEST_P(aged_test, A7_callbacks_above_the_budget_do_not_use_it_up) {
  make_base({.priorities = 2,
             .dispatch = {.policy = dispatch_policy::aged, .pass_callbacks_max = 2, .budget_from_priority = 1}});
  std::vector<std::size_t> waits;
  for (int at = 0; at < 6; ++at) {
    all_.push_back(std::make_unique<event>(base(), event_life::one_shot,
                                           [&](event&, reasons) { waits.push_back(kernel_->waits()); }));
    ASSERT_TRUE(all_.back()->set_priority(at < 4 ? 0 : 1));
    all_.back()->activate();
  }
  base().loop();
  EXPECT_EQ(waits, std::vector<std::size_t>(6, 1));
}

TEST_P(aged_test, A7_a_budget_of_time_ends_a_pass) {
  make_base({.priorities = 1, .dispatch = {.pass_time_max = std::chrono::milliseconds(2)}});
  std::vector<std::size_t> waits;
  for (int at = 0; at < 4; ++at) {
    all_.push_back(std::make_unique<event>(base(), event_life::one_shot, [&](event&, reasons) {
      waits.push_back(kernel_->waits());
      clock_.advance(std::chrono::milliseconds(1));
    }));
    all_.back()->activate();
  }
  base().loop();
  EXPECT_EQ(waits, (std::vector<std::size_t>{1, 1, 2, 2}));
}

TEST_P(aged_test, A1_a_pass_runs_the_priorities_that_an_overdue_callback_has_made_before_it) {
  make_base({.priorities = 1,
             .dispatch = {.policy = dispatch_policy::aged, .aging_interval = 1, .aging_bound = duration::zero()}});
  auto counted = traced("counted");
  counted->activate();
  run_one_turn();  // So the next pass begins with what is overdue.
  auto made = traced("made");
  event overdue(base(), event_life::one_shot, [&](auto&, auto) {
    trace_.push_back("overdue");
    ASSERT_TRUE(base().set_priorities(4));
    ASSERT_TRUE(made->set_priority(3));
    made->activate();
  });
  const check_watcher turns(base(), [&] { trace_.push_back("turn"); });
  overdue.activate();
  base().loop();
  EXPECT_EQ(trace_, (names{"counted", "turn", "overdue", "made"}));
}

INSTANTIATE_TEST_SUITE_P(over, aged_test, ::testing::Values("simulated"), backend_of);

}  // namespace
}  // namespace pinwheel::testing
