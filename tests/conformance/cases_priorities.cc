// Which of the active callbacks run, in what order: rules A1 to A6.
#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

// An event of that priority.
tested_event& make_at(tested_loop& loop, unsigned priority, called callback) {
  auto& made = loop.make({}, std::move(callback));
  EXPECT_THAT(made.set_priority(priority));
  return made;
}

CONFORMS(A1, "each priority is a queue, first in, first out; 0 is the most important") {
  auto& loop = at.make_loop({.priorities = 3});
  for (const unsigned priority : {2U, 1U, 0U}) {
    for (const char* each : {" first", " second"})
      make_at(loop, priority, at.say(std::to_string(priority) + each)).activate();
  }
  loop.run();
  EXPECT_TRACE("0 first", "0 second", "1 first", "1 second", "2 first", "2 second");
}

CONFORMS(A1_at_most_255, "a loop has at most 255 priorities") {
  EXPECT_THAT(!at.refuses({.priorities = 255}));
  EXPECT_THAT(at.refuses({.priorities = 256}));
}

CONFORMS(A1_change, "the number of priorities can be changed, but not while anything is active") {
  EXPECT_THAT(at.loop().set_priorities(3));
  auto& event = at.loop().make({}, at.say("event"));
  event.activate();
  EXPECT_THAT(!at.loop().set_priorities(5));
  at.loop().run();
  EXPECT_THAT(at.loop().set_priorities(5));
}

CONFORMS(A2, "an event's priority is the middle one unless set") {
  EXPECT_SAME(at.make_loop().make({}, at.say("event")).priority(), 0U);
  EXPECT_SAME(at.make_loop({.priorities = 2}).make({}, at.say("event")).priority(), 1U);
  EXPECT_SAME(at.make_loop({.priorities = 5}).make({}, at.say("event")).priority(), 2U);
}

CONFORMS(A3, "an event's priority cannot be changed while it is active") {
  auto& loop = at.make_loop({.priorities = 3});
  auto& event = loop.make({}, at.say("event"));
  event.activate();
  EXPECT_THAT(!event.set_priority(2));
  EXPECT_SAME(event.priority(), 1U);
  loop.run();
  EXPECT_THAT(event.set_priority(2));
}

CONFORMS(A3_later_active, "an event's priority cannot be changed while it is later-active",
         libevent_lacks("activation for the next turn is internal")) {
  auto& loop = at.make_loop({.priorities = 3});
  auto& event = loop.make({}, at.say("event"));
  event.activate_later();
  EXPECT_THAT(!event.set_priority(2));
  loop.run();
  EXPECT_THAT(event.set_priority(2));
}

CONFORMS(A4, "activating an active event only adds to its reasons: it runs once") {
  std::vector<reasons> calls;
  auto& event = at.loop().make({}, [&](reasons why) { calls.push_back(why); });
  event.activate(reasons::readable);
  event.activate(reasons::timeout);
  event.activate(reasons::readable);
  at.loop().run();
  EXPECT_SAME(calls.size(), 1U);
  EXPECT_SAME(calls.front(), reasons::readable | reasons::timeout);
}

CONFORMS(A5, "strict: the important starves the unimportant") {
  auto& loop = at.make_loop({.priorities = 2});
  make_at(loop, 1, at.say("low")).activate();
  int calls = 0;
  auto& busy = loop.make({.descriptor = loop.open_channel().descriptor(), .what = interest::write, .persistent = true},
                         [&](reasons) {
                           if (++calls == 50) loop.break_loop();
                         });
  EXPECT_THAT(busy.set_priority(0) && busy.add());
  loop.run();
  EXPECT_SAME(calls, 50);
  EXPECT_TRACE();
}

CONFORMS(A5_one_priority_a_pass, "strict: a pass runs one priority, then the loop polls again") {
  auto& loop = at.make_loop({.priorities = 2});
  std::vector<std::size_t> polls;
  for (const unsigned priority : {0U, 0U, 1U}) {
    make_at(loop, priority, [&](reasons) { polls.push_back(loop.polls()); }).activate();
  }
  loop.run();
  EXPECT_SAME(polls.size(), 3U);
  EXPECT_SAME(polls[1], polls[0]);
  EXPECT_SAME(polls[2], polls[0] + 1);
}

