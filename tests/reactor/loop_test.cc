// SEMANTICS, "Loop: entry, flags, exit".
#include <stdexcept>

#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

using loop_test = event_base_test;

TEST_P(loop_test, L1_an_empty_base_has_nothing_to_do) { EXPECT_EQ(base().loop(), loop_result::nothing_to_do); }

TEST_P(loop_test, L1_the_loop_runs_until_nothing_is_registered) {
  auto timer = traced("timer");
  ASSERT_TRUE(timer->add(moment).ok());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, names{"timer"});
}

TEST_P(loop_test, L2_once_leaves_when_a_callback_ran_and_none_is_active) {
  auto first = traced("first");
  auto second = traced("second");
  auto waiting = traced("waiting");
  first->activate();
  second->activate();
  ASSERT_TRUE(waiting->add(std::chrono::hours(1)).ok());
  EXPECT_EQ(base().loop(loop_flags::once), loop_result::left);
  EXPECT_EQ(trace_, (names{"first", "second"}));
}

TEST_P(loop_test, L3_nonblock_runs_once_what_is_active_and_leaves_what_that_activates) {
  event repeated(base(), event_life::persistent, [&](event& self, reasons) {
    trace_.push_back("again");
    self.activate();
  });
  repeated.activate();
  EXPECT_EQ(run_one_turn(), loop_result::left_active);
  EXPECT_EQ(trace_, names{"again"});
}

TEST_P(loop_test, L3_nonblock_returns_with_a_busy_descriptor) {
  auto descriptor = make_descriptor();
  descriptor->make_readable();
  event busy(base(), descriptor->number(), interest::write, event_life::persistent,
             [&](event&, reasons) { trace_.push_back("writable"); });
  ASSERT_TRUE(busy.add().ok());
  EXPECT_EQ(run_one_turn(), loop_result::left);
  EXPECT_EQ(trace_, names{"writable"});
}

TEST_P(loop_test, L3_nonblock_runs_priorities_in_order_whatever_the_budget) {
  make_base({.priorities = 3, .dispatch = {.pass_callbacks_max = 1}});
  auto low = traced("low", 2U);
  auto middle = traced("middle", 1U);
  auto high = traced("high", 0U);
  low->activate();
  middle->activate();
  high->activate();
  EXPECT_EQ(run_one_turn(), loop_result::left);
  EXPECT_EQ(trace_, (names{"high", "middle", "low"}));
}

TEST_P(loop_test, L4_once_nonblock_runs_each_event_at_most_once_more) {
  event second(base(), event_life::persistent, [&](event& self, reasons) {
    trace_.push_back("second");
    self.activate();
  });
  event first(base(), event_life::persistent, [&](event&, reasons) {
    trace_.push_back("first");
    second.activate();
  });
  first.activate();
  EXPECT_EQ(base().loop(loop_flags::once | loop_flags::nonblock), loop_result::left_active);
  EXPECT_EQ(trace_, (names{"first", "second"}));
  second.remove();
}

TEST_P(loop_test, L4_a_task_that_a_callback_posted_runs_too_and_what_that_posts_is_left) {
  event first(base(), event_life::one_shot, [&](event&, reasons) {
    static_cast<void>(base().post([&] {
      trace_.push_back("task");
      static_cast<void>(base().post([&] { trace_.push_back("left"); }));
    }));
  });
  first.activate();
  EXPECT_EQ(base().loop(loop_flags::once | loop_flags::nonblock), loop_result::left_active);
  EXPECT_EQ(trace_, names{"task"});
}

TEST_P(loop_test, L4_an_event_set_aside_may_be_destroyed_before_the_next_turn) {
  auto doomed = std::make_unique<event>(base(), event_life::persistent, [&](event& self, reasons) {
    trace_.push_back("doomed");
    self.activate();
  });
  event killer(base(), event_life::one_shot, [&](event&, reasons) { doomed.reset(); });
  ASSERT_TRUE(base().priorities() == 1);
  event starter(base(), event_life::one_shot, [&](event&, reasons) {
    doomed->activate();
    killer.activate();
  });
  starter.activate();
  EXPECT_EQ(base().loop(loop_flags::once | loop_flags::nonblock), loop_result::left);
  EXPECT_EQ(trace_, names{"doomed"});
}

