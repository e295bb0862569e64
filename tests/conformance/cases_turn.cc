// The order in a turn, and how long it waits: rules L10 and L11.
#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

CONFORMS(L10, "in a turn readiness is seen before due timers, and both before any callback runs") {
  auto& ready = at.loop().open_channel();
  auto& timer = at.loop().make({}, at.say("timer"));
  auto& reader = at.loop().make({.descriptor = ready.descriptor(), .what = interest::read}, [&](reasons) {
    at.trace.push_back("reader");
    timer.activate();  // Is active already: due in the same turn.
  });
  EXPECT_THAT(timer.add(1ms) && reader.add());
  ready.make_readable();
  at.loop().let_pass(2ms);
  at.loop().run();
  EXPECT_TRACE("reader", "timer");
}

CONFORMS(L10_whole_turn, "a turn: later-active, prepare watchers, the wait, check watchers, timers, callbacks",
         libevent_lacks("prepare and check watchers came after 2.1.12")) {
  auto& timer = at.loop().make({}, at.say("timer"));
  auto& later = at.loop().make({}, at.say("later"));
  EXPECT_THAT(timer.add(1ms));
  at.loop().let_pass(2ms);
  later.activate_later();
  const std::size_t polls = at.loop().polls();
  const auto active = [&] { return std::to_string(at.loop().counts().active); };
  const auto seen = [&] { return std::to_string(at.loop().polls() - polls); };
  const auto prepare = at.loop().watch_prepare([&](std::optional<duration>) {
    if (at.trace.size() < 4) at.trace.push_back("prepare " + active() + " active after " + seen());
  });
  const auto check = at.loop().watch_check([&] {
    if (at.trace.size() < 4) at.trace.push_back("check " + active() + " active after " + seen());
  });
  at.loop().run(loop_flags::once);
  EXPECT_TRACE("prepare 1 active after 0", "check 1 active after 1", "later", "timer");
}

CONFORMS(L11, "the loop does not wait while something is active") {
  auto& far = at.loop().make({}, at.say("far"));
  EXPECT_THAT(far.add(10s));
  at.loop().make({}, at.say("active")).activate();
  EXPECT_SAME(at.loop().run(loop_flags::once), loop_result::left);
  EXPECT_TRACE("active");
}

CONFORMS(L11_later_active, "the loop does not wait while something is later-active",
         libevent_lacks("activation for the next turn is internal")) {
  auto& far = at.loop().make({}, at.say("far"));
  EXPECT_THAT(far.add(10s));
  auto& later = at.loop().make({}, at.say("later"));
  at.loop().make({}, [&](reasons) { later.activate_later(); }).activate();
  while (at.trace.empty()) EXPECT_SAME(at.loop().run(loop_flags::once), loop_result::left);
  EXPECT_TRACE("later");
}

CONFORMS(L11_earliest_timer, "with nothing active it waits until the earliest timer, in one wait") {
  auto& earliest = at.loop().make({}, [&](reasons) { at.loop().break_loop(); });
  auto& far = at.loop().make({}, at.say("far"));
  EXPECT_THAT(far.add(10s));
  const time_point began = at.loop().clock_now();
  EXPECT_THAT(earliest.add(5ms));
  const std::size_t polls = at.loop().polls();
  at.loop().run();
  EXPECT_THAT(at.loop().clock_now() - began >= 5ms);
  EXPECT_SAME(at.loop().polls() - polls, 1U);
}

CONFORMS(L11_for_ever, "without a timer it waits until something happens, in one wait") {
  auto& silent = at.loop().open_channel();
  auto& reader = at.loop().make({.descriptor = silent.descriptor(), .what = interest::read}, at.say("reader"));
  EXPECT_THAT(reader.add());
  at.loop().another_thread(3ms, [&] { silent.make_readable(); });
  const std::size_t polls = at.loop().polls();
  at.loop().run(loop_flags::once);
  EXPECT_TRACE("reader");
  EXPECT_SAME(at.loop().polls() - polls, 1U);
}

}  // namespace
}  // namespace pinwheel::conformance