CONFORMS(A5_internal, "a wake-up by another thread is no priority's pass: what it activates runs in the same turn") {
  auto& loop = at.make_loop({.priorities = 3});
  std::size_t polls = 0;
  auto& low = make_at(loop, 2, [&](reasons) { polls = loop.polls() - polls; });
  auto& far = loop.make({}, at.say("far"));
  EXPECT_THAT(far.add(10s));
  loop.another_thread(2ms, [&] { loop.from_elsewhere().activate(low); });
  polls = loop.polls();
  loop.run(loop_flags::once);
  EXPECT_SAME(polls, 1U);
}

constexpr dispatch_options aged = {.policy = dispatch_policy::aged, .aging_interval = 4, .aging_bound = 1ms};

CONFORMS(A5_aged, "aged: a pass runs all priorities, the highest first", libevent_lacks("there is one policy")) {
  auto& loop = at.make_loop({.priorities = 2, .dispatch = aged});
  std::vector<std::size_t> polls;
  make_at(loop, 1, [&](reasons) { polls.push_back(loop.polls()); }).activate();
  make_at(loop, 0, [&](reasons) {
    EXPECT_THAT(polls.empty());
    polls.push_back(loop.polls());
  }).activate();
  loop.run();
  EXPECT_SAME(polls.size(), 2U);
  EXPECT_SAME(polls[1], polls[0]);
}

CONFORMS(A5_aged_gap, "aged: an overdue queue is served within (priorities) x (interval + 1) callbacks, under any load",
         libevent_lacks("there is one policy")) {
  auto& loop = at.make_loop({.priorities = 2, .dispatch = aged});
  constexpr int until_overdue = 10;  // At 100 us each, 1 ms.
  int before = 0;
  int run = 0;
  make_at(loop, 1, [&](reasons) { before = run; }).activate();
  const auto busy = [&](tested_event& self, reasons) {
    loop.let_pass(100us);
    if (++run < 200) self.activate();
  };
  for (int each = 0; each < 30; ++each) {
    auto& event = loop.make({}, busy);
    EXPECT_THAT(event.set_priority(0));
    event.activate();
  }
  loop.run();
  EXPECT_THAT(run >= 200);
  EXPECT_THAT(before > 0 && before <= until_overdue + 2 * (4 + 1));
}

CONFORMS(A5_aged_share, "aged: overdue work takes at most one callback of (interval + 1), however much of it there is",
         libevent_lacks("there is one policy")) {
  // Always overdue; and more of the important than a pass may run, so that nothing else runs by order.
  dispatch_options options = aged;
  options.aging_bound = 100us;
  options.pass_callbacks_max = 8;
  auto& loop = at.make_loop({.priorities = 2, .dispatch = options});
  int high = 0;
  int low = 0;
  for (int each = 0; each < 16; ++each) {
    auto& important = loop.make({}, [&](tested_event& self, reasons) {
      loop.let_pass(100us);
      if (++high == 200) loop.break_loop();
      self.activate();
    });
    EXPECT_THAT(important.set_priority(0));
    important.activate();
    auto& unimportant = loop.make({}, [&](tested_event& self, reasons) {
      ++low;
      self.activate();
    });
    EXPECT_THAT(unimportant.set_priority(1));
    unimportant.activate();
  }
  loop.run();
  EXPECT_THAT(low >= 200 / (2 * (4 + 1)));
  EXPECT_THAT(low <= 200 / 4);
}

CONFORMS(A6, "what a pass activates at its own priority runs in the next pass, after another poll",
         libevent_fails("it runs in the same pass: the loop does not poll again before it is done")) {
  auto& ready = at.loop().open_channel();
  auto& reader = at.loop().make({.descriptor = ready.descriptor(), .what = interest::read}, at.say("reader"));
  EXPECT_THAT(reader.add());
  int calls = 0;
  at.loop()
      .make({},
            [&](tested_event& self, reasons) {
              at.trace.push_back("self");
              if (++calls == 1) ready.make_readable();
              if (calls < 4) self.activate();
            })
      .activate();
  at.loop().run();
  EXPECT_TRACE("self", "self", "reader", "self", "self");
}

}  // namespace
}  // namespace pinwheel::conformance
