// SEMANTICS, "Timers and time", on a virtual clock.
#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

using std::chrono::milliseconds;

class timer_event_test : public event_base_test {
 protected:
  // Milliseconds of virtual time since the test began.
  [[nodiscard]] std::int64_t elapsed_ms() const {
    return std::chrono::duration_cast<milliseconds>(clock_.now() - began_).count();
  }

  const time_point began_ = clock_.now();
  std::vector<std::int64_t> at_ms_;
};

TEST_P(timer_event_test, T1_adding_an_armed_timer_arms_it_anew) {
  event timer(base(), event_life::one_shot, [&](event&, reasons) { at_ms_.push_back(elapsed_ms()); });
  ASSERT_TRUE(timer.add(milliseconds(10)).ok());
  ASSERT_TRUE(timer.add(milliseconds(30)).ok());
  base().loop();
  EXPECT_EQ(at_ms_, std::vector<std::int64_t>{30});
}

TEST_P(timer_event_test, T2_re_arming_takes_back_an_activation_by_timeout) {
  event victim(base(), event_life::one_shot, [&](event&, reasons) { at_ms_.push_back(elapsed_ms()); });
  event first(base(), event_life::one_shot, [&](event&, reasons) { ASSERT_TRUE(victim.add(milliseconds(5)).ok()); });
  ASSERT_TRUE(first.add(milliseconds(10)).ok());
  ASSERT_TRUE(victim.add(milliseconds(10)).ok());
  base().loop();
  EXPECT_EQ(at_ms_, std::vector<std::int64_t>{15});
}

TEST_P(timer_event_test, T3_a_persistent_timer_counts_from_its_schedule_and_does_not_burst) {
  event timer(base(), event_life::persistent, [&](event& self, reasons) {
    at_ms_.push_back(elapsed_ms());
    if (at_ms_.size() == 1) clock_.advance(milliseconds(4));   // Within the interval: the schedule holds.
    if (at_ms_.size() == 2) clock_.advance(milliseconds(35));  // Three intervals missed: no burst.
    if (at_ms_.size() == 4) self.remove();
  });
  ASSERT_TRUE(timer.add(milliseconds(10)).ok());
  base().loop();
  EXPECT_EQ(at_ms_, (std::vector<std::int64_t>{10, 20, 55, 65}));
}

TEST_P(timer_event_test, T3_after_input_the_timeout_counts_from_the_input) {
  auto descriptor = make_descriptor();
  event watched(base(), descriptor->number(), interest::read, event_life::persistent, [&](event& self, reasons why) {
    at_ms_.push_back(elapsed_ms());
    if (any(why, reasons::timeout)) return self.remove();
    descriptor->read_empty();
  });
  ASSERT_TRUE(watched.add(milliseconds(10)).ok());
  kernel_->set_ready_at(began_ + milliseconds(7), descriptor->number(), reasons::readable);
  base().loop();
  EXPECT_EQ(at_ms_, (std::vector<std::int64_t>{7, 17}));
}

TEST_P(timer_event_test, T5_the_timeout_can_be_removed_and_the_descriptor_kept) {
  auto descriptor = make_descriptor();
  event watched(base(), descriptor->number(), interest::read, event_life::one_shot, [&](event&, reasons why) {
    at_ms_.push_back(elapsed_ms());
    EXPECT_EQ(why, reasons::readable);
  });
  ASSERT_TRUE(watched.add(milliseconds(10)).ok());
  watched.remove_timeout();
  kernel_->set_ready_at(began_ + milliseconds(50), descriptor->number(), reasons::readable);
  base().loop();
  EXPECT_EQ(at_ms_, std::vector<std::int64_t>{50});
}

TEST_P(timer_event_test, T6_a_timeout_takes_a_one_shot_descriptor_event_with_it) {
  auto descriptor = make_descriptor();
  event watched(base(), descriptor->number(), interest::read, event_life::one_shot, [&](event& self, reasons why) {
    EXPECT_EQ(why, reasons::timeout);
    EXPECT_FALSE(self.is_pending());
  });
  ASSERT_TRUE(watched.add(milliseconds(10)).ok());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(elapsed_ms(), 10);
}

TEST_P(timer_event_test, T11_a_timer_armed_late_in_a_long_callback_never_fires_early) {
  event timer(base(), event_life::one_shot, [&](event&, reasons) { at_ms_.push_back(elapsed_ms()); });
  event slow(base(), event_life::one_shot, [&](event&, reasons) {
    clock_.advance(milliseconds(20));
    ASSERT_TRUE(timer.add(milliseconds(10)).ok());
    clock_.advance(milliseconds(1));
  });
  slow.activate();
  base().loop();
  EXPECT_EQ(at_ms_, std::vector<std::int64_t>{31});
}

TEST_P(timer_event_test, T11_add_at_is_exact_whatever_the_callback_takes) {
  event timer(base(), event_life::one_shot, [&](event&, reasons) { at_ms_.push_back(elapsed_ms()); });
  event slow(base(), event_life::one_shot, [&](event&, reasons) {
    clock_.advance(milliseconds(5));
    ASSERT_TRUE(timer.add_at(began_ + milliseconds(10)).ok());
    clock_.advance(milliseconds(1));
  });
  slow.activate();
  base().loop();
  EXPECT_EQ(at_ms_, std::vector<std::int64_t>{10});
}

