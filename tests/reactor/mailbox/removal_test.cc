// Removal that is known to be over, step by step (SEMANTICS N7, N8).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "loop_thread.h"
#include "pinwheel/reactor/current_loop.h"
#include "pinwheel/reactor/event.h"
#include "scripted_backend.h"
#include "token.h"

namespace pinwheel {
inline namespace v0 {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class Function>
void on_another_thread(Function&& function) {
  std::thread(std::forward<Function>(function)).join();
}

class removal_test : public ::testing::Test {
 protected:
  std::unique_ptr<event> traced(const scripted_base& base, std::string name) {
    return std::make_unique<event>(*base.base, event_life::persistent,
                                   [this, name](event&, reasons) { trace_.push_back(name); });
  }

  const scripted_base base_;
  token_counts counts_;
  std::vector<std::string> trace_;
};

// --- remove_and_wait, in the loop's own turn ---

TEST_F(removal_test, N7_in_its_own_turn_a_loop_removes_without_waiting) {
  const auto second = traced(base_, "second");
  event first(*base_.base, event_life::one_shot, [&](event&, reasons) {
    EXPECT_EQ(base_->handle().remove_and_wait(second->ref()), post_result::taken);
    EXPECT_FALSE(second->is_pending());
  });
  first.activate();
  second->activate();
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(trace_, IsEmpty());
}

TEST_F(removal_test, N7_a_callback_may_remove_its_own_event_and_goes_on) {
  event self(*base_.base, event_life::persistent, [&](event& mine, reasons) {
    EXPECT_EQ(base_->handle().remove_and_wait(mine.ref()), post_result::taken);
    trace_.emplace_back("behind");
  });
  ASSERT_TRUE(self.add(0ns).ok());
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(trace_, ElementsAre("behind"));
}

TEST_F(removal_test, N7_what_the_loop_has_sent_itself_before_comes_before) {
  const auto removed = traced(base_, "removed");
  base_.run([&, ref = removed->ref()] {
    const event_base_handle& handle = base_->handle();
    EXPECT_EQ(handle.add(ref, 1h), post_result::taken);
    EXPECT_EQ(handle.activate(ref), post_result::taken);
    EXPECT_EQ(handle.remove_and_wait(ref), post_result::taken);
    EXPECT_FALSE(removed->is_pending());
  });
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(trace_, IsEmpty());
}

TEST_F(removal_test, N7_a_loop_that_runs_another_in_its_callback_is_not_waited_for_from_there) {
  const scripted_base inner;
  const auto removed = traced(base_, "removed");
  const auto same_slot_of_inner = traced(inner, "of another loop");
  ASSERT_EQ(same_slot_of_inner->ref(), removed->ref());
  base_.run([&, ref = removed->ref()] {
    inner.run([&, ref] {
      EXPECT_EQ(base_->handle().activate(ref), post_result::taken);
      EXPECT_EQ(base_->handle().remove_and_wait(ref), post_result::taken);
      EXPECT_EQ(current_loop::base(), inner.base.get());
    });
  });
  EXPECT_FALSE(removed->is_pending());
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(trace_, IsEmpty());
}

TEST_F(removal_test, N7_what_acts_as_another_thread_inside_a_loop_s_wait_does_not_wait_for_it) {
  const auto removed = traced(base_, "removed");
  base_->hold();
  base_.kernel->while_asleep([&, ref = removed->ref()] {
    const current_loop::absence elsewhere;
    EXPECT_EQ(base_->handle().activate(ref), post_result::taken);
    EXPECT_EQ(base_->handle().remove_and_wait(ref), post_result::taken);
    EXPECT_EQ(base_->handle().loop_break(), post_result::taken);
  });
  EXPECT_EQ(base_->loop(), loop_result::left);
  EXPECT_FALSE(removed->is_pending());
  EXPECT_THAT(trace_, IsEmpty());
}

// --- remove_and_wait, of a base that nobody runs ---

TEST_F(removal_test, N7_a_base_that_nobody_runs_is_served_by_the_caller) {
  const auto timer = traced(base_, "timer");
  ASSERT_TRUE(timer->add(0ns).ok());
  on_another_thread([&, handle = base_->handle(), ref = timer->ref()] {
    EXPECT_EQ(handle.remove_and_wait(ref), post_result::taken);
    EXPECT_EQ(current_loop::base(), nullptr);
  });
  EXPECT_FALSE(timer->is_pending());
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(trace_, IsEmpty());
}

TEST_F(removal_test, N7_what_was_sent_before_to_a_base_that_nobody_runs_comes_before_and_tasks_are_not_run) {
  const auto removed = traced(base_, "removed");
  on_another_thread([&, handle = base_->handle(), ref = removed->ref()] {
    EXPECT_EQ(handle.post([this] { trace_.emplace_back("task"); }), post_result::taken);
    EXPECT_EQ(handle.add(ref, 0ns), post_result::taken);
    EXPECT_EQ(handle.activate(ref), post_result::taken);
    EXPECT_EQ(handle.remove_and_wait(ref), post_result::taken);
  });
  EXPECT_FALSE(removed->is_pending());
  EXPECT_THAT(trace_, IsEmpty());
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(trace_, ElementsAre("task"));
}

TEST_F(removal_test, N7_a_stop_that_lies_in_the_mailbox_of_a_served_base_is_still_honoured_by_its_next_run) {
  base_->hold();
  ASSERT_EQ(base_->handle().loop_break(), post_result::taken);
  ASSERT_EQ(base_->handle().remove_and_wait(event_ref{}), post_result::taken);
  EXPECT_EQ(base_->loop(), loop_result::left);
  EXPECT_TRUE(base_->got_break());
}

TEST_F(removal_test, N7_a_loop_s_callback_serves_another_base_and_is_its_own_loop_again_then) {
  const scripted_base other;
  const auto removed = traced(other, "removed");
  removed->activate();
  base_.run([&, ref = removed->ref()] {
    EXPECT_EQ(other->handle().remove_and_wait(ref), post_result::taken);
    EXPECT_EQ(current_loop::base(), base_.base.get());
  });
  EXPECT_FALSE(removed->is_pending());
}

// --- remove_and_wait, of a loop that runs elsewhere ---

TEST_F(removal_test, N7_a_sleeping_loop_is_woken_and_removes) {
  const auto timer = traced(base_, "timer");
  ASSERT_TRUE(timer->add(1h).ok());
  std::optional<std::thread> remover;
  base_.kernel->while_asleep([&, ref = timer->ref()] {
    std::latch sent(1);
    remover.emplace([&, ref] {
      EXPECT_EQ(base_->handle().post([] {}), post_result::taken);
      sent.count_down();
      EXPECT_EQ(base_->handle().remove_and_wait(ref), post_result::taken);
      EXPECT_EQ(base_->handle().loop_break(), post_result::taken);
    });
    sent.wait();
  });
  base_.kernel->while_asleep([] { std::this_thread::yield(); });
  const loop_result result = base_->loop(loop_flags::stay);
  remover->join();
  EXPECT_FALSE(timer->is_pending());
  EXPECT_THAT(result, ::testing::AnyOf(loop_result::left, loop_result::backend_failed));
}

TEST_F(removal_test, N7_it_returns_when_the_running_callback_has_returned_and_not_before) {
  const loop_thread loop;
  for (int round = 0; round < 20; ++round) {
    std::latch entered(1);
    bool over = false;
    std::unique_ptr<event> slow;
    event_ref ref;
    loop.run([&](event_base& base) {
      slow = std::make_unique<event>(base, event_life::persistent, [&](event&, reasons) {
        entered.count_down();
        for (int at = 0; at < 100; ++at) std::this_thread::yield();
        over = true;
      });
      ref = slow->ref();
      slow->activate();
    });
    entered.wait();
    EXPECT_EQ(loop.handle().remove_and_wait(ref), post_result::taken);
    EXPECT_TRUE(over);
    loop.run([&](event_base&) { slow.reset(); });
  }
}

TEST_F(removal_test, N7_an_event_that_is_gone_counts_as_removed) {
  const event_ref stale = traced(base_, "gone")->ref();
  EXPECT_EQ(base_->handle().remove_and_wait(stale), post_result::taken);
  const loop_thread loop;
  EXPECT_EQ(loop.handle().remove_and_wait(event_ref{}), post_result::taken);
}

TEST_F(removal_test, N7_a_base_that_has_ended_answers_gone) {
  event_base_handle handle;
  {
    const scripted_base ended;
    handle = ended->handle();
  }
  EXPECT_EQ(handle.remove_and_wait(event_ref{}), post_result::gone);
  EXPECT_EQ(event_base_handle().remove_and_wait(event_ref{}), post_result::gone);
}

TEST_F(removal_test, N7_a_full_mailbox_answers_full_and_nothing_is_removed) {
  const scripted_base full({.mailbox_tasks_max = 1});
  const auto kept = traced(full, "kept");
  kept->activate();
  full.run([&, ref = kept->ref()] {
    on_another_thread([&, ref] {
      while (full->handle().activate(event_ref{}) == post_result::taken) {
      }
      EXPECT_EQ(full->handle().remove_and_wait(ref), post_result::full);
    });
  });
  EXPECT_THAT(trace_, ElementsAre("kept"));
}

// --- remove_async ---

TEST_F(removal_test, N8_the_task_runs_on_the_loop_when_the_callback_neither_runs_nor_will) {
  const auto removed = traced(base_, "removed");
  removed->activate();
  ASSERT_TRUE(removed->add(0ns).ok());
  const auto answer = [&] {
    EXPECT_EQ(current_loop::base(), base_.base.get());
    EXPECT_FALSE(removed->is_pending());
    trace_.emplace_back("task");
  };
  EXPECT_EQ(base_->handle().remove_async(removed->ref(), answer), post_result::taken);
  EXPECT_TRUE(removed->is_pending()) << "nobody has run the loop";
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(trace_, ElementsAre("task"));
}

TEST_F(removal_test, N8_in_its_own_callback_an_event_is_removed_after_it_and_then_the_task_runs) {
  event self(*base_.base, event_life::persistent, [&](event& mine, reasons) {
    EXPECT_EQ(base_->handle().remove_async(mine.ref(), [this] { trace_.emplace_back("task"); }), post_result::taken);
    trace_.emplace_back("callback");
  });
  ASSERT_TRUE(self.add(0ns).ok());
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(trace_, ElementsAre("callback", "task"));
}

TEST_F(removal_test, N8_the_task_keeps_its_place_among_the_tasks_of_its_producer) {
  const event_base_handle& handle = base_->handle();
  const auto note = [this](const char* name) { return [this, name] { trace_.emplace_back(name); }; };
  static_cast<void>(handle.post(note("before")));
  EXPECT_EQ(handle.remove_async(event_ref{}, note("removed")), post_result::taken);
  static_cast<void>(handle.post(note("behind")));
  base_->loop();
  EXPECT_THAT(trace_, ElementsAre("before", "removed", "behind"));
}

TEST_F(removal_test, N8_when_it_is_not_taken_the_task_is_left_and_nothing_is_removed) {
  const scripted_base full({.mailbox_tasks_max = 1});
  const auto kept = traced(full, "kept");
  kept->activate();
  static_cast<void>(full->post([] {}));
  task left = [this] { trace_.emplace_back("left"); };
  EXPECT_EQ(full->handle().remove_async(kept->ref(), std::move(left)), post_result::full);
  ASSERT_TRUE(left);
  left();
  full->loop();
  EXPECT_THAT(trace_, ElementsAre("left", "kept"));

  EXPECT_EQ(event_base_handle().remove_async(event_ref{}, std::move(left)), post_result::gone);
  EXPECT_TRUE(left);
}

TEST_F(removal_test, N8_a_base_that_ends_first_destroys_the_task_unrun) {
  {
    const scripted_base ending;
    EXPECT_EQ(
        ending->handle().remove_async(event_ref{}, [this, alive = token(counts_)] { trace_.emplace_back("ran"); }),
        post_result::taken);
    EXPECT_EQ(counts_.alive(), 1U);
  }
  EXPECT_EQ(counts_.alive(), 0U);
  EXPECT_THAT(trace_, IsEmpty());
}

// --- circles ---

#ifndef NDEBUG

// As many loops as asked for, each in a callback that waits for the next one, and the last one for the first.
void wait_in_a_circle(std::size_t loops) {
  std::vector<std::unique_ptr<loop_thread>> circle;
  for (std::size_t at = 0; at < loops; ++at) circle.push_back(std::make_unique<loop_thread>());
  std::latch inside(static_cast<std::ptrdiff_t>(loops));
  for (std::size_t at = 0; at < loops; ++at) {
    static_cast<void>(circle[at]->handle().post([&, next = circle[(at + 1) % loops]->handle()] {
      inside.arrive_and_wait();
      static_cast<void>(next.remove_and_wait(event_ref{}));
    }));
  }
  inside.wait();  // Before they are told to leave.
}

class removal_death_test : public ::testing::TestWithParam<std::size_t> {};

TEST_P(removal_death_test, N7_loops_that_wait_for_each_other_abort_and_are_told_what_to_call) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(wait_in_a_circle(GetParam()), "loops wait for each other.*remove_async");
}

INSTANTIATE_TEST_SUITE_P(circles, removal_death_test, ::testing::Values(2, 3, 4));

TEST_F(removal_test, N1_a_call_on_a_base_that_another_thread_runs_aborts_with_its_name) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto misuse = [] {
    const scripted_base base;
    event timer(*base.base, event_life::one_shot, [](event&, reasons) {});
    base.run([&] { on_another_thread([&] { timer.activate(); }); });
  };
  EXPECT_DEATH(misuse(), "event::activate.*use event_base_handle");
}

#endif

}  // namespace
}  // namespace v0
}  // namespace pinwheel
