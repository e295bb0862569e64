// Arming, running and cancelling timers: rules T1, T2, T4 to T9. T3 has a file of its own.
#include <malloc.h>

#include <algorithm>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

CONFORMS(T1, "adding an armed timer arms it anew") {
  auto& moved = at.loop().make({}, at.say("moved"));
  auto& other = at.loop().make({}, at.say("other"));
  EXPECT_THAT(moved.add(2ms));
  EXPECT_THAT(other.add(4ms));
  EXPECT_THAT(moved.add(6ms));
  at.loop().run();
  EXPECT_TRACE("other", "moved");
}

CONFORMS(T1_never_early, "by the monotonic clock a timer never runs before its timeout is over") {
  auto& loop = at.loop();
  time_point ran{};
  auto& timer = loop.make({}, [&](reasons) { ran = loop.clock_now(); });
  for (const duration timeout : {duration(1ms), duration(3ms), duration(7500us)}) {
    const time_point armed = loop.clock_now();
    EXPECT_THAT(timer.add(timeout));
    loop.run();
    EXPECT_THAT(ran - armed >= timeout);
  }
}

CONFORMS(T2, "arming a timer anew takes back its activation that has not run yet") {
  auto& victim = at.loop().make({}, at.say("victim"));
  auto& first = at.loop().make({}, [&](reasons) {
    at.trace.push_back("first");
    EXPECT_THAT(victim.add(5ms));
  });
  auto& last = at.loop().make({}, at.say("last"));
  EXPECT_THAT(first.add(1ms));
  EXPECT_THAT(victim.add(2ms));
  EXPECT_THAT(last.add(3ms));
  at.loop().let_pass(4ms);
  at.loop().run();
  EXPECT_TRACE("first", "last", "victim");
}

CONFORMS(T4, "an event that was given no timeout has none after it ran either") {
  auto& channel = at.loop().open_channel();
  auto& watched = at.loop().make({.descriptor = channel.descriptor(), .what = interest::read, .persistent = true},
                                 [&](tested_event& self, reasons) {
                                   channel.read_empty();
                                   EXPECT_THAT(!self.has_timeout());
                                   at.trace.push_back("read");
                                 });
  EXPECT_THAT(watched.add());
  channel.make_readable();
  at.loop().run(loop_flags::nonblock);
  EXPECT_TRACE("read");
  EXPECT_THAT(watched.is_pending() && !watched.has_timeout());
}

CONFORMS(T5, "the timeout can be removed and the descriptor kept") {
  auto& channel = at.loop().open_channel();
  auto& watched = at.loop().make({.descriptor = channel.descriptor(), .what = interest::read}, [&](reasons why) {
    EXPECT_SAME(why, reasons::readable);
    at.trace.push_back("read");
  });
  auto& later = at.loop().make({}, [&](reasons) {
    at.trace.push_back("later");
    channel.make_readable();
  });
  EXPECT_THAT(watched.add(1ms));
  EXPECT_THAT(later.add(3ms));
  watched.remove_timeout();
  at.loop().run();
  EXPECT_TRACE("later", "read");
}

CONFORMS(T6, "a timeout activates a descriptor's event with `timeout`, and takes a one-shot one off its descriptor") {
  auto& channel = at.loop().open_channel();
  auto& watched = at.loop().make({.descriptor = channel.descriptor(), .what = interest::read}, [&](reasons why) {
    EXPECT_SAME(why, reasons::timeout);
    at.trace.push_back("timeout");
  });
  EXPECT_THAT(watched.add(1ms));
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  channel.make_readable();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("timeout");
}

CONFORMS(T6_persistent, "a timeout leaves a persistent event on its descriptor") {
  auto& channel = at.loop().open_channel();
  auto& watched = at.loop().make({.descriptor = channel.descriptor(), .what = interest::read, .persistent = true},
                                 [&](tested_event& self, reasons why) {
                                   if (why == reasons::timeout) {
                                     at.trace.push_back("timeout");
                                     self.remove_timeout();
                                     return channel.make_readable();
                                   }
                                   EXPECT_SAME(why, reasons::readable);
                                   at.trace.push_back("read");
                                   self.remove();
                                 });
  EXPECT_THAT(watched.add(1ms));
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("timeout", "read");
}

CONFORMS(T7, "a timer that another thread adds, earlier than all others, wakes the loop") {
  auto& loop = at.loop();
  auto& far = loop.make({}, at.say("far"));
  auto& near = loop.make({}, [&](reasons) {
    at.trace.push_back("near");
    far.remove();
  });
  EXPECT_THAT(far.add(1000s));
  loop.another_thread(1ms, [&] { loop.from_elsewhere().add(near, 1ms); });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("near");
}

CONFORMS(T8, "another thread that removes the event with the earliest timeout wakes the loop") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  auto& waiting = loop.make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("waiting"));
  const time_point began = loop.clock_now();
  EXPECT_THAT(waiting.add(1000s));
  loop.another_thread(1ms, [&] { loop.from_elsewhere().remove(waiting); });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_THAT(loop.clock_now() - began < 1000s);
  EXPECT_TRACE();
}

CONFORMS(T9, "a thousand timers of one duration, declared nowhere, cost no allocation and run in order of arming",
         libevent_fails("cheap only once the duration is declared; a timer of any other is put into a heap")) {
  constexpr int timers = 1000;
  auto& loop = at.loop();
  std::vector<tested_event*> made;
  std::vector<int> ran;
  ran.reserve(timers);
  for (int number = 0; number < timers; ++number) {
    made.push_back(&loop.make({}, [&ran, number](reasons) { ran.push_back(number); }));
  }
  auto& arming = loop.make({}, [&](reasons) {
    const std::size_t in_use = ::mallinfo2().uordblks;
    for (tested_event* each : made) EXPECT_THAT(each->add(2ms));
    EXPECT_SAME(::mallinfo2().uordblks, in_use);
  });
  arming.activate();
  loop.run();
  EXPECT_SAME(ran.size(), std::size_t{timers});
  EXPECT_THAT(std::is_sorted(ran.begin(), ran.end()));
}

}  // namespace
}  // namespace pinwheel::conformance
