// SEMANTICS I11, I12: callbacks without an event object, and activation by what is watched.
#include <csignal>

#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

using once_test = event_base_test;

TEST_P(once_test, I12_a_once_callback_runs_once_after_its_time) {
  const time_point before = base().now();
  time_point ran{};
  ASSERT_TRUE(base()
                  .once(moment,
                        [&](reasons why) {
                          EXPECT_EQ(why, reasons::timeout);
                          ran = base().now();
                          trace_.push_back("once");
                        })
                  .ok());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, names{"once"});
  EXPECT_GE(ran - before, moment);
}

TEST_P(once_test, I12_a_once_callback_of_a_descriptor_hears_it_or_its_timeout) {
  auto ready = make_descriptor();
  auto silent = make_descriptor();
  ready->make_readable();
  reasons heard = reasons::none;
  reasons missed = reasons::none;
  ASSERT_TRUE(base().once(ready->number(), interest::read, [&](reasons why) { heard = why; }).ok());
  ASSERT_TRUE(base().once(silent->number(), interest::read, moment, [&](reasons why) { missed = why; }).ok());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(heard, reasons::readable);
  EXPECT_EQ(missed, reasons::timeout);
}

TEST_P(once_test, I12_a_failing_call_leaves_the_base_usable) {
  EXPECT_FALSE(base().once(-1, interest::read, [&](reasons) { trace_.push_back("never"); }).ok());
  EXPECT_EQ(base().counts().added, 0U);
  ASSERT_TRUE(base().once(duration::zero(), [&](reasons) { trace_.push_back("once"); }).ok());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, names{"once"});
}

TEST_P(once_test, I12_what_has_not_run_is_destroyed_with_the_base) {
  auto held = std::make_shared<int>(1);
  ASSERT_TRUE(base().once(std::chrono::hours(1), [held](reasons) {}).ok());
  EXPECT_EQ(held.use_count(), 2);
  base_.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_P(once_test, I11_whatever_watches_a_descriptor_can_be_activated) {
  auto descriptor = make_descriptor();
  event reader(base(), descriptor->number(), interest::read, event_life::persistent, [&](auto&, reasons why) {
    EXPECT_EQ(why, reasons::readable);
    trace_.push_back("reader");
  });
  event writer(base(), descriptor->number(), interest::closed, event_life::persistent,
               [&](auto&, auto) { trace_.push_back("closed"); });
  ASSERT_TRUE(reader.add().ok());
  ASSERT_TRUE(writer.add().ok());
  base().activate_descriptor(descriptor->number(), reasons::readable);
  base().activate_descriptor(12345, reasons::readable);  // Nobody watches it.
  run_one_turn();
  EXPECT_EQ(trace_, names{"reader"});
}

TEST_P(once_test, I11_whatever_hears_a_signal_can_be_activated) {
  event first(base(), signal_number{SIGUSR2}, event_life::persistent, [&](auto&, auto) { trace_.push_back("first"); });
  event second(base(), signal_number{SIGUSR2}, event_life::persistent,
               [&](auto&, auto) { trace_.push_back("second"); });
  ASSERT_TRUE(first.add().ok());
  ASSERT_TRUE(second.add().ok());
  base().activate_signal(signal_number{SIGUSR2});
  run_one_turn();
  EXPECT_EQ(trace_, (names{"first", "second"}));
}

// Hands its base a once callback, a task and a deletion when it is destroyed.
class busy_when_dying {
 public:
  busy_when_dying(event_base& base, std::shared_ptr<int> held) : base_(&base), held_(std::move(held)) {}
  busy_when_dying(busy_when_dying&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), held_(std::move(other.held_)) {}
  ~busy_when_dying() {
    if (base_ == nullptr) return;
    EXPECT_TRUE(base_->once(std::chrono::hours(1), [held = held_](reasons) {}).ok());
    base_->after(std::chrono::hours(1), [held = held_] {});
    base_->delete_later(std::make_unique<std::shared_ptr<int>>(held_));
  }

 private:
  event_base* base_;
  std::shared_ptr<int> held_;
};

TEST_P(once_test, what_dies_with_a_base_may_still_hand_work_to_it) {
  auto held = std::make_shared<int>(1);
  base().after(std::chrono::hours(1), [dying = busy_when_dying(base(), held)] {});
  ASSERT_TRUE(base().once(std::chrono::hours(1), [dying = busy_when_dying(base(), held)](reasons) {}).ok());
  base().delete_later(std::make_unique<busy_when_dying>(base(), held));
  base_.reset();
  EXPECT_EQ(held.use_count(), 1);
}

PINWHEEL_OVER_EVERY_BACKEND(once_test);

}  // namespace
}  // namespace pinwheel::testing
