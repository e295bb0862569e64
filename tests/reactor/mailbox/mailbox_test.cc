// What reaches a loop from elsewhere, step by step on one thread (DESIGN section 4).

#include "pinwheel/reactor/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

#include "pinwheel/reactor/event.h"
#include "scripted_backend.h"
#include "token.h"

namespace pinwheel {
inline namespace v0 {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int> count_up(int to) {
  std::vector<int> numbers(static_cast<std::size_t>(to));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// How many of `tasks` posts were taken; each notes its number when it runs.
int post_numbered(const event_base_handle& to, int tasks, std::vector<int>& ran) {
  int taken = 0;
  for (int at = 0; at < tasks; ++at) {
    if (to.post([at, &ran] { ran.push_back(at); }) == post_result::taken) ++taken;
  }
  return taken;
}

template <class Function>
void on_another_thread(Function&& function) {
  std::thread(std::forward<Function>(function)).join();
}

class mailbox_test : public ::testing::Test {
 protected:
  std::vector<int> ran_;
  token_counts counts_;
};

// --- order ---

TEST_F(mailbox_test, N14_tasks_of_foreign_threads_run_in_the_order_posted) {
  const scripted_base base;
  EXPECT_EQ(post_numbered(base->handle(), 1000, ran_), 1000);
  base->loop();
  EXPECT_EQ(ran_, count_up(1000));
}

TEST_F(mailbox_test, N14_tasks_of_one_loop_run_in_the_order_posted_also_past_a_full_ring) {
  const scripted_base from;
  const scripted_base to;
  from.run([&] { EXPECT_EQ(post_numbered(to->handle(), 1000, ran_), 1000); });
  to->loop();
  EXPECT_EQ(ran_, count_up(1000));
}

TEST_F(mailbox_test, N14_tasks_that_a_loop_posts_to_itself_run_in_the_order_posted) {
  const scripted_base base;
  base.run([&] { post_numbered(base->handle(), 1000, ran_); });
  base->loop();
  EXPECT_EQ(ran_, count_up(1000));
}

TEST_F(mailbox_test, N14_order_is_kept_over_many_turns_of_both_loops) {
  const scripted_base from;
  const scripted_base to;
  int next = 0;
  for (int turn = 0; turn < 50; ++turn) {
    from.run([&] {
      for (int at = 0; at < (turn * 37) % 300; ++at, ++next) {
        static_cast<void>(to->handle().post([number = next, this] { ran_.push_back(number); }));
      }
    });
    if (turn % 3 != 0) to->loop(loop_flags::nonblock);
  }
  to->loop();
  EXPECT_EQ(ran_, count_up(next));
}

// --- tasks count as active ---

TEST_F(mailbox_test, L6_a_task_keeps_the_base_from_being_empty_until_it_has_run) {
  const scripted_base base;
  post_numbered(base->handle(), 1, ran_);
  EXPECT_EQ(base->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(ran_, ElementsAre(0));
}

TEST_F(mailbox_test, L6_a_task_satisfies_once) {
  const scripted_base base;
  base->hold();
  post_numbered(base->handle(), 1, ran_);
  EXPECT_EQ(base->loop(loop_flags::once), loop_result::left);
  EXPECT_THAT(ran_, ElementsAre(0));
}

TEST_F(mailbox_test, L6_once_does_not_leave_while_a_task_lies_in_the_mailbox) {
  const scripted_base base;
  base->hold();
  static_cast<void>(base->post([&] { static_cast<void>(base->post([this] { ran_.push_back(1); })); }));
  EXPECT_EQ(base->loop(loop_flags::once), loop_result::left);
  EXPECT_THAT(ran_, ElementsAre(1));
}

TEST_F(mailbox_test, L6_nonblock_says_that_a_task_is_left_in_the_mailbox) {
  const scripted_base base;
  static_cast<void>(base->post([&] { static_cast<void>(base->post([this] { ran_.push_back(1); })); }));
  EXPECT_EQ(base->loop(loop_flags::nonblock), loop_result::left_active);
  EXPECT_THAT(ran_, IsEmpty());
  EXPECT_EQ(base->loop(loop_flags::nonblock), loop_result::left);
  EXPECT_THAT(ran_, ElementsAre(1));
}

TEST_F(mailbox_test, L6_tasks_count_in_budgets) {
  const scripted_base base({.dispatch = {.pass_callbacks_max = 1}});
  post_numbered(base->handle(), 3, ran_);
  base->loop();
  EXPECT_THAT(ran_, ElementsAre(0, 1, 2));
  EXPECT_EQ(base.kernel->timeouts().size(), 3U) << "one poll a pass";
}

TEST_F(mailbox_test, L11_the_wait_is_zero_when_a_task_lies_in_the_mailbox) {
  const scripted_base base;
  base->hold();
  static_cast<void>(base->post([&] { static_cast<void>(base->post([&] { base->loop_break(); })); }));
  base->loop();
  EXPECT_THAT(base.kernel->timeouts(), ::testing::Each(std::optional<duration>(0ns)));
}

TEST_F(mailbox_test, N10_a_wake_up_without_a_task_does_not_satisfy_once) {
  const scripted_base base;
  base->hold();
  base.kernel->while_asleep(
      [&] { on_another_thread([&] { EXPECT_EQ(base->handle().activate(event_ref{}), post_result::taken); }); });
  base.kernel->while_asleep([&] { on_another_thread([&] { post_numbered(base->handle(), 1, ran_); }); });
  EXPECT_EQ(base->loop(loop_flags::once), loop_result::left);
  EXPECT_THAT(ran_, ElementsAre(0));
}

// --- taken, gone or full ---

TEST_F(mailbox_test, N14_a_post_to_a_base_that_has_ended_answers_gone_and_leaves_the_work) {
  event_base_handle handle;
  {
    const scripted_base base;
    handle = base->handle();
  }
  task work = [this] { ran_.push_back(7); };
  EXPECT_EQ(handle.post(std::move(work)), post_result::gone);
  ASSERT_TRUE(work);
  work();
  EXPECT_THAT(ran_, ElementsAre(7));
  EXPECT_EQ(handle.loop_exit(), post_result::gone);
  EXPECT_EQ(handle.activate(event_ref{}), post_result::gone);
}

TEST_F(mailbox_test, a_handle_that_names_no_loop_answers_gone_and_leaves_the_work) {
  task work = [] {};
  EXPECT_EQ(event_base_handle().post(std::move(work)), post_result::gone);
  EXPECT_TRUE(work);
  EXPECT_EQ(event_base_handle().loop_break(), post_result::gone);
}

TEST_F(mailbox_test, N14_a_foreign_post_beyond_mailbox_tasks_max_answers_full_and_leaves_the_work) {
  const scripted_base base({.mailbox_tasks_max = 4});
  EXPECT_EQ(post_numbered(base->handle(), 4, ran_), 4);
  task work = [this] { ran_.push_back(99); };
  EXPECT_EQ(base->post(std::move(work)), post_result::full);
  EXPECT_TRUE(work);
  base->loop();
  EXPECT_THAT(ran_, ElementsAre(0, 1, 2, 3));
}

TEST_F(mailbox_test, N14_a_loop_s_posts_beyond_its_ring_and_mailbox_tasks_max_answer_full) {
  const scripted_base from;
  const scripted_base to({.mailbox_tasks_max = 4});
  const int room = static_cast<int>(loop_ring::slots) + 4;
  from.run([&] { EXPECT_EQ(post_numbered(to->handle(), room + 10, ran_), room); });
  to->loop();
  EXPECT_EQ(ran_, count_up(room));
}

TEST_F(mailbox_test, N14_a_full_mailbox_takes_tasks_again_once_they_have_run) {
  const scripted_base base({.mailbox_tasks_max = 4});
  post_numbered(base->handle(), 4, ran_);
  base->loop();
  EXPECT_EQ(post_numbered(base->handle(), 4, ran_), 4);
}

TEST_F(mailbox_test, N14_a_full_mailbox_takes_tasks_again_while_its_loop_sleeps) {
  const scripted_base base({.mailbox_tasks_max = 4});
  base->hold();
  post_numbered(base->handle(), 4, ran_);
  base.kernel->while_asleep([&] {
    on_another_thread([&] { EXPECT_EQ(base->handle().post([&] { base->loop_break(); }), post_result::taken); });
  });
  EXPECT_EQ(base->loop(), loop_result::left);
}

TEST_F(mailbox_test, taken_tasks_that_wait_to_be_run_count_against_the_limit_and_commands_do_not) {
  const scripted_base base({.mailbox_tasks_max = 4});
  base->loop_break();
  post_numbered(base->handle(), 4, ran_);
  base->loop();
  ASSERT_THAT(ran_, IsEmpty()) << "they were taken, not run";
  EXPECT_EQ(base->post([] {}), post_result::full);
  EXPECT_EQ(base->handle().loop_break(), post_result::taken);
}

TEST_F(mailbox_test, a_mailbox_that_is_full_of_commands_takes_an_activation_that_is_sent_always) {
  const scripted_base from;
  const scripted_base to({.mailbox_tasks_max = 4});
  int rung = 0;
  const auto fill_and_ring = [&](event& bell) {
    while (to->handle().activate(event_ref{}) == post_result::taken) {
    }
    EXPECT_EQ(to->handle().activate_always(bell.ref()), post_result::taken);
  };
  event from_loop(*to.base, event_life::one_shot, [&](event&, reasons) { ++rung; });
  event from_thread(*to.base, event_life::one_shot, [&](event&, reasons) { ++rung; });
  from.run([&] { fill_and_ring(from_loop); });
  fill_and_ring(from_thread);
  to->loop();
  EXPECT_EQ(rung, 2);
}

// --- the base's end ---

TEST_F(mailbox_test, N14_a_base_destroys_as_it_ends_what_lies_in_its_mailbox) {
  const scripted_base from;
  {
    const scripted_base to;
    const auto post_counted = [&](int tasks) {
      for (int at = 0; at < tasks; ++at) {
        ASSERT_EQ(to->handle().post([this, alive = token(counts_)] { ran_.push_back(0); }), post_result::taken);
      }
    };
    post_counted(10);
    from.run([&] { post_counted(static_cast<int>(loop_ring::slots) + 10); });
    EXPECT_EQ(counts_.alive(), loop_ring::slots + 20);
  }
  EXPECT_EQ(counts_.alive(), 0U);
  EXPECT_THAT(ran_, IsEmpty());
}

TEST_F(mailbox_test, N14_a_base_destroys_as_it_ends_the_tasks_it_had_taken_and_not_run) {
  {
    const scripted_base base;
    for (int at = 0; at < 10; ++at) {
      static_cast<void>(base->post([&, alive = token(counts_)] {
        ran_.push_back(0);
        base->loop_break();
      }));
    }
    base->loop();
    EXPECT_EQ(counts_.alive(), 9U);
  }
  EXPECT_EQ(counts_.alive(), 0U);
  EXPECT_THAT(ran_, ElementsAre(0));
}

TEST_F(mailbox_test, a_task_may_hold_the_last_thing_that_refers_to_its_base) {
  auto base = std::make_unique<scripted_base>();
  auto timer = std::make_unique<event>(*base->base, event_life::one_shot, [](event&, reasons) {});
  ASSERT_TRUE(timer->add(1s).ok());
  static_cast<void>(base->base->post([owned = std::move(timer), alive = token(counts_)] {}));
  base.reset();
  EXPECT_EQ(counts_.alive(), 0U);
}

TEST_F(mailbox_test, a_task_destroyed_at_its_base_s_end_finds_the_base_gone) {
  struct poster {
    event_base_handle to;
    post_result* answer;
    poster(event_base_handle handle, post_result* result) : to(std::move(handle)), answer(result) {}
    poster(poster&& other) noexcept : to(std::move(other.to)), answer(std::exchange(other.answer, nullptr)) {}
    ~poster() {
      if (answer != nullptr) *answer = to.post([] {});
    }
  };
  post_result answer = post_result::taken;
  {
    const scripted_base base;
    static_cast<void>(base->post([last = poster(base->handle(), &answer)] {}));
  }
  EXPECT_EQ(answer, post_result::gone);
}

// --- commands ---

TEST_F(mailbox_test, L9_a_break_asked_for_before_the_loop_starts_is_honoured_once) {
  const scripted_base base;
  post_numbered(base->handle(), 1, ran_);
  ASSERT_EQ(base->handle().loop_break(), post_result::taken);
  EXPECT_EQ(base->loop(), loop_result::left);
  EXPECT_TRUE(base->got_break());
  EXPECT_THAT(ran_, IsEmpty());

  EXPECT_EQ(base->loop(), loop_result::nothing_to_do);
  EXPECT_FALSE(base->got_break());
  EXPECT_THAT(ran_, ElementsAre(0));
}

TEST_F(mailbox_test, L9_an_exit_asked_for_before_the_loop_starts_is_honoured_once) {
  const scripted_base base;
  base->hold();
  ASSERT_EQ(base->handle().loop_exit(), post_result::taken);
  EXPECT_EQ(base->loop(), loop_result::left);
  EXPECT_TRUE(base->got_exit());

  base->release();
  EXPECT_EQ(base->loop(), loop_result::nothing_to_do);
  EXPECT_FALSE(base->got_exit());
}

TEST_F(mailbox_test, L14_a_break_by_handle_ends_the_pass_after_the_running_callback) {
  const scripted_base base;
  event second(*base.base, event_life::one_shot, [this](event&, reasons) { ran_.push_back(2); });
  event first(*base.base, event_life::one_shot, [&](event&, reasons) {
    ran_.push_back(1);
    on_another_thread([&] { static_cast<void>(base->handle().loop_break()); });
  });
  first.activate();
  second.activate();
  EXPECT_EQ(base->loop(), loop_result::left);
  EXPECT_THAT(ran_, ElementsAre(1));
}

TEST_F(mailbox_test, L13_an_exit_by_handle_lets_run_what_was_active_and_no_more) {
  const scripted_base base;
  event again(*base.base, event_life::persistent, [this](event& self, reasons) {
    ran_.push_back(2);
    self.activate();
  });
  event first(*base.base, event_life::one_shot, [&](event&, reasons) {
    ran_.push_back(1);
    on_another_thread([&] { static_cast<void>(base->handle().loop_exit()); });
  });
  first.activate();
  again.activate();
  EXPECT_EQ(base->loop(), loop_result::left);
  EXPECT_TRUE(base->got_exit());
  EXPECT_THAT(ran_, ElementsAre(1, 2));
}

TEST_F(mailbox_test, L15_a_continue_by_handle_polls_before_the_next_callback) {
  const scripted_base base;
  std::vector<std::size_t> polls;
  event second(*base.base, event_life::one_shot,
               [&](event&, reasons) { polls.push_back(base.kernel->timeouts().size()); });
  event first(*base.base, event_life::one_shot, [&](event&, reasons) {
    polls.push_back(base.kernel->timeouts().size());
    on_another_thread([&] { static_cast<void>(base->handle().loop_continue()); });
  });
  first.activate();
  second.activate();
  base->loop();
  EXPECT_THAT(polls, ElementsAre(1, 2));
}

TEST_F(mailbox_test, A9_an_important_event_activated_by_handle_runs_after_the_running_callback) {
  const scripted_base base({.priorities = 3});
  event important(*base.base, event_life::one_shot, [this](event&, reasons) { ran_.push_back(0); });
  important.set_priority(0);
  event second(*base.base, event_life::one_shot, [this](event&, reasons) { ran_.push_back(2); });
  event first(*base.base, event_life::one_shot, [&, ref = important.ref()](event&, reasons) {
    ran_.push_back(1);
    on_another_thread([&] { static_cast<void>(base->handle().activate(ref)); });
  });
  first.activate();
  second.activate();
  base->loop();
  EXPECT_THAT(ran_, ElementsAre(1, 0, 2));
}

TEST_F(mailbox_test, N6_an_event_is_activated_by_its_reference_with_the_reasons_given) {
  const scripted_base base;
  reasons seen = reasons::none;
  event user(*base.base, event_life::one_shot, [&](event&, reasons why) { seen = why; });
  ASSERT_EQ(base->handle().activate(user.ref(), reasons::readable | reasons::timeout), post_result::taken);
  base->loop();
  EXPECT_EQ(seen, reasons::readable | reasons::timeout);
}

TEST_F(mailbox_test, N6_an_event_is_added_and_removed_by_its_reference) {
  const scripted_base base;
  event timer(*base.base, event_life::one_shot, [](event&, reasons) {});
  ASSERT_EQ(base->handle().add(timer.ref(), 1h), post_result::taken);
  base->loop(loop_flags::nonblock);
  EXPECT_TRUE(timer.has_timeout());

  ASSERT_EQ(base->handle().remove(timer.ref()), post_result::taken);
  base->loop(loop_flags::nonblock);
  EXPECT_FALSE(timer.is_pending());
}

TEST_F(mailbox_test, N6_an_event_is_added_without_a_timeout_by_its_reference) {
  const scripted_base base;
  event reader(*base.base, 0, interest::read, event_life::persistent, [](event&, reasons) {});
  ASSERT_EQ(base->handle().add(reader.ref()), post_result::taken);
  base->loop(loop_flags::nonblock);
  EXPECT_TRUE(reader.is_pending());
}

TEST_F(mailbox_test, commands_and_tasks_of_one_producer_take_effect_in_the_order_given) {
  const scripted_base base;
  event timer(*base.base, event_life::one_shot, [](event&, reasons) {});
  ASSERT_EQ(base->handle().add(timer.ref(), 1h), post_result::taken);
  ASSERT_EQ(base->handle().remove(timer.ref()), post_result::taken);
  ASSERT_EQ(base->handle().add(timer.ref(), 2h), post_result::taken);
  base->loop(loop_flags::nonblock);
  EXPECT_TRUE(timer.has_timeout());
}

TEST_F(mailbox_test, a_reference_to_an_event_that_is_gone_does_nothing) {
  const scripted_base base;
  event_ref stale;
  {
    event gone(*base.base, event_life::one_shot, [this](event&, reasons) { ran_.push_back(1); });
    stale = gone.ref();
  }
  event in_its_slot(*base.base, event_life::one_shot, [this](event&, reasons) { ran_.push_back(2); });
  ASSERT_EQ(in_its_slot.ref().slot, stale.slot);

  for (const event_ref which : {stale, event_ref{}, event_ref{.slot = 1000, .generation = 1}}) {
    EXPECT_EQ(base->handle().activate(which), post_result::taken);
    EXPECT_EQ(base->handle().add(which), post_result::taken);
    EXPECT_EQ(base->handle().add(which, 0s), post_result::taken);
    EXPECT_EQ(base->handle().remove(which), post_result::taken);
  }
  EXPECT_EQ(base->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(ran_, IsEmpty());
}

TEST_F(mailbox_test, an_event_destroyed_between_the_command_and_its_taking_is_not_touched) {
  const scripted_base base;
  auto doomed =
      std::make_unique<event>(*base.base, event_life::one_shot, [this](event&, reasons) { ran_.push_back(1); });
  ASSERT_EQ(base->handle().activate(doomed->ref()), post_result::taken);
  doomed.reset();
  EXPECT_EQ(base->loop(), loop_result::nothing_to_do);
  EXPECT_THAT(ran_, IsEmpty());
}

// --- numbers ---

TEST_F(mailbox_test, a_number_is_reused_only_after_the_rings_of_its_former_owner_were_drained) {
  const scripted_base to;
  auto from = std::make_unique<scripted_base>();
  const unsigned number = from->base->number();
  from->run([&] { post_numbered(to->handle(), 3, ran_); });
  from.reset();
  EXPECT_NE(scripted_base()->number(), number);

  to->loop();
  EXPECT_EQ(scripted_base()->number(), number);
  EXPECT_THAT(ran_, ElementsAre(0, 1, 2));
}

TEST_F(mailbox_test, the_next_owner_of_a_number_has_a_ring_of_its_own) {
  const scripted_base to;
  for (int owner = 0; owner < 3; ++owner) {
    const scripted_base from;
    from.run([&] { static_cast<void>(to->handle().post([this, owner] { ran_.push_back(owner); })); });
    to->loop(loop_flags::nonblock);
  }
  EXPECT_THAT(ran_, ElementsAre(0, 1, 2));
}

TEST_F(mailbox_test, a_number_is_free_again_when_the_loop_it_posted_to_has_ended_first) {
  auto to = std::make_unique<scripted_base>();
  auto from = std::make_unique<scripted_base>();
  const unsigned number = from->base->number();
  from->run([&] { post_numbered(to->base->handle(), 3, ran_); });
  to.reset();
  from.reset();
  const scripted_base first;
  const scripted_base second;
  EXPECT_TRUE(first->number() == number || second->number() == number);
}

// --- notifications ---

class mailbox_notifier_test : public ::testing::TestWithParam<notifier_kind> {
 protected:
  [[nodiscard]] std::uint64_t take_writes() const {
    return GetParam() == notifier_kind::eventfd ? base_.kernel->take_eventfd_writes()
                                                : base_.kernel->take_pipe_writes();
  }

  std::vector<int> ran_;
  scripted_base base_{{.notifier = GetParam()}};
};

TEST_P(mailbox_notifier_test, N5_nothing_is_written_while_the_loop_is_awake) {
  const scripted_base other;
  static_cast<void>(base_->post([&] {
    post_numbered(base_->handle(), 2, ran_);
    on_another_thread([&] { post_numbered(base_->handle(), 2, ran_); });
    other.run([&] { post_numbered(base_->handle(), 2, ran_); });
    on_another_thread([&] { static_cast<void>(base_->handle().activate(event_ref{})); });
  }));
  base_->loop();
  EXPECT_EQ(ran_.size(), 6U);
  EXPECT_EQ(base_->notifications(), 0U);
  EXPECT_EQ(take_writes(), 0U);
}

TEST_P(mailbox_notifier_test, N5_nothing_is_written_to_a_loop_that_something_else_has_woken) {
  event ready(*base_.base, event_life::one_shot,
              [this](event&, reasons) { on_another_thread([this] { post_numbered(base_->handle(), 1, ran_); }); });
  base_->hold();
  base_.kernel->while_asleep([&] { ready.activate(); });  // As its descriptor would.
  EXPECT_EQ(base_->loop(loop_flags::once), loop_result::left);
  EXPECT_THAT(ran_, ElementsAre(0));
  EXPECT_EQ(base_->notifications(), 0U);
  EXPECT_EQ(take_writes(), 0U);
}

TEST_P(mailbox_notifier_test, N5_nothing_is_written_while_nobody_runs_the_loop) {
  post_numbered(base_->handle(), 10, ran_);
  EXPECT_EQ(base_->notifications(), 0U);
  EXPECT_EQ(take_writes(), 0U);
}

TEST_P(mailbox_notifier_test, N5_one_write_for_any_number_of_posts_and_producers_in_one_sleep) {
  const scripted_base other;
  base_->hold();
  base_.kernel->while_asleep([&] {
    on_another_thread([&] { post_numbered(base_->handle(), 10, ran_); });
    on_another_thread([&] { post_numbered(base_->handle(), 10, ran_); });
    other.run([&] { post_numbered(base_->handle(), 300, ran_); });
    EXPECT_EQ(base_->notifications(), 1U);
    EXPECT_EQ(take_writes(), 1U);
  });
  base_->loop(loop_flags::once);
  EXPECT_EQ(ran_.size(), 320U);
}

TEST_P(mailbox_notifier_test, N5_each_sleep_has_a_write_of_its_own) {
  base_->hold();
  for (int sleep = 0; sleep < 3; ++sleep) {
    base_.kernel->while_asleep([&] { on_another_thread([&] { post_numbered(base_->handle(), 2, ran_); }); });
    base_->loop(loop_flags::once);
    EXPECT_EQ(take_writes(), 1U);
  }
  EXPECT_EQ(base_->notifications(), 3U);
}

TEST_P(mailbox_notifier_test, N6_every_command_wakes_a_sleeping_loop) {
  event user(*base_.base, event_life::one_shot, [](event&, reasons) {});
  const event_ref ref = user.ref();
  const event_base_handle handle = base_->handle();
  base_->hold();
  const auto sleep_through = [&](auto command) {
    base_.kernel->while_asleep([this, command] {
      on_another_thread([command] { EXPECT_EQ(command(), post_result::taken); });
      EXPECT_EQ(take_writes(), 1U);
    });
  };
  sleep_through([=] { return handle.activate(ref); });
  sleep_through([=] { return handle.add(ref); });
  sleep_through([=] { return handle.add(ref, 1h); });
  sleep_through([=] { return handle.remove(ref); });
  sleep_through([=] { return handle.loop_continue(); });
  sleep_through([=] { return handle.loop_exit(1h); });
  sleep_through([=] { return handle.loop_break(); });
  EXPECT_EQ(base_->loop(), loop_result::left);
  EXPECT_TRUE(base_->got_break());
}

INSTANTIATE_TEST_SUITE_P(both_kinds, mailbox_notifier_test,
                         ::testing::Values(notifier_kind::eventfd, notifier_kind::pipe),
                         [](const auto& kind) { return kind.param == notifier_kind::eventfd ? "eventfd" : "pipe"; });

}  // namespace
}  // namespace v0
}  // namespace pinwheel
