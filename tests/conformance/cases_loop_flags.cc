// How a run of the loop begins, and what its flags ask for: rules L1 to L8.
#include <cerrno>
#include <thread>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

// A persistent event on a descriptor that is always writable: there is always something to do.
tested_event& watch_always_ready(tested_loop& loop, called callback) {
  auto& event = loop.make({.descriptor = loop.open_channel().descriptor(), .what = interest::write, .persistent = true},
                          std::move(callback));
  EXPECT_THAT(event.add());
  return event;
}

CONFORMS(L1, "the loop runs until nothing is registered or active") {
  auto& watched = at.loop().open_channel();
  auto& reader = at.loop().make({.descriptor = watched.descriptor(), .what = interest::read}, at.say("reader"));
  auto& timer = at.loop().make({}, [&](reasons) {
    at.trace.push_back("timer");
    watched.make_readable();
  });
  EXPECT_THAT(reader.add());
  EXPECT_THAT(timer.add(1ms));
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("timer", "reader");
}

CONFORMS(L1_answers, "the answer tells apart: told to stop, nothing to do, the backend failed") {
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  auto& stopper = at.loop().make({}, [&](reasons) { at.loop().exit_loop(); });
  EXPECT_THAT(stopper.add(1ms));
  EXPECT_SAME(at.loop().run(), loop_result::left);
  EXPECT_THAT(stopper.add(1ms));
  at.loop().fail_next_poll(EBADF);
  EXPECT_SAME(at.loop().run(), loop_result::backend_failed);
}

CONFORMS(L2, "once: waits for work, runs all that became active, what callbacks activate too, and leaves") {
  auto& last = at.loop().make({}, at.say("last"));
  auto& first = at.loop().make({}, [&](reasons) {
    at.trace.push_back("first");
    last.activate();
  });
  auto& second = at.loop().make({}, at.say("second"));
  auto& far = at.loop().make({}, at.say("far"));
  EXPECT_THAT(far.add(10s));
  EXPECT_THAT(second.add(2ms));
  EXPECT_THAT(first.add(2ms));
  at.loop().let_pass(1ms);
  while (at.trace.size() < 3) EXPECT_SAME(at.loop().run(loop_flags::once), loop_result::left);
  EXPECT_TRACE("second", "first", "last");
}

CONFORMS(L2_one_wait, "once: one callback is enough to leave") {
  int calls = 0;
  watch_always_ready(at.loop(), [&](reasons) { ++calls; });
  EXPECT_SAME(at.loop().run(loop_flags::once), loop_result::left);
  EXPECT_SAME(calls, 1);
}

CONFORMS(L3, "nonblock: a descriptor that is always ready does not keep the call",
         libevent_hangs("it polls on while anything is active: the call never returns")) {
  int calls = 0;
  watch_always_ready(at.loop(), [&](reasons) { ++calls; });
  at.loop().run(loop_flags::nonblock);
  EXPECT_SAME(calls, 1);
}

CONFORMS(L3_does_not_wait, "nonblock: with nothing ready the call returns at once") {
  auto& far = at.loop().make({}, at.say("far"));
  EXPECT_THAT(far.add(10s));
  EXPECT_SAME(at.loop().run(loop_flags::nonblock), loop_result::left);
  EXPECT_TRACE();
}

CONFORMS(L3_one_turn, "nonblock: all that is active, ready or due runs once, the important first, budgets aside") {
  auto& loop = at.make_loop({.priorities = 3, .dispatch = {.pass_callbacks_max = 1}});
  auto& ready = loop.open_channel();
  auto& reader = loop.make({.descriptor = ready.descriptor(), .what = interest::read}, at.say("reader"));
  auto& timer = loop.make({}, at.say("timer"));
  auto& low = loop.make({}, at.say("low"));
  auto& high = loop.make({}, at.say("high"));
  EXPECT_THAT(low.set_priority(2) && high.set_priority(0));
  EXPECT_THAT(reader.add() && timer.add(1ms));
  ready.make_readable();
  loop.let_pass(2ms);
  low.activate();
  high.activate();
  loop.run(loop_flags::nonblock);
  EXPECT_TRACE("high", "reader", "timer", "low");
}

CONFORMS(L3_leaves_what_callbacks_activate,
         "nonblock: what callbacks activate stays for the next call, and the answer says so",
         libevent_fails("it runs that too")) {
  auto& second = at.loop().make({}, at.say("second"));
  auto& first = at.loop().make({}, [&](reasons) { second.activate(); });
  first.activate();
  EXPECT_SAME(at.loop().run(loop_flags::nonblock), loop_result::left_active);
  EXPECT_TRACE();
  EXPECT_SAME(at.loop().run(loop_flags::nonblock), loop_result::left);
  EXPECT_TRACE("second");
}