TEST_P(loop_test, L5_stay_goes_on_waiting_with_nothing_registered) {
  auto timer = traced("timer");
  ASSERT_TRUE(timer->add(moment).ok());
  base().loop_exit(2 * moment);
  EXPECT_EQ(base().loop(loop_flags::stay), loop_result::left);
  EXPECT_TRUE(base().got_exit());
  EXPECT_EQ(trace_, names{"timer"});
}

TEST_P(loop_test, L6_a_task_keeps_the_base_from_being_empty) {
  bool ran = false;
  ASSERT_EQ(base().post([&] { ran = true; }), post_result::taken);
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_TRUE(ran);
}

TEST_P(loop_test, L7_a_second_loop_inside_a_callback_is_refused) {
  loop_result inner = loop_result::left;
  event nested(base(), event_life::one_shot, [&](event&, reasons) { inner = base().loop(); });
  auto after = traced("after");
  nested.activate();
  after->activate();
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(inner, loop_result::refused);
  EXPECT_EQ(trace_, names{"after"});
}

TEST_P(loop_test, L9_a_stop_asked_for_before_the_run_is_honoured_by_it_and_by_no_other) {
  auto waiting = traced("waiting");
  waiting->activate();
  ASSERT_EQ(base().handle().loop_break(), post_result::taken);
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_TRUE(base().got_break());
  EXPECT_TRUE(trace_.empty());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, names{"waiting"});
}

TEST_P(loop_test, L9_a_stop_that_the_owner_asks_for_before_the_run_is_honoured_by_it) {
  base().loop_break();
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_TRUE(base().got_break());
  base().loop_exit();
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_TRUE(base().got_exit());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
}

TEST_P(loop_test, L12_an_exit_is_noticed_between_two_callbacks_of_a_busy_high_priority) {
  make_base({.priorities = 3});
  int runs = 0;
  event busy(base(), event_life::persistent, [&](event& self, reasons) {
    if (++runs == 5) base().loop_exit();
    self.activate();
  });
  ASSERT_TRUE(busy.set_priority(0));
  busy.activate();
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_TRUE(base().got_exit());
  EXPECT_EQ(runs, 6);  // What was active when it was noticed ran once more.
}

TEST_P(loop_test, L12_an_exit_is_noticed_before_the_next_callback_activates_more) {
  auto activated = traced("activated behind the exit");
  event exits(base(), event_life::one_shot, [&](event&, reasons) { base().loop_exit(); });
  event behind(base(), event_life::one_shot, [&](event&, reasons) {
    trace_.push_back("behind");
    activated->activate();
  });
  exits.activate();
  behind.activate();
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_EQ(trace_, names{"behind"});
}

TEST_P(loop_test, L13_an_exit_lets_what_is_active_run_and_only_that) {
  make_base({.priorities = 3});
  auto low = traced("low", 2U);
  auto late = traced("late", 1U);
  event high(base(), event_life::one_shot, [&](event&, reasons) {
    trace_.push_back("high");
    base().loop_exit();
  });
  event middle(base(), event_life::one_shot, [&](event&, reasons) {
    trace_.push_back("middle");
    late->activate();
  });
  ASSERT_TRUE(high.set_priority(0));
  high.activate();
  middle.activate();
  low->activate();
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_EQ(trace_, (names{"high", "middle", "low"}));
}

TEST_P(loop_test, L13_an_exit_after_a_time_ends_a_wait) {
  base().hold();
  base().loop_exit(moment);
  const time_point before = base().now();
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_TRUE(base().got_exit());
  EXPECT_GE(base().now() - before, moment);
  base().release();
}

TEST_P(loop_test, L14_a_break_leaves_after_the_running_callback) {
  event first(base(), event_life::one_shot, [&](event&, reasons) {
    trace_.push_back("first");
    base().loop_break();
  });
  auto second = traced("second");
  first.activate();
  second->activate();
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_EQ(trace_, names{"first"});
  EXPECT_TRUE(base().got_break());
  EXPECT_FALSE(base().got_exit());  // L16.
  second->remove();
}

