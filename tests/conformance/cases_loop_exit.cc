// How a run ends: rules L9 and L12 to L17.
#include <cerrno>
#include <csignal>

#include "conformance/case.h"
#include "conformance/threads.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

CONFORMS(L9, "a break asked for before the loop starts is honoured by the run that comes, and only by that",
         libevent_fails("it is forgotten at entry")) {
  auto& event = at.loop().make({}, at.say("event"));
  event.activate();
  at.loop().break_loop();
  EXPECT_SAME(at.loop().run(), loop_result::left);
  EXPECT_THAT(at.loop().got_break());
  EXPECT_TRACE();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("event");
}

CONFORMS(L9_exit, "an exit asked for before the loop starts is not lost") {
  at.loop().exit_loop();
  auto& far = at.loop().make({}, at.say("far"));
  EXPECT_THAT(far.add(10s));
  EXPECT_SAME(at.loop().run(), loop_result::left);
  EXPECT_THAT(at.loop().got_exit());
  far.remove();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
}

CONFORMS(L9_from_another_thread, "a break by another thread that came before the loop starts is not lost either",
         libevent_fails("it is forgotten at entry")) {
  {
    case_threads early;
    early.start([&] { at.loop().from_elsewhere().break_loop(); });
  }
  auto& event = at.loop().make({}, at.say("event"));
  event.activate();
  EXPECT_SAME(at.loop().run(), loop_result::left);
  EXPECT_TRACE();
}

CONFORMS(L12, "loop_exit(after) is a deadline, whatever runs: a busy higher priority does not starve it",
         libevent_fails("it is an event of the middle priority, which a busy higher one starves")) {
  auto& loop = at.make_loop({.priorities = 3});
  int calls = 0;
  auto& busy = loop.make({}, [&](tested_event& self, reasons) {
    loop.let_pass(200us);
    if (++calls < 100) self.activate();
  });
  EXPECT_THAT(busy.set_priority(0));
  busy.activate();
  loop.exit_loop(1ms);
  EXPECT_SAME(loop.run(), loop_result::left);
  EXPECT_THAT(loop.got_exit());
  EXPECT_THAT(calls < 100);
}

CONFORMS(L12_noticed_at_once, "no load delays noticing that loop_exit() is due by more than one callback",
         libevent_fails("it waits behind every callback of the pass")) {
  constexpr int links = 20;
  at.loop().exit_loop(3ms);
  const time_point due = at.loop().clock_now() + 3ms;
  int late = 0;  // Callbacks that began after the deadline.
  std::vector<tested_event*> chain;
  for (int link = 0; link < links; ++link) {
    chain.push_back(&at.loop().make({}, [&, link](reasons) {
      if (at.loop().clock_now() > due) ++late;
      at.loop().let_pass(1ms);
      if (link + 1 < links) chain[static_cast<std::size_t>(link) + 1]->activate();
    }));
  }
  chain.front()->activate();
  EXPECT_SAME(at.loop().run(), loop_result::left);
  // One that began between the deadline and the loop's look at it, and what that one activated.
  EXPECT_THAT(late <= 2);
}

CONFORMS(L13, "loop_exit() lets all that is active run, lower priorities too, then leaves",
         libevent_fails("the callbacks of lower priorities stay unrun, though documented otherwise")) {
  auto& loop = at.make_loop({.priorities = 3});
  auto& low = loop.make({}, at.say("low"));
  auto& high = loop.make({}, [&](reasons) { loop.exit_loop(); });
  EXPECT_THAT(low.set_priority(2) && high.set_priority(0));
  low.activate();
  high.activate();
  EXPECT_SAME(loop.run(), loop_result::left);
  EXPECT_TRACE("low");
  EXPECT_THAT(loop.got_exit());
}

CONFORMS(L13_only_what_is_active, "what the last callbacks before an exit activate is left for the next run",
         libevent_fails("what is activated in the same pass runs too")) {
  auto& next = at.loop().make({}, at.say("next"));
  auto& stopper = at.loop().make({}, [&](reasons) { at.loop().exit_loop(); });
  auto& active = at.loop().make({}, [&](reasons) {
    at.trace.push_back("active");
    next.activate();
  });
  stopper.activate();
  active.activate();
  EXPECT_SAME(at.loop().run(), loop_result::left);
  EXPECT_TRACE("active");
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("active", "next");
}

