// SEMANTICS D4: what runs before and after every wait.
#include "pinwheel/reactor/loop_watcher.h"

#include <stdexcept>

#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

class loop_watcher_test : public event_base_test {
 protected:
  // A turn of a base that holds nothing else.
  void run_one_held_turn() {
    base().hold();
    base().loop(loop_flags::nonblock);
    base().release();
    base().validate();
  }
};

TEST_P(loop_watcher_test, D4_watchers_run_around_the_wait_in_order_of_registration) {
  const prepare_watcher first(base(), [&](auto) { trace_.push_back("first"); });
  const check_watcher behind(base(), [&] { trace_.push_back("behind"); });
  const prepare_watcher second(base(), [&](auto) { trace_.push_back("second"); });
  auto timer = traced("timer");
  ASSERT_TRUE(timer->add(duration::zero()).ok());
  run_one_turn();
  EXPECT_EQ(trace_, (names{"first", "second", "behind", "timer"}));
}

TEST_P(loop_watcher_test, D4_prepare_is_told_the_wait) {
  std::vector<std::optional<duration>> told;
  const prepare_watcher asked(base(), [&](std::optional<duration> wait) { told.push_back(wait); });
  auto timer = traced("timer");
  ASSERT_TRUE(timer->add(moment).ok());
  base().loop();
  ASSERT_FALSE(told.empty());
  ASSERT_TRUE(told.front().has_value());
  EXPECT_GT(*told.front(), duration::zero());
  EXPECT_LE(*told.front(), moment);
  told.clear();
  run_one_held_turn();
  EXPECT_EQ(told, std::vector<std::optional<duration>>{duration::zero()});
}

TEST_P(loop_watcher_test, D4_prepare_is_told_of_a_wait_without_end) {
  std::optional<duration> told = duration::zero();
  auto activated = traced("activated");
  const prepare_watcher asked(base(), [&](std::optional<duration> wait) {
    told = wait;
    activated->activate();
  });
  base().hold();
  EXPECT_EQ(base().loop(loop_flags::once), loop_result::left);
  EXPECT_EQ(told, std::nullopt);
  EXPECT_EQ(trace_, names{"activated"});  // In this turn: the wait, chosen again, was none.
  base().release();
}

TEST_P(loop_watcher_test, D4_a_timer_that_prepare_adds_ends_this_very_wait) {
  base().hold();
  auto timer = traced("timer");
  const prepare_watcher adding(base(), [&](auto) {
    if (!timer->has_timeout()) {
      ASSERT_TRUE(timer->add(moment).ok());
    }
  });
  EXPECT_EQ(base().loop(loop_flags::once), loop_result::left);
  EXPECT_EQ(trace_, names{"timer"});
  base().release();
}

TEST_P(loop_watcher_test, D4_a_prepare_watcher_that_removes_the_last_event_ends_the_loop) {
  auto last = traced("last");
  ASSERT_TRUE(last->add(std::chrono::hours(1)).ok());
  const prepare_watcher removing(base(), [&](auto) { last->remove(); });
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_TRUE(trace_.empty());
}

TEST_P(loop_watcher_test, D4_what_a_prepare_watcher_deletes_later_dies_before_the_wait) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  std::vector<long> owners;
  auto timer = traced("timer");
  ASSERT_TRUE(timer->add(moment).ok());
  const prepare_watcher deleting(base(), [&](auto) {
    if (held != nullptr) base().delete_later(std::make_unique<std::shared_ptr<int>>(std::exchange(held, nullptr)));
  });
  const check_watcher looking(base(), [&] { owners.push_back(watched.use_count()); });
  base().loop();
  ASSERT_FALSE(owners.empty());
  EXPECT_EQ(owners.front(), 0);
}

TEST_P(loop_watcher_test, D4_a_break_in_prepare_ends_the_run_without_a_callback) {
  auto active = traced("active");
  active->activate();
  const prepare_watcher breaking(base(), [&](auto) { base().loop_break(); });
  base().hold();
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_TRUE(base().got_break());
  EXPECT_TRUE(trace_.empty());
  base().release();
}

TEST_P(loop_watcher_test, L15_a_continue_of_a_watcher_drops_the_whole_pass_and_polls_again) {
  auto active = traced("active");
  active->activate();
  int turns = 0;
  const check_watcher continuing(base(), [&] {
    trace_.push_back("check");
    if (++turns == 1) base().loop_continue();
  });
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, (names{"check", "check", "active"}));
}

TEST_P(loop_watcher_test, D4_a_watcher_may_free_itself_and_the_next_one) {
  std::optional<prepare_watcher> self;
  std::optional<prepare_watcher> next;
  self.emplace(base(), [&](auto) {
    trace_.push_back("self");
    next.reset();
    self.reset();
  });
  next.emplace(base(), [&](auto) { trace_.push_back("next"); });
  const prepare_watcher last(base(), [&](auto) { trace_.push_back("last"); });
  run_one_held_turn();
  run_one_held_turn();
  EXPECT_EQ(trace_, (names{"self", "last", "last"}));
}

TEST_P(loop_watcher_test, D4_a_watcher_registered_by_a_watcher_runs_from_the_next_turn_on) {
  std::optional<check_watcher> made;
  const check_watcher making(base(), [&] {
    trace_.push_back("making");
    if (!made) made.emplace(base(), [&] { trace_.push_back("made"); });
  });
  run_one_held_turn();
  EXPECT_EQ(trace_, names{"making"});
  run_one_held_turn();
  EXPECT_EQ(trace_, (names{"making", "making", "made"}));
}

TEST_P(loop_watcher_test, C7_a_watcher_that_throws_leaves_the_loop_and_is_called_again) {
  bool thrown = false;
  const check_watcher throwing(base(), [&] {
    trace_.push_back("check");
    if (!std::exchange(thrown, true)) throw std::runtime_error("from a watcher");
  });
  EXPECT_THROW(run_one_held_turn(), std::runtime_error);
  base().validate();
  run_one_held_turn();
  EXPECT_EQ(trace_, (names{"check", "check"}));
}

PINWHEEL_OVER_EVERY_BACKEND(loop_watcher_test);

}  // namespace
}  // namespace pinwheel::testing
