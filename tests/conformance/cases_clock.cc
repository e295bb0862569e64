// The clock of a loop, and when a timer is due by it: rules T10 to T14.
#include <array>
#include <string>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

CONFORMS(T10, "all callbacks of a turn see one reading of the clock") {
  auto& loop = at.loop();
  std::vector<time_point> seen;
  const called look = [&](reasons) {
    seen.push_back(loop.now());
    loop.let_pass(2ms);
    seen.push_back(loop.now());
  };
  loop.make({}, look).activate();
  loop.make({}, look).activate();
  loop.run();
  EXPECT_SAME(seen.size(), std::size_t{4});
  EXPECT_THAT(seen == std::vector<time_point>(4, seen.front()));
}

CONFORMS(T10_refreshed, "the clock can be read again within a turn") {
  auto& loop = at.loop();
  loop.make({},
            [&](reasons) {
              const time_point before = loop.now();
              loop.let_pass(2ms);
              loop.refresh_time();
              EXPECT_THAT(loop.now() - before >= 2ms);
              at.trace.push_back("refreshed");
            })
      .activate();
  loop.run();
  EXPECT_TRACE("refreshed");
}

CONFORMS(T10_uncached, "the cached time can be turned off") {
  auto& loop = at.make_loop({.cache_time = false});
  loop.make({},
            [&](reasons) {
              const time_point before = loop.now();
              loop.let_pass(2ms);
              EXPECT_THAT(loop.now() - before >= 2ms);
              at.trace.push_back("seen");
            })
      .activate();
  loop.run();
  EXPECT_TRACE("seen");
}

CONFORMS(T11, "a timer armed late in a long callback never runs early",
         libevent_fails("it counts from the time cached before the callback")) {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  time_point armed{};
  time_point ran{};
  auto& timer = loop.make({}, [&](reasons) { ran = loop.clock_now(); });
  // Ends the next wait at once, so that the clock is read again.
  EXPECT_THAT(loop.make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("read")).add());
  loop.make({},
            [&](reasons) {
              channel.make_readable();
              loop.let_pass(20ms);
              armed = loop.clock_now();
              EXPECT_THAT(timer.add(20ms));
            })
      .activate();
  loop.run();
  EXPECT_TRACE("read");
  EXPECT_THAT(ran - armed >= 20ms);
}

CONFORMS(T11_one_reading, "timers armed by callbacks of one pass count from one reading of the clock behind it") {
  auto& loop = at.loop();
  time_point pass_over{};
  time_point ran{};
  auto& longer = loop.make({}, [&](reasons) {
    at.trace.push_back("longer");
    ran = loop.clock_now();
  });
  auto& shorter = loop.make({}, at.say("shorter"));
  loop.make({},
            [&](reasons) {
              EXPECT_THAT(longer.add(8ms));
              loop.let_pass(6ms);
            })
      .activate();
  loop.make({},
            [&](reasons) {
              EXPECT_THAT(shorter.add(6ms));
              pass_over = loop.clock_now();
            })
      .activate();
  loop.run();
  EXPECT_TRACE("shorter", "longer");
  if (loop.time_is_virtual()) EXPECT_SAME(ran - pass_over, duration(8ms));
}

CONFORMS(T11_exact, "a deadline can be given as a time, also in a long callback",
         libevent_lacks("a timer with an exact deadline")) {
  auto& loop = at.loop();
  const time_point began = loop.clock_now();
  time_point ran{};
  auto& exact = loop.make({}, [&](reasons) {
    at.trace.push_back("exact");
    ran = loop.clock_now();
  });
  auto& counted = loop.make({}, at.say("counted"));
  loop.make({},
            [&](reasons) {
              loop.let_pass(5ms);
              EXPECT_THAT(counted.add(12ms));
              EXPECT_THAT(exact.add_at(began + 12ms));
            })
      .activate();
  loop.run();
  EXPECT_TRACE("exact", "counted");
  EXPECT_THAT(ran - began >= 12ms);
  if (loop.time_is_virtual()) EXPECT_SAME(ran - began, duration(12ms));
}

CONFORMS(T12, "on request a timer keeps a fraction of a millisecond") {
  auto& loop = at.make_loop({.precise_timeouts = true});
  time_point ran{};
  auto& timer = loop.make({}, [&](reasons) { ran = loop.clock_now(); });
  bool kept = false;  // Once is enough: a busy machine makes any wait longer.
  for (int round = 0; round < 200 && !kept; ++round) {
    const time_point armed = loop.clock_now();
    EXPECT_THAT(timer.add(200us));
    loop.run();
    EXPECT_THAT(ran - armed >= 200us);
    kept = ran - armed < 1ms;
  }
  EXPECT_THAT(kept);
}

CONFORMS(T13, "a cancelled timer never runs, though it was due with the one that cancels it") {
  auto& cancelled = at.loop().make({}, at.say("cancelled"));
  auto& first = at.loop().make({}, [&](reasons) {
    at.trace.push_back("first");
    cancelled.remove();
  });
  EXPECT_THAT(first.add(1ms));
  EXPECT_THAT(cancelled.add(2ms));
  at.loop().let_pass(3ms);
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("first");
}

CONFORMS(T14, "timers that are due in one turn run by deadline") {
  auto& third = at.loop().make({}, at.say("third"));
  auto& first = at.loop().make({}, at.say("first"));
  auto& second = at.loop().make({}, at.say("second"));
  auto& until_due = at.loop().make({}, [&](reasons) { at.loop().let_pass(4ms); });
  // In a callback, so that all count from one moment.
  at.loop()
      .make({},
            [&](reasons) {
              EXPECT_THAT(third.add(3ms) && first.add(1ms) && second.add(2ms));
              until_due.activate();
            })
      .activate();
  at.loop().run();
  EXPECT_TRACE("first", "second", "third");
}

CONFORMS(T14_equal_deadlines, "timers of one deadline run in order of arming",
         libevent_fails("its heap keeps no order among equals")) {
  std::array<tested_event*, 5> timers{};
  names expected;
  for (tested_event*& each : timers) {
    expected.push_back(std::to_string(expected.size()));
    each = &at.loop().make({}, at.say(expected.back()));
  }
  at.loop()
      .make({},
            [&](reasons) {
              for (tested_event* each : timers) EXPECT_THAT(each->add(2ms));
            })
      .activate();
  at.loop().run();
  EXPECT_SAME(at.trace, expected);
}

}  // namespace
}  // namespace pinwheel::conformance
