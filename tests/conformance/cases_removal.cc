// Removing an event of another thread's loop: rules N7, N8.
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

// Set by one thread, awaited by another.
class flag {
 public:
  void set() { is_set_ = true; }
  [[nodiscard]] bool is_set() const { return is_set_; }
  void await() const {
    while (!is_set_) std::this_thread::yield();
  }

 private:
  std::atomic<bool> is_set_{false};
};

// Real time, also where the loop's is virtual: for another thread to use.
void spin(std::chrono::nanoseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

CONFORMS(N7, "removing and waiting, from another thread, lasts as long as the event's callback runs") {
  auto& loop = at.loop();
  flag inside;
  flag asked;
  flag over;
  flag returned;
  bool was_over = false;
  auto& event = loop.make({}, [&](reasons) {
    inside.set();
    asked.await();
    spin(5ms);
    over.set();
  });
  loop.real_thread([&] {
    inside.await();
    asked.set();
    loop.from_elsewhere().remove_and_wait(event);
    was_over = over.is_set();
    returned.set();
  });
  event.activate();
  loop.run();
  returned.await();
  EXPECT_THAT(was_over);
}

CONFORMS(N7_never_again, "after removing and waiting, the callback neither runs nor will") {
  auto& loop = at.loop();
  std::atomic<int> runs{0};
  std::atomic<bool> inside{false};
  flag returned;
  int runs_then = 0;
  bool inside_then = true;
  auto& timer = loop.make({.persistent = true}, [&](reasons) {
    inside = true;
    spin(200us);
    ++runs;
    inside = false;
  });
  EXPECT_THAT(timer.add(100us));
  loop.real_thread([&] {
    while (runs < 3) std::this_thread::yield();
    loop.from_elsewhere().remove_and_wait(timer);
    inside_then = inside;
    runs_then = runs;
    returned.set();
  });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  returned.await();
  EXPECT_THAT(!inside_then);
  EXPECT_SAME(runs.load(), runs_then);
}

CONFORMS(N7_without_waiting, "the variant that does not wait returns while the callback runs") {
  auto& loop = at.loop();
  flag inside;
  flag returned;
  auto& event = loop.make({}, [&](reasons) {
    inside.set();
    returned.await();
    at.trace.push_back("ran");
  });
  loop.real_thread([&] {
    inside.await();
    loop.from_elsewhere().remove(event);
    returned.set();
  });
  event.activate();
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("ran");
}

CONFORMS(N7_on_the_loop, "on the loop's own thread a removal never waits, not even for itself") {
  auto& loop = at.loop();
  auto& timer = loop.make({.persistent = true}, [&](tested_event& self, reasons) {
    at.trace.push_back("ran");
    loop.from_elsewhere().remove_and_wait(self);
    EXPECT_THAT(!self.is_pending());
  });
  EXPECT_THAT(timer.add(1ms));
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("ran");
}

CONFORMS(N7_nobody_runs_it, "an event of a base that nobody runs is removed at once, also one that is active") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  auto& timer = loop.make({}, at.say("timer"));
  auto& reader = loop.make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("read"));
  EXPECT_THAT(timer.add(1ms));
  EXPECT_THAT(reader.add());
  reader.activate();
  channel.make_readable();
  flag returned;
  loop.real_thread([&] {
    loop.from_elsewhere().remove_and_wait(timer);
    loop.from_elsewhere().remove_and_wait(reader);
    returned.set();
  });
  returned.await();
  EXPECT_THAT(!timer.is_pending() && !reader.is_pending());
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE();
}

CONFORMS(N7_two_loops, "two loops that wait for each other's callbacks are stopped in debug builds, with the way out",
         libevent_hangs("both wait for ever")) {
  auto& one = at.make_loop();
  auto& two = at.make_loop();
  std::string said;
  EXPECT_THAT(kills_process(
      [&] {
        flag inside_one;
        flag inside_two;
        tested_event* of_two = nullptr;
        auto& of_one = one.make({}, [&](reasons) {
          inside_one.set();
          inside_two.await();
          two.from_elsewhere().remove_and_wait(*of_two);
        });
        of_two = &two.make({}, [&](reasons) {
          inside_two.set();
          inside_one.await();
          one.from_elsewhere().remove_and_wait(of_one);
        });
        of_one.activate();
        of_two->activate();
        one.real_thread([&] { two.run(); });
        one.run();
      },
      &said));
  EXPECT_THAT(said.find("remove_async") != std::string::npos);
}

CONFORMS(N8, "a thread that holds a lock which the callback takes can remove the event: it is told when that is done",
         libevent_lacks("a removal that calls back; waiting for this one would never end")) {
  auto& loop = at.loop();
  std::mutex guard;
  flag inside;
  flag locked;
  auto& timer = loop.make({.persistent = true}, [&](reasons) {
    inside.set();
    locked.await();
    const std::lock_guard hold(guard);
    at.trace.push_back("ran");
  });
  EXPECT_THAT(timer.add(1ms));
  loop.real_thread([&] {
    inside.await();
    const std::lock_guard hold(guard);
    locked.set();
    loop.from_elsewhere().remove_async(timer, [&] {
      EXPECT_THAT(!timer.is_pending());
      at.trace.push_back("removed");
    });
  });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("ran", "removed");
}

}  // namespace
}  // namespace pinwheel::conformance