CONFORMS(L14, "loop_break() leaves after the running callback; what was active stays so") {
  auto& second = at.loop().make({}, at.say("second"));
  at.loop().make({}, [&](reasons) { at.loop().break_loop(); }).activate();
  second.activate();
  EXPECT_SAME(at.loop().run(), loop_result::left);
  EXPECT_THAT(at.loop().got_break());
  EXPECT_TRACE();
  at.loop().run();
  EXPECT_TRACE("second");
}

CONFORMS(L14_between_signals, "loop_break() leaves also between the repeats of one signal") {
  int calls = 0;
  auto& heard = at.loop().make({.signal = SIGUSR1, .persistent = true}, [&](reasons) {
    ++calls;
    at.loop().break_loop();
  });
  EXPECT_THAT(heard.add());
  for (int delivery = 0; delivery < 3; ++delivery) std::raise(SIGUSR1);
  EXPECT_SAME(at.loop().run(), loop_result::left);
  EXPECT_SAME(calls, 1);
  heard.remove();
}

CONFORMS(L14_wakes, "loop_break() by another thread wakes the wait") {
  auto& far = at.loop().make({}, at.say("far"));
  EXPECT_THAT(far.add(10s));
  at.loop()
      .make({}, [&](reasons) { at.loop().another_thread(2ms, [&] { at.loop().from_elsewhere().break_loop(); }); })
      .activate();
  EXPECT_SAME(at.loop().run(), loop_result::left);
  EXPECT_THAT(at.loop().got_break());
}

CONFORMS(L15, "loop_continue() drops the rest of the pass, polls, starts from the highest priority; once") {
  auto& loop = at.make_loop({.priorities = 2});
  auto& channel = loop.open_channel();
  int calls = 0;
  auto& high =
      loop.make({.descriptor = channel.descriptor(), .what = interest::read, .persistent = true}, [&](reasons) {
        at.trace.push_back("high");
        channel.read_empty();
        if (++calls == 2) loop.break_loop();
      });
  EXPECT_THAT(high.set_priority(0) && high.add());
  const auto ready_and = [&](std::string name, bool continues) -> tested_event& {
    return loop.make({}, [&, name, continues](reasons) {
      at.trace.push_back(name);
      channel.make_readable();
      if (continues) loop.continue_loop();
    });
  };
  tested_event* const low[] = {&ready_and("continues", true), &ready_and("does not", false),
                               &loop.make({}, at.say("last"))};
  for (tested_event* each : low) {
    EXPECT_THAT(each->set_priority(1));
    each->activate();
  }
  loop.run();
  EXPECT_TRACE("continues", "high", "does not", "last", "high");
}

CONFORMS(L16, "got_exit and got_break are two things, and can be read until the next entry") {
  auto& loop = at.loop();
  auto& exits = loop.make({}, [&](reasons) { loop.exit_loop(); });
  auto& breaks = loop.make({}, [&](reasons) { loop.break_loop(); });
  exits.activate();
  loop.run();
  EXPECT_THAT(loop.got_exit() && !loop.got_break());
  breaks.activate();
  loop.run();
  EXPECT_THAT(!loop.got_exit() && loop.got_break());
  loop.run();
  EXPECT_THAT(!loop.got_exit() && !loop.got_break());
}

CONFORMS(L17, "an interrupted wait (EINTR) is no error",
         not_applicable("simulated", "it makes no system call that a signal could interrupt")) {
  auto& timer = at.loop().make({}, at.say("timer"));
  EXPECT_THAT(timer.add(2ms));
  at.loop().fail_next_poll(EINTR);
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("timer");
}

CONFORMS(L17_failure, "a backend that fails ends the loop with an error, and the loop can be run again") {
  auto& timer = at.loop().make({}, at.say("timer"));
  EXPECT_THAT(timer.add(2ms));
  at.loop().fail_next_poll(EBADF);
  EXPECT_SAME(at.loop().run(), loop_result::backend_failed);
  EXPECT_TRACE();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("timer");
}

}  // namespace
}  // namespace pinwheel::conformance
