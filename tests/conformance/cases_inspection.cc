// Looking inside: rules D1 to D6.
#include <algorithm>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

CONFORMS(D1, "added and active events are counted, with their maxima, which can be reset") {
  auto& loop = at.loop();
  std::vector<tested_event*> timers;
  for (int number = 0; number < 3; ++number) {
    timers.push_back(&loop.make({}, at.say("timer")));
    EXPECT_THAT(timers.back()->add(1000s));
  }
  EXPECT_SAME(loop.counts().added, std::size_t{3});
  timers[0]->remove();
  timers[1]->remove();
  EXPECT_SAME(loop.counts().added, std::size_t{1});
  EXPECT_SAME(loop.maxima().added, std::size_t{3});
  loop.reset_maxima();
  EXPECT_THAT(timers[0]->add(1000s));
  EXPECT_SAME(loop.maxima().added, std::size_t{2});

  loop.make({}, at.say("user")).activate();
  loop.make({}, at.say("user")).activate();
  EXPECT_SAME(loop.counts().active, std::size_t{2});
  loop.run(loop_flags::once);
  EXPECT_TRACE("user", "user");
  EXPECT_SAME(loop.counts().active, std::size_t{0});
  EXPECT_SAME(loop.maxima().active, std::size_t{2});
}

CONFORMS(D1_holds, "holds are counted, with their maximum", libevent_lacks("a virtual event")) {
  auto& loop = at.loop();
  loop.hold();
  loop.hold();
  loop.release();
  EXPECT_SAME(loop.counts().holds, std::size_t{1});
  EXPECT_SAME(loop.maxima().holds, std::size_t{2});
  loop.release();
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
}

CONFORMS(D2, "all pending events can be walked, and a dump tells of them") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  auto& reader = loop.make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("reader"));
  auto& timer = loop.make({}, at.say("timer"));
  auto& both = loop.make({.descriptor = channel.descriptor(), .what = interest::closed}, at.say("both"));
  auto& active = loop.make({}, at.say("active"));
  loop.make({}, at.say("idle"));
  EXPECT_THAT(reader.add());
  EXPECT_THAT(timer.add(1000s));
  EXPECT_THAT(both.add(1000s));
  active.activate();
  std::vector<tested_event*> expected = {&reader, &timer, &both, &active};
  std::vector<tested_event*> walked = loop.walk();
  std::ranges::sort(expected);
  std::ranges::sort(walked);
  EXPECT_THAT(walked == expected);
  EXPECT_THAT(loop.dump().find(std::to_string(channel.descriptor())) != std::string::npos);
}

CONFORMS(D2_json, "the dump can be had as JSON", libevent_lacks("a dump as JSON")) {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  EXPECT_THAT(loop.make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("reader")).add());
  const std::string json = loop.dump_json();
  EXPECT_THAT(json.starts_with("{") && json.ends_with("}"));
  EXPECT_THAT(json.find("\"number\":" + std::to_string(channel.descriptor())) != std::string::npos);
  EXPECT_SAME(std::ranges::count(json, '{'), std::ranges::count(json, '}'));
  EXPECT_SAME(std::ranges::count(json, '['), std::ranges::count(json, ']'));
}

CONFORMS(D3, "the base's invariants can be checked at any time, also inside a callback",
         libevent_lacks("a consistency check")) {
  auto& loop = at.make_loop({.priorities = 3});
  auto& channel = loop.open_channel();
  auto& reader =
      loop.make({.descriptor = channel.descriptor(), .what = interest::read}, [&](tested_event& self, reasons) {
        loop.validate();
        self.destroy();
        loop.validate();
        at.trace.push_back("read");
      });
  auto& timer = loop.make({.persistent = true}, [&](tested_event& self, reasons) {
    loop.validate();
    self.remove();
    loop.validate();
    at.trace.push_back("timer");
  });
  EXPECT_THAT(reader.add(1000s));
  EXPECT_THAT(timer.add(1ms));
  channel.make_readable();
  loop.validate();
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  loop.validate();
  EXPECT_TRACE("read", "timer");
}

