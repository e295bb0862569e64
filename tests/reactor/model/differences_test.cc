// Where the model and the base once differed: the smallest program of each, kept.
#include <gtest/gtest.h>

#include "base_subject.h"
#include "player.h"
#include "program_text.h"
#include "reference_base.h"

namespace pinwheel::testing::model {
namespace {

// A program without callbacks' scripts yet, of one-shot events without descriptors.
program with_events(int events) {
  program made;
  made.events.resize(static_cast<std::size_t>(events));
  return made;
}

void expect_same(const program& plan) {
  player on_model(plan);
  reference_base model(plan, on_model);
  const trace& expected = on_model.play(model);
  player on_base(plan);
  base_subject base(plan, on_base);
  EXPECT_EQ(difference(expected, on_base.play(base)), "");
}

operation loop_with(loop_flags flags) { return {verb::loop, 0, static_cast<int>(flags)}; }
operation activate(int event) { return {verb::activate, event, static_cast<int>(reasons::user)}; }

TEST(differences_test, L15_a_continue_ends_the_second_half_of_once_nonblock_as_well) {
  program plan = with_events(3);
  plan.outside = {
      activate(0), loop_with(loop_flags::once | loop_flags::nonblock), {verb::loop_exit}, loop_with(loop_flags::once)};
  plan.events[0].runs = {{activate(1), activate(2)}};
  plan.events[1].runs = {{{verb::loop_continue}}};
  expect_same(plan);
}

TEST(differences_test, L14_a_break_that_came_during_the_wait_lets_no_callback_run_under_nonblock) {
  program plan = with_events(1);
  plan.outside = {{verb::elsewhere_break}, activate(0), loop_with(loop_flags::nonblock)};
  expect_same(plan);
}

TEST(differences_test, L11_what_a_prepare_watcher_makes_later_active_ends_the_wait) {
  program plan = with_events(1);
  plan.outside = {{verb::watch, 0}, {verb::hold}, {verb::loop_exit, 0, 5}, loop_with(loop_flags::none)};
  plan.watcher_runs[0] = {{{verb::activate_later, 0, static_cast<int>(reasons::user)}}};
  expect_same(plan);
}

TEST(differences_test, D4_the_wait_that_prepare_is_told_is_none_while_a_task_waits_in_the_mailbox) {
  program plan = with_events(1);
  plan.tasks.resize(1);
  plan.outside = {{verb::watch, 0}, {verb::loop_exit, 0, 5}, activate(0), loop_with(loop_flags::none)};
  plan.events[0].runs = {{{verb::post, 0}}};
  expect_same(plan);
}

TEST(differences_test, A9_a_command_that_a_check_watcher_sends_takes_effect_before_the_next_callback) {
  program plan = with_events(2);
  plan.outside = {{verb::watch, watchers_max - 1}, activate(0), loop_with(loop_flags::none)};
  plan.watcher_runs[watchers_max - 1] = {{{verb::send_add_timeout, 1, 5}}};
  expect_same(plan);
}

}  // namespace
}  // namespace pinwheel::testing::model