TEST_P(loop_test, L15_a_continue_starts_again_from_the_highest_priority) {
  make_base({.priorities = 2});
  auto descriptor = make_descriptor();
  event important(base(), descriptor->number(), interest::read, event_life::one_shot,
                  [&](event&, reasons) { trace_.push_back("important"); });
  ASSERT_TRUE(important.set_priority(0));
  ASSERT_TRUE(important.add().ok());
  event first(base(), event_life::one_shot, [&](event&, reasons) {
    trace_.push_back("first");
    descriptor->make_readable();
    base().loop_continue();
  });
  auto second = traced("second");
  first.activate();
  second->activate();
  base().loop();
  EXPECT_EQ(trace_, (names{"first", "important", "second"}));
}

TEST_P(loop_test, L15_a_continue_under_nonblock_leaves_the_rest_to_the_next_call) {
  event first(base(), event_life::one_shot, [&](event&, reasons) {
    trace_.push_back("first");
    base().loop_continue();
  });
  auto second = traced("second");
  first.activate();
  second->activate();
  EXPECT_EQ(run_one_turn(), loop_result::left_active);
  EXPECT_EQ(trace_, names{"first"});
  EXPECT_EQ(run_one_turn(), loop_result::left);
  EXPECT_EQ(trace_, (names{"first", "second"}));
}

TEST_P(loop_test, L2_once_leaves_though_mail_that_brings_no_callback_has_come) {
  base().hold();
  auto other = event_base::create({}).value();
  ASSERT_EQ(other->post([this] { ASSERT_EQ(base().handle().post([] {}), post_result::taken); }), post_result::taken);
  other->loop();
  run_one_turn();
  event last(base(), event_life::one_shot, [&](event&, reasons) { other.reset(); });  // Its end is announced to us.
  last.activate();
  EXPECT_EQ(base().loop(loop_flags::once), loop_result::left);
  base().release();
}

TEST_P(loop_test, L9_two_exits_of_one_run_do_not_end_the_next) {
  event first(base(), event_life::one_shot, [&](event&, reasons) { base().loop_exit(); });
  event second(base(), event_life::one_shot, [&](event&, reasons) { base().loop_exit(); });
  first.activate();
  second.activate();
  EXPECT_EQ(base().loop(), loop_result::left);
  auto timer = traced("timer");
  ASSERT_TRUE(timer->add(moment).ok());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, names{"timer"});
}

TEST_P(loop_test, L9_a_break_and_an_exit_of_one_callback_end_one_run) {
  event both(base(), event_life::one_shot, [&](event&, reasons) {
    base().loop_exit();
    base().loop_break();
  });
  both.activate();
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_TRUE(base().got_break());
  EXPECT_TRUE(base().got_exit());
  auto timer = traced("timer");
  ASSERT_TRUE(timer->add(moment).ok());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, names{"timer"});
}

TEST_P(loop_test, L12_an_exit_after_a_time_keeps_an_otherwise_empty_base_waiting) {
  base().loop_exit(moment);
  EXPECT_EQ(base().loop(), loop_result::left);
  EXPECT_TRUE(base().got_exit());
  EXPECT_FALSE(base().got_break());  // L16.
}

TEST_P(loop_test, L3_an_exit_asked_for_under_nonblock_runs_nothing_twice) {
  event again(base(), event_life::persistent, [&](event& self, reasons) {
    trace_.push_back("again");
    self.activate();
    base().loop_exit();
  });
  again.activate();
  EXPECT_EQ(run_one_turn(), loop_result::left);
  EXPECT_EQ(trace_, names{"again"});
  again.remove();
}

TEST_P(loop_test, L13_an_exit_under_nonblock_runs_what_is_active_also_behind_a_continue) {
  event first(base(), event_life::one_shot, [&](event&, reasons) {
    trace_.push_back("first");
    base().loop_continue();
    base().loop_exit();
  });
  auto second = traced("second");
  first.activate();
  second->activate();
  EXPECT_EQ(run_one_turn(), loop_result::left);
  EXPECT_TRUE(base().got_exit());
  EXPECT_EQ(trace_, (names{"first", "second"}));
}

TEST_P(loop_test, delete_later_takes_a_null_event_as_any_other_null) {
  base().delete_later(std::unique_ptr<std::string>());
  base().delete_later(std::unique_ptr<event>());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
}