CONFORMS(D4, "prepare watchers run before the wait and are told of it, check watchers behind it, each in order",
         libevent_lacks("watchers")) {
  auto& loop = at.loop();
  std::vector<std::optional<duration>> waits;
  const auto prepare_one = loop.watch_prepare([&](std::optional<duration> wait) {
    at.trace.push_back("prepare one");
    waits.push_back(wait);
  });
  const auto prepare_two = loop.watch_prepare([&](std::optional<duration>) { at.trace.push_back("prepare two"); });
  const auto check_one = loop.watch_check([&] { at.trace.push_back("check one"); });
  const auto check_two = loop.watch_check([&] { at.trace.push_back("check two"); });
  loop.make({}, at.say("active")).activate();
  loop.run(loop_flags::nonblock);
  EXPECT_TRACE("prepare one", "prepare two", "check one", "check two", "active");
  at.trace.clear();
  EXPECT_THAT(loop.make({}, at.say("timer")).add(5ms));
  loop.run(loop_flags::once);
  EXPECT_TRACE("prepare one", "prepare two", "check one", "check two", "timer");
  EXPECT_THAT(waits[0] == duration::zero());
  EXPECT_THAT(waits[1].has_value() && *waits[1] <= 5ms);
  if (loop.time_is_virtual()) EXPECT_THAT(waits[1] == duration(5ms));
}

CONFORMS(D4_for_this_wait, "what a prepare watcher adds or activates counts for this very wait",
         libevent_lacks("watchers")) {
  auto& loop = at.loop();
  auto& far = loop.make({}, at.say("far"));
  auto& activated = loop.make({}, at.say("activated"));
  auto& added = loop.make({}, [&](reasons) {
    at.trace.push_back("added");
    far.remove();
  });
  EXPECT_THAT(far.add(1000s));
  std::vector<std::optional<duration>> waits;
  const auto prepare = loop.watch_prepare([&](std::optional<duration> wait) {
    waits.push_back(wait);
    if (waits.size() == 1) activated.activate();
    if (waits.size() == 2) EXPECT_THAT(added.add(1ms));
  });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("activated", "added");
  EXPECT_THAT(waits.size() == 2 && waits[0] > duration(100s) && waits[1] > duration(100s));
}

CONFORMS(D4_frees_itself, "a watcher may free itself", libevent_lacks("watchers")) {
  auto& loop = at.loop();
  tested_loop::watcher prepare;
  tested_loop::watcher check;
  prepare = loop.watch_prepare([&](std::optional<duration>) {
    at.trace.push_back("prepare");
    prepare.reset();
  });
  check = loop.watch_check([&] {
    at.trace.push_back("check");
    check.reset();
  });
  EXPECT_THAT(loop.make({}, at.say("one")).add(1ms));
  EXPECT_THAT(loop.make({}, at.say("two")).add(3ms));
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("prepare", "check", "one", "two");
}

CONFORMS(D5, "in debug builds an event that the loop does not know, or no longer, ends the process with a message") {
  auto& loop = at.make_loop({.debug_mode = true});
  std::string said;
  EXPECT_THAT(kills_process([&] { loop.use_unknown_event(); }, &said));
  EXPECT_THAT(said.find("event") != std::string::npos);
}

CONFORMS(D6, "a callback can ask which event runs") {
  auto& loop = at.loop();
  std::vector<tested_event*> running;
  const called ask = [&](reasons) { running.push_back(loop.running_event()); };
  auto& first = loop.make({}, ask);
  auto& second = loop.make({}, ask);
  first.activate();
  second.activate();
  loop.run();
  EXPECT_THAT(running == std::vector{&first, &second});
}

CONFORMS(D6_none, "outside of callbacks no event runs", libevent_fails("it reads through a null pointer")) {
  auto& loop = at.loop();
  EXPECT_THAT(loop.running_event() == nullptr);
  loop.make({}, at.say("ran")).activate();
  loop.run();
  EXPECT_TRACE("ran");
  EXPECT_THAT(loop.running_event() == nullptr);
}

}  // namespace
}  // namespace pinwheel::conformance