CONFORMS(L4, "once and nonblock: one poll, and what callbacks activate runs too") {
  auto& second = at.loop().make({}, at.say("second"));
  auto& first = at.loop().make({}, [&](reasons) {
    at.trace.push_back("first");
    second.activate();
  });
  first.activate();
  const std::size_t polls = at.loop().polls();
  EXPECT_SAME(at.loop().run(loop_flags::once | loop_flags::nonblock), loop_result::left);
  EXPECT_TRACE("first", "second");
  EXPECT_SAME(at.loop().polls() - polls, 1U);
}

CONFORMS(L4_at_most_once_more, "once and nonblock: an event runs at most once more; the answer says what is left",
         libevent_fails("an event that activates itself is run until it no longer does")) {
  int calls = 0;
  at.loop()
      .make({},
            [&](tested_event& self, reasons) {
              if (++calls < 10) self.activate();
            })
      .activate();
  EXPECT_SAME(at.loop().run(loop_flags::once | loop_flags::nonblock), loop_result::left_active);
  EXPECT_SAME(calls, 2);
}

CONFORMS(L5, "stay: an empty loop goes on waiting") {
  at.loop().another_thread(2ms, [&] {
    at.trace.push_back("stopped");
    at.loop().from_elsewhere().exit_loop();
  });
  EXPECT_SAME(at.loop().run(loop_flags::stay), loop_result::left);
  EXPECT_TRACE("stopped");
}

CONFORMS(L6, "a loop is empty when nothing is added and nothing is active") {
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  auto& added = at.loop().make({}, at.say("added"));
  auto& activated = at.loop().make({}, at.say("activated"));
  EXPECT_THAT(added.add(1s));
  added.remove();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  activated.activate();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("activated");
}

CONFORMS(L6_hold, "a hold keeps a loop from being empty", libevent_lacks("virtual events are internal")) {
  at.loop().hold();
  at.loop().another_thread(2ms, [&] { at.loop().from_elsewhere().exit_loop(); });
  EXPECT_SAME(at.loop().run(), loop_result::left);
  at.loop().release();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
}

CONFORMS(L6_tasks_are_active, "a task in the mailbox keeps a loop from being empty, and satisfies once",
         libevent_lacks("deferred callbacks are internal")) {
  EXPECT_SAME(at.loop().post(at.say_now("one")), post_result::taken);
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("one");
  auto& far = at.loop().make({}, at.say("far"));
  EXPECT_THAT(far.add(10s));
  EXPECT_SAME(at.loop().post(at.say_now("two")), post_result::taken);
  EXPECT_SAME(at.loop().run(loop_flags::once), loop_result::left);
  EXPECT_TRACE("one", "two");
}

CONFORMS(L6_tasks_count_in_budgets, "a budget counts tasks", libevent_lacks("deferred callbacks are internal")) {
  auto& loop = at.make_loop({.dispatch = {.pass_callbacks_max = 2}});
  std::vector<std::size_t> polls;
  for (int task = 0; task < 4; ++task) {
    EXPECT_SAME(loop.post([&] { polls.push_back(loop.polls()); }), post_result::taken);
  }
  loop.run();
  EXPECT_SAME(polls.size(), 4U);
  EXPECT_THAT(polls[0] == polls[1] && polls[1] < polls[2] && polls[2] == polls[3]);
}

CONFORMS(L7, "a second run inside a callback is refused, and the first one goes on") {
  at.loop().make({}, [&](reasons) { EXPECT_SAME(at.loop().run(), loop_result::refused); }).activate();
  auto& timer = at.loop().make({}, at.say("timer"));
  EXPECT_THAT(timer.add(1ms));
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("timer");
}

CONFORMS(L8, "an entry forgets that the last run was stopped, and its time") {
  auto& stopper = at.loop().make({}, [&](reasons) { at.loop().break_loop(); });
  stopper.activate();
  at.loop().run();
  EXPECT_THAT(at.loop().got_break());
  const time_point before = at.loop().now();
  at.loop().let_pass(2ms);
  time_point inside{};
  at.loop().make({}, [&](reasons) { inside = at.loop().now(); }).activate();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_THAT(!at.loop().got_break());
  EXPECT_THAT(inside - before >= 1ms);
}

CONFORMS(L8_owner, "the thread that enters is the owner: from any other a call wakes the wait") {
  auto& event = at.loop().make({}, at.say("event"));
  auto& far = at.loop().make({}, at.say("far"));
  EXPECT_THAT(far.add(10s));
  at.loop().another_thread(2ms, [&] { at.loop().from_elsewhere().activate(event); });
  std::thread runner([&] { at.loop().run(loop_flags::once); });
  runner.join();
  EXPECT_TRACE("event");
}

}  // namespace
}  // namespace pinwheel::conformance