TEST_P(timer_event_test, T13_a_cancelled_timer_never_runs_even_when_it_was_due) {
  auto cancelled = traced("cancelled");
  event first(base(), event_life::one_shot, [&](event&, reasons) { cancelled->remove(); });
  ASSERT_TRUE(first.add(milliseconds(10)).ok());
  ASSERT_TRUE(cancelled->add(milliseconds(10)).ok());
  base().loop();
  EXPECT_TRUE(trace_.empty());
}

TEST_P(timer_event_test, T14_due_timers_run_by_deadline_and_then_in_order_of_arming) {
  auto b = traced("b");
  auto c = traced("c");
  auto a = traced("a");
  event opening(base(), event_life::one_shot, [&](event&, reasons) { clock_.advance(milliseconds(50)); });
  ASSERT_TRUE(b->add(milliseconds(20)).ok());
  ASSERT_TRUE(c->add(milliseconds(20)).ok());
  ASSERT_TRUE(a->add(milliseconds(10)).ok());
  opening.activate();
  base().loop();
  EXPECT_EQ(trace_, (names{"a", "b", "c"}));
}

TEST_P(timer_event_test, the_longest_timeout_there_is_is_re_armed_without_overflow) {
  auto descriptor = make_descriptor();
  event patient(base(), descriptor->number(), interest::read, event_life::persistent, [&](event& self, reasons) {
    at_ms_.push_back(elapsed_ms());
    if (at_ms_.size() == 2) self.remove();
  });
  ASSERT_TRUE(patient.add(duration::max()).ok());
  kernel_->set_ready_at(began_ + milliseconds(7), descriptor->number(), reasons::readable);
  base().loop();
  EXPECT_EQ(at_ms_, (std::vector<std::int64_t>{7, 7}));
}

TEST_P(timer_event_test, a_deadline_before_all_time_is_due_at_once) {
  event timer(base(), event_life::one_shot, [&](event&, reasons) { at_ms_.push_back(elapsed_ms()); });
  ASSERT_TRUE(timer.add_at(time_point::min()).ok());
  base().loop();
  EXPECT_EQ(at_ms_, std::vector<std::int64_t>{0});
}

TEST_P(timer_event_test, T4_removed_and_added_again_without_a_timeout_there_is_nothing_to_re_arm) {
  auto descriptor = make_descriptor();
  event watched(base(), descriptor->number(), interest::read, event_life::persistent,
                [&](event&, reasons) { descriptor->read_empty(); });
  ASSERT_TRUE(watched.add(milliseconds(10)).ok());
  watched.remove();
  ASSERT_TRUE(watched.add().ok());
  descriptor->make_readable();
  run_one_turn();
  EXPECT_FALSE(watched.has_timeout());
  watched.remove();
}

TEST_P(timer_event_test, T3_after_an_activation_the_timeout_counts_from_it) {
  event timer(base(), event_life::persistent, [&](event& self, reasons why) {
    at_ms_.push_back(elapsed_ms());
    if (any(why, reasons::timeout)) self.remove();
  });
  event activating(base(), event_life::one_shot, [&](event&, reasons) { timer.activate(); });
  ASSERT_TRUE(timer.add(milliseconds(10)).ok());
  ASSERT_TRUE(activating.add(milliseconds(7)).ok());
  base().loop();
  EXPECT_EQ(at_ms_, (std::vector<std::int64_t>{7, 17}));
}

TEST_P(timer_event_test, a_task_that_arms_tasks_as_it_dies_unrun_ends_with_its_base) {
  struct arming {
    event_base* base;
    explicit arming(event_base* where) : base(where) {}
    arming(arming&& other) noexcept : base(std::exchange(other.base, nullptr)) {}
    ~arming() {
      if (base == nullptr) return;
      for (int at = 0; at < 100; ++at) base->after(milliseconds(1), [] {});
    }
  };
  base().after(milliseconds(5), [held = arming(&base())] { static_cast<void>(held); });
  base_.reset();
  EXPECT_EQ(base_, nullptr);
}

TEST_P(timer_event_test, after_runs_a_task_once_when_its_time_has_come) {
  base().after(milliseconds(25), [&] { at_ms_.push_back(elapsed_ms()); });
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(at_ms_, std::vector<std::int64_t>{25});
}

TEST_P(timer_event_test, a_far_timer_causes_no_wake_up_of_its_own) {
  auto far = traced("far");
  ASSERT_TRUE(far->add(std::chrono::hours(24 * 365)).ok());
  base().loop();
  EXPECT_EQ(trace_, names{"far"});
  EXPECT_EQ(kernel_->waits(), 1U);
}

INSTANTIATE_TEST_SUITE_P(over, timer_event_test, ::testing::Values("simulated"), backend_of);

}  // namespace
}  // namespace pinwheel::testing
