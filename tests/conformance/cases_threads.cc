// What other threads may do, and how they wake a loop: rules N1 to N6, N10, N12.
#include <atomic>
#include <filesystem>
#include <thread>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

void wait_until(const std::function<bool()>& reached) {
  while (!reached()) std::this_thread::yield();
}

// Keeps the loop from being empty, and from waiting for ever; `remove()` lets it end.
tested_event& far_timer(scene& at) {
  auto& timer = at.loop().make({}, at.say("far"));
  EXPECT_THAT(timer.add(1000s));
  return timer;
}

CONFORMS(N1, "another thread may use a base without the program having said that it has threads",
         libevent_hangs("nothing wakes the wait, and nothing guards the base")) {
  auto& loop = at.make_loop({.announce_threads = false});
  auto& far = far_timer(at);
  auto& asked = loop.make({}, [&](reasons) {
    at.trace.push_back("asked");
    far.remove();
  });
  loop.another_thread(1ms, [&] { loop.from_elsewhere().activate(asked); });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("asked");
}

CONFORMS(N1_misuse, "a loop-bound call from another thread aborts in debug builds, with the name of the call",
         libevent_fails("unguarded without thread support, and not reported")) {
  auto& loop = at.make_loop({.announce_threads = false});
  std::string said;
  EXPECT_THAT(kills_process(
      [&] {
        std::atomic<bool> over{false};
        auto& busy = loop.make({}, [&](reasons) {
          loop.real_thread([&] {
            loop.break_loop();
            over = true;
          });
          wait_until([&] { return over.load(); });
        });
        busy.activate();
        loop.run();
      },
      &said));
  EXPECT_THAT(said.find("loop_break") != std::string::npos);
}

// How many open descriptors of this process are of that kind.
std::size_t descriptors_like(std::string_view kind) {
  std::size_t found = 0;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(each, gone).string().starts_with(kind)) ++found;
  }
  return found;
}

CONFORMS(N3, "a loop is woken over an eventfd, or over a pipe instead") {
  const std::size_t eventfds = descriptors_like("anon_inode:[eventfd]");
  const std::size_t pipes = descriptors_like("pipe:");
  auto& loop = at.loop();
  const bool has_eventfd = loop.notifier() == notifier_kind::eventfd;
  EXPECT_SAME(descriptors_like("anon_inode:[eventfd]") - eventfds, std::size_t{has_eventfd ? 1U : 0U});
  if (!has_eventfd) EXPECT_SAME(descriptors_like("pipe:") - pipes, std::size_t{2});
  loop.another_thread(1ms, [&] { loop.from_elsewhere().exit_loop(); });
  far_timer(at);
  EXPECT_SAME(loop.run(), loop_result::left);
  EXPECT_TRACE();
}

CONFORMS(N4, "what wakes a loop does so again and again, goes before the callbacks it brings, and is counted nowhere") {
  auto& loop = at.make_loop({.priorities = 3});
  auto& far = far_timer(at);
  int wakes = 0;
  auto& asked = loop.make({}, [&](tested_event& self, reasons) {
    EXPECT_SAME(loop.counts().active, std::size_t{0});
    EXPECT_SAME(loop.walk().size(), std::size_t{1});
    if (++wakes == 3) return far.remove();
    loop.another_thread(1ms, [&] { loop.from_elsewhere().activate(self); });
  });
  loop.another_thread(1ms, [&] { loop.from_elsewhere().activate(asked); });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_SAME(wakes, 3);
}

// Activates all of `events` from a real thread while a callback of the loop runs; answers how many notifications were
// written for it.
std::size_t notifications_in_a_callback(tested_loop& loop, const std::vector<tested_event*>& events) {
  std::atomic<bool> over{false};
  std::size_t before = 0;
  std::size_t after = 0;
  auto& busy = loop.make({}, [&](reasons) {
    before = loop.notifications();
    loop.real_thread([&] {
      for (tested_event* each : events) loop.from_elsewhere().activate(*each);
      over = true;
    });
    wait_until([&] { return over.load(); });
    after = loop.notifications();
  });
  busy.activate();
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  return after - before;
}

std::vector<tested_event*> make_many(scene& at, int count, int& runs) {
  std::vector<tested_event*> made;
  for (int number = 0; number < count; ++number) made.push_back(&at.loop().make({}, [&](reasons) { ++runs; }));
  return made;
}

