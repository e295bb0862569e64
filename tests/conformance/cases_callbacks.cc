// What running a callback means: rules C1 to C7.
#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

CONFORMS(C1, "a one-shot event is removed, its timeout too, before its callback runs") {
  auto& channel = at.loop().open_channel();
  auto& event =
      at.loop().make({.descriptor = channel.descriptor(), .what = interest::read}, [&](tested_event& self, reasons) {
        EXPECT_THAT(!self.is_pending() && !self.has_timeout());
        at.trace.push_back("event");
      });
  EXPECT_THAT(event.add(100s));
  channel.make_readable();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_THAT(event.add(1ms));
  channel.read_empty();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("event", "event");
}

CONFORMS(C2, "a persistent event stays, and its timeout is armed again before its callback runs") {
  auto& event = at.loop().make({.persistent = true}, [&](tested_event& self, reasons) {
    at.trace.push_back("event");
    EXPECT_THAT(self.is_pending() && self.has_timeout());
    if (at.trace.size() == 3) self.remove();
  });
  EXPECT_THAT(event.add(2ms));
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("event", "event", "event");
}

CONFORMS(C3, "a signal's callback runs once for each delivery") {
  auto& heard = at.loop().make({.signal = SIGUSR1, .persistent = true}, [&](tested_event& self, reasons why) {
    EXPECT_SAME(why, reasons::signal);
    at.trace.push_back("heard");
    if (at.trace.size() == 3) self.remove();
  });
  EXPECT_THAT(heard.add());
  for (int delivery = 0; delivery < 3; ++delivery) std::raise(SIGUSR1);
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("heard", "heard", "heard");
}

CONFORMS(C3_removed_inside, "removing a signal's event in its callback stops the repeats") {
  auto& heard = at.loop().make({.signal = SIGUSR1, .persistent = true}, [&](tested_event& self, reasons) {
    at.trace.push_back("heard");
    if (at.trace.size() == 2) self.remove();
  });
  EXPECT_THAT(heard.add());
  for (int delivery = 0; delivery < 3; ++delivery) std::raise(SIGUSR1);
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("heard", "heard");
  // Without this one more run, libevent's event would keep a pointer into a stack frame that is gone, and write through
  // it when it is freed.
  heard.activate(reasons::signal);
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("heard", "heard", "heard");
}

CONFORMS(C4, "a callback can be deferred without an event: a task", libevent_lacks("deferred callbacks are internal")) {
  at.loop()
      .make({},
            [&](reasons) {
              EXPECT_SAME(at.loop().post(at.say_now("task")), post_result::taken);
              at.trace.push_back("callback");
            })
      .activate();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("callback", "task");
}

CONFORMS(C5, "a finalized event is never added, activated or run again; its finalizer runs once, on the loop") {
  auto& event = at.loop().make({}, at.say("event"));
  EXPECT_THAT(event.add(1ms));
  event.activate();
  event.finalize(at.say_now("finalizer"));
  EXPECT_TRACE();
  EXPECT_THAT(!event.add() && !event.add(1ms));
  event.activate();
  at.loop().make({}, at.say("other")).activate();
  at.loop().run();
  EXPECT_SAME(at.trace.size(), 2U);
  EXPECT_THAT(std::count(at.trace.begin(), at.trace.end(), "finalizer") == 1);
}

CONFORMS(C5_inside_its_callback, "a finalizer waits for a callback of its event that is running") {
  auto& event = at.loop().make({}, [&](tested_event& self, reasons) {
    self.finalize(at.say_now("finalizer"));
    at.trace.push_back("callback ends");
  });
  event.activate();
  at.loop().run();
  EXPECT_TRACE("callback ends", "finalizer");
}

CONFORMS(C5_that_frees, "finalizing may also free the event, behind its finalizer") {
  auto& event = at.loop().make({}, [&](tested_event& self, reasons) {
    self.finalize_and_delete(at.say_now("finalizer"));
    at.trace.push_back("callback ends");
  });
  event.activate();
  at.loop().run();
  EXPECT_TRACE("callback ends", "finalizer");
}

CONFORMS(C5_delete_later, "any object can be destroyed when the callbacks of the turn are over",
         libevent_lacks("finalizers are for events only")) {
  at.loop()
      .make({},
            [&](reasons) {
              at.loop().delete_later(at.say_now("destroyed"));
              at.trace.push_back("first");
            })
      .activate();
  at.loop().make({}, at.say("second")).activate();
  at.loop().run();
  EXPECT_TRACE("first", "second", "destroyed");
}

CONFORMS(C6, "a callback may destroy its own event") {
  auto& event = at.loop().make({.persistent = true}, [&](tested_event& self, reasons) {
    self.destroy();
    at.trace.push_back("event");
  });
  EXPECT_THAT(event.add(1ms));
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("event");
}

CONFORMS(C6_another, "a callback may destroy or remove events that are active in the same pass: they do not run") {
  auto& destroyed = at.loop().make({}, at.say("destroyed"));
  auto& removed = at.loop().make({}, at.say("removed"));
  auto& last = at.loop().make({}, at.say("last"));
  at.loop()
      .make({},
            [&](reasons) {
              at.trace.push_back("first");
              destroyed.destroy();
              removed.remove();
            })
      .activate();
  for (tested_event* each : {&destroyed, &removed, &last}) each->activate();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("first", "last");
}

CONFORMS(C6_again, "a callback has left its queue before it runs: it may add or activate its own event again") {
  auto& event = at.loop().make({}, [&](tested_event& self, reasons) {
    at.trace.push_back("event");
    EXPECT_THAT(!self.is_pending());
    if (at.trace.size() == 1) EXPECT_THAT(self.add(1ms));
    if (at.trace.size() == 2) self.activate();
  });
  event.activate();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("event", "event", "event");
}

CONFORMS(C6_both_ways_ready, "a handler of a descriptor that is readable and writable may close both its events") {
  auto& channel = at.loop().open_channel();
  channel.make_readable();
  std::vector<tested_event*> both;
  for (const interest each : {interest::read, interest::write}) {
    both.push_back(
        &at.loop().make({.descriptor = channel.descriptor(), .what = each, .persistent = true}, [&](reasons) {
          at.trace.push_back("one of them");
          for (tested_event* doomed : both) doomed->destroy();
        }));
  }
  for (tested_event* each : both) EXPECT_THAT(each->add());
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("one of them");
}

CONFORMS(C7, "an exception of a callback leaves the loop, which can be run again",
         libevent_lacks("C has no exceptions")) {
  at.loop().expect_exceptions();
  at.loop().make({}, [&](reasons) { throw std::runtime_error("from a callback"); }).activate();
  at.loop().make({}, at.say("second")).activate();
  bool thrown = false;
  try {
    at.loop().run();
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  EXPECT_THAT(thrown);
  EXPECT_TRACE();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("second");
}

}  // namespace
}  // namespace pinwheel::conformance