TEST_P(loop_test, delete_later_outside_of_a_turn_destroys_before_the_next_run) {
  auto doomed = traced("doomed");
  doomed->activate();
  base().delete_later(std::move(doomed));
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_TRUE(trace_.empty());
}

TEST_P(loop_test, N12_a_held_base_has_something_to_do_though_nothing_is_registered) {
  base().hold();
  EXPECT_EQ(run_one_turn(), loop_result::left);
  base().release();
  EXPECT_EQ(run_one_turn(), loop_result::nothing_to_do);
}

TEST_P(loop_test, N12_a_hold_keeps_the_base_waiting) {
  base().hold();
  auto timer = traced("timer");
  ASSERT_TRUE(timer->add(moment).ok());
  event last(base(), event_life::one_shot, [&](event&, reasons) { base().release(); });
  ASSERT_TRUE(last.add(2 * moment).ok());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, names{"timer"});
}

TEST_P(loop_test, C7_an_exception_leaves_the_loop_and_the_base_runs_again) {
  event thrower(base(), event_life::persistent, [&](event&, reasons) {
    trace_.push_back("thrower");
    throw std::runtime_error("from a callback");
  });
  auto behind = traced("behind");
  thrower.activate();
  behind->activate();
  EXPECT_THROW(base().loop(), std::runtime_error);
  base().validate();
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, (names{"thrower", "behind"}));
  thrower.activate();
  EXPECT_THROW(base().loop(), std::runtime_error);
}

TEST_P(loop_test, the_current_loop_is_set_within_a_turn_and_restored_after_it) {
  event_base* inside = nullptr;
  event asked(base(), event_life::one_shot, [&](event&, reasons) { inside = event_base::current(); });
  asked.activate();
  base().loop();
  EXPECT_EQ(inside, &base());
  EXPECT_EQ(event_base::current(), nullptr);
}

TEST_P(loop_test, delete_later_destroys_after_the_callbacks_of_the_turn) {
  struct noisy {
    names& trace;
    ~noisy() { trace.push_back("destroyed"); }
  };
  event deleter(base(), event_life::one_shot, [&](event&, reasons) {
    base().delete_later(std::unique_ptr<noisy>(new noisy{trace_}));
    trace_.push_back("deleter");
  });
  auto behind = traced("behind");
  deleter.activate();
  behind->activate();
  base().loop();
  EXPECT_EQ(trace_, (names{"deleter", "behind", "destroyed"}));
}

PINWHEEL_OVER_EVERY_BACKEND(loop_test);

TEST(simulated_loop_test, L17_a_failing_wait_ends_the_loop_with_an_error) {
  virtual_clock clock;
  auto owned = std::make_unique<simulated_backend>(clock);
  simulated_backend& kernel = *owned;
  auto base = event_base::create({.clock = &clock}, std::move(owned)).value();
  base->hold();
  kernel.fail_next_wait(EBADF);
  EXPECT_EQ(base->loop(), loop_result::backend_failed);
  base->release();
}

TEST(simulated_loop_test, N10_the_wake_up_itself_does_not_satisfy_once) {
  virtual_clock clock;
  auto owned = std::make_unique<simulated_backend>(clock);
  simulated_backend& kernel = *owned;
  auto base = event_base::create({.clock = &clock}, std::move(owned)).value();
  bool ran = false;
  event timer(*base, event_life::one_shot, [&](event&, reasons) { ran = true; });
  ASSERT_TRUE(timer.add(std::chrono::milliseconds(20)).ok());
  kernel.call_at(clock.now() + std::chrono::milliseconds(10),
                 [&] { EXPECT_EQ(base->handle().activate(event_ref{}), post_result::taken); });
  EXPECT_EQ(base->loop(loop_flags::once), loop_result::left);
  EXPECT_EQ(base->notifications(), 1U);
  EXPECT_TRUE(ran);
}

TEST(event_base_options_test, what_is_out_of_range_is_refused_with_a_message) {
  EXPECT_EQ(event_base::create({.priorities = 0}).status().message(), "a base has 1 to 255 priorities");
  EXPECT_EQ(event_base::create({.priorities = 256}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(event_base::create({.backend = "kqueue"}).status().message(),
            "there is no backend \"kqueue\"; the backends are: epoll, poll, or \"auto\" for the best of them");
}

}  // namespace
}  // namespace pinwheel::testing