CONFORMS(N5, "any number of notifications that the loop has not seen cost one write") {
  int runs = 0;
  const auto events = make_many(at, 100, runs);
  EXPECT_THAT(notifications_in_a_callback(at.loop(), events) <= 1);
  EXPECT_SAME(runs, 100);
  if (!at.loop().time_is_virtual()) return;  // Elsewhere the loop may wake, and sleep again, between two of them.
  auto& loop = at.loop();
  auto& far = far_timer(at);
  const std::size_t before = loop.notifications();
  loop.another_thread(1ms, [&] {
    for (tested_event* each : events) loop.from_elsewhere().activate(*each);
    loop.from_elsewhere().remove(far);
  });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_SAME(runs, 200);
  EXPECT_SAME(loop.notifications() - before, std::size_t{1});
}

CONFORMS(N5_awake, "no notification is written while the loop is awake",
         libevent_fails("one is, though the loop runs callbacks")) {
  int runs = 0;
  const auto events = make_many(at, 100, runs);
  EXPECT_SAME(notifications_in_a_callback(at.loop(), events), std::size_t{0});
  EXPECT_SAME(runs, 100);
}

CONFORMS(N6, "an activation by another thread wakes the wait") {
  auto& loop = at.loop();
  auto& far = far_timer(at);
  auto& asked = loop.make({}, [&](reasons) {
    at.trace.push_back("asked");
    far.remove();
  });
  loop.another_thread(1ms, [&] { loop.from_elsewhere().activate(asked); });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("asked");
}

CONFORMS(N6_add, "an event that another thread adds is waited for at once") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  auto& far = far_timer(at);
  auto& reader = loop.make({.descriptor = channel.descriptor(), .what = interest::read}, [&](reasons) {
    at.trace.push_back("read");
    far.remove();
  });
  channel.make_readable();
  loop.another_thread(1ms, [&] { loop.from_elsewhere().add(reader); });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("read");
}

CONFORMS(N6_remove, "a loop whose last event another thread removes has nothing to do") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  auto& reader = loop.make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("read"));
  EXPECT_THAT(reader.add());
  loop.another_thread(1ms, [&] { loop.from_elsewhere().remove(reader); });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE();
}

CONFORMS(N6_break, "a break by another thread wakes the wait") {
  auto& loop = at.loop();
  far_timer(at);
  // From inside: one that came before the entry would be another rule's (L9).
  loop.make({}, [&](reasons) { loop.another_thread(1ms, [&] { loop.from_elsewhere().break_loop(); }); }).activate();
  EXPECT_SAME(loop.run(), loop_result::left);
  EXPECT_THAT(loop.got_break());
  EXPECT_TRACE();
}

CONFORMS(N6_continue, "a continue by another thread wakes the wait, and the loop waits anew") {
  auto& loop = at.loop();
  far_timer(at);
  auto& begin = loop.make({}, [&](reasons) {
    const std::size_t polled = loop.polls();
    loop.another_thread(1ms, [&, polled] {
      wait_until([&] { return loop.polls() > polled; });
      loop.from_elsewhere().continue_loop();
    });
    loop.another_thread(2ms, [&, polled] {
      wait_until([&] { return loop.polls() > polled + 1; });
      loop.from_elsewhere().break_loop();
    });
  });
  begin.activate();
  EXPECT_SAME(loop.run(), loop_result::left);
  EXPECT_TRACE();
}

CONFORMS(N10, "a wake-up alone neither satisfies `once` nor keeps the loop alive") {
  auto& loop = at.loop();
  EXPECT_THAT(loop.make({}, at.say("timer")).add(8ms));
  loop.another_thread(1ms, [&] { loop.from_elsewhere().continue_loop(); });
  EXPECT_SAME(loop.run(loop_flags::once), loop_result::left);
  EXPECT_TRACE("timer");
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
}

CONFORMS(N10_posted, "a task posted while `once` waits is run by that wait",
         libevent_lacks("a deferred callback without an event")) {
  auto& loop = at.loop();
  far_timer(at);
  const time_point began = loop.clock_now();
  loop.another_thread(
      2ms, [&] { EXPECT_SAME(loop.from_elsewhere().post([&] { at.trace.push_back("task"); }), post_result::taken); });
  EXPECT_SAME(loop.run(loop_flags::once), loop_result::left);
  EXPECT_TRACE("task");
  if (loop.time_is_virtual()) EXPECT_SAME(loop.clock_now() - began, duration(2ms));
}

CONFORMS(N12, "a hold keeps a loop alive that has nothing registered, until it is released",
         libevent_lacks("a virtual event")) {
  auto& loop = at.loop();
  loop.hold();
  loop.another_thread(2ms, [&] {
    EXPECT_SAME(loop.from_elsewhere().post([&] {
      at.trace.push_back("task");
      loop.release();
    }),
                post_result::taken);
  });
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("task");
}

}  // namespace
}  // namespace pinwheel::conformance
