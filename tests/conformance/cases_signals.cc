// Signals: rules S1 to S3.
#include <pthread.h>
#include <signal.h>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

CONFORMS(S1, "every base that watches a signal hears it", libevent_fails("only the base that asked last does")) {
  auto& one = at.make_loop();
  auto& two = at.make_loop();
  EXPECT_THAT(one.make({.signal = SIGUSR1, .persistent = true}, at.say("one")).add());
  EXPECT_THAT(two.make({.signal = SIGUSR1, .persistent = true}, at.say("two")).add());
  ::raise(SIGUSR1);
  one.run(loop_flags::nonblock);
  two.run(loop_flags::nonblock);
  EXPECT_TRACE("one", "two");
}

CONFORMS(S1_every_watcher, "all events of a base that watch a signal run") {
  int runs = 0;
  for (int number = 0; number < 3; ++number) {
    EXPECT_THAT(
        at.loop().make({.signal = SIGUSR1}, [&](reasons why) { runs += why == reasons::signal ? 1 : 0; }).add());
  }
  ::raise(SIGUSR1);
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_SAME(runs, 3);
}

CONFORMS(S2, "each delivery is counted, also of those that come while the loop waits") {
  auto& loop = at.loop();
  const pthread_t loop_thread = ::pthread_self();
  int runs = 0;
  auto& hearing = loop.make({.signal = SIGUSR2, .persistent = true}, [&](tested_event& self, reasons) {
    if (++runs == 5) self.remove();
  });
  EXPECT_THAT(hearing.add());
  ::raise(SIGUSR2);
  ::raise(SIGUSR2);
  loop.another_thread(1ms, [&] {
    for (int number = 0; number < 2; ++number) ::raise(SIGUSR2);
    ::pthread_kill(loop_thread, SIGUSR2);
  });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_SAME(runs, 5);
}

void nothing(int) {}

CONFORMS(S2_restored, "the handler from before is back when the last watcher goes, not sooner") {
  const auto current = [] {
    struct sigaction now{};
    ::sigaction(SIGUSR1, nullptr, &now);
    return now.sa_handler;
  };
  ::signal(SIGUSR1, &nothing);
  auto& one = at.loop().make({.signal = SIGUSR1, .persistent = true}, at.say("one"));
  auto& two = at.loop().make({.signal = SIGUSR1, .persistent = true}, at.say("two"));
  EXPECT_THAT(one.add());
  EXPECT_THAT(two.add());
  one.remove();
  EXPECT_THAT(current() != &nothing);
  two.remove();
  EXPECT_THAT(current() == &nothing);
}

CONFORMS(S3, "more deliveries than a pipe has room for are all counted",
         libevent_fails("what its pipe has no room for is lost")) {
  constexpr int deliveries = 70'000;  // A pipe holds 65,536 bytes.
  int runs = 0;
  EXPECT_THAT(at.loop().make({.signal = SIGUSR1, .persistent = true}, [&](reasons) { ++runs; }).add());
  for (int number = 0; number < deliveries; ++number) ::raise(SIGUSR1);
  at.loop().run(loop_flags::nonblock);
  EXPECT_SAME(runs, deliveries);
}

}  // namespace
}  // namespace pinwheel::conformance
