// Descriptors, and callbacks without an event: rules I1 to I5, I11, I12.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "conformance/case.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

CONFORMS(I1, "events share a descriptor; the backend hears of the first and the last for each direction") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  auto& one =
      loop.make({.descriptor = channel.descriptor(), .what = interest::read, .persistent = true}, at.say("one"));
  auto& two = loop.make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("two"));
  auto& early = loop.make({.descriptor = channel.descriptor(), .what = interest::closed}, at.say("early"));
  // poll(2) is told everything at every wait.
  const std::size_t once = loop.backend_name() == "poll" ? 0 : 1;
  std::size_t told = loop.changes();
  const auto told_since = [&] { return loop.changes() - std::exchange(told, loop.changes()); };

  EXPECT_THAT(one.add());
  EXPECT_SAME(told_since(), once);
  EXPECT_THAT(two.add());
  EXPECT_SAME(told_since(), std::size_t{0});
  EXPECT_THAT(early.add());
  EXPECT_SAME(told_since(), once);
  one.remove();
  EXPECT_SAME(told_since(), std::size_t{0});
  two.remove();
  EXPECT_SAME(told_since(), once);
  early.remove();
  EXPECT_SAME(told_since(), once);
}

CONFORMS(I1_all_hear, "every event of a descriptor runs when the descriptor is ready") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  std::array<int, 3> runs{};
  for (int& each : runs) {
    auto& reader = loop.make({.descriptor = channel.descriptor(), .what = interest::read}, [&](reasons why) {
      EXPECT_SAME(why, reasons::readable);
      ++each;
    });
    EXPECT_THAT(reader.add());
  }
  channel.make_readable();
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_THAT(runs == std::array{1, 1, 1});
}

CONFORMS(I2, "events of one descriptor run in order of adding", libevent_fails("the last added runs first")) {
  auto& channel = at.loop().open_channel();
  for (const char* name : {"first", "second", "third"}) {
    EXPECT_THAT(at.loop().make({.descriptor = channel.descriptor(), .what = interest::read}, at.say(name)).add());
  }
  channel.make_readable();
  at.loop().run();
  EXPECT_TRACE("first", "second", "third");
}

CONFORMS(I3, "an event needs no descriptor: a timer, or one that is only activated") {
  auto& timer = at.loop().make({}, [&](reasons why) {
    EXPECT_SAME(why, reasons::timeout);
    at.trace.push_back("timer");
  });
  auto& user = at.loop().make({}, [&](reasons why) {
    EXPECT_SAME(why, reasons::user);
    at.trace.push_back("user");
  });
  EXPECT_THAT(timer.add(1ms));
  user.activate();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("user", "timer");
}

CONFORMS(I4, "an edge-triggered event runs once for each arrival, read or not; a backend without edges refuses it") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  auto& reader =
      loop.make({.descriptor = channel.descriptor(), .what = interest::read | interest::edge, .persistent = true},
                at.say("edge"));
  if (!reader.add()) return EXPECT_SAME(loop.backend_name(), "poll");
  channel.make_readable();
  loop.run(loop_flags::nonblock);
  loop.run(loop_flags::nonblock);
  EXPECT_TRACE("edge");
  channel.make_readable();
  loop.run(loop_flags::nonblock);
  EXPECT_TRACE("edge", "edge");
}

CONFORMS(I4_mixed, "edge- and level-triggered events of one descriptor are refused",
         libevent_fails("refused in its debug mode only")) {
  auto& channel = at.loop().open_channel();
  auto& level = at.loop().make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("level"));
  auto& edge =
      at.loop().make({.descriptor = channel.descriptor(), .what = interest::read | interest::edge}, at.say("edge"));
  EXPECT_THAT(level.add());
  EXPECT_THAT(!edge.add());
  channel.make_readable();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("level");
}

CONFORMS(I5, "a peer that sends no more is a condition of its own") {
  auto& channel = at.loop().open_channel();
  auto& early = at.loop().make({.descriptor = channel.descriptor(), .what = interest::closed}, [&](reasons why) {
    EXPECT_SAME(why, reasons::closed);
    at.trace.push_back("closed");
  });
  EXPECT_THAT(early.add());
  channel.make_readable();
  at.loop().run(loop_flags::nonblock);
  EXPECT_TRACE();
  channel.shut_down_peer();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("closed");
}

// The writing end of a full pipe that nobody reads: neither readable nor writable, an error is all it has to tell.
int broken_pipe() {
  std::array<int, 2> ends{};
  PINWHEEL_CHECK(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) == 0, "no pipe for a case");
  const std::array<char, 4096> filling{};
  while (::write(ends[1], filling.data(), filling.size()) > 0) {
  }
  ::close(ends[0]);
  return ends[1];
}

CONFORMS(I5_error, "an error is told to who waits to read, and to who waits to write") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  channel.make_unwritable();
  channel.close_peer();
  const int broken = loop.time_is_virtual() ? channel.descriptor() : broken_pipe();
  bool reader_ran = false;
  bool writer_ran = false;
  auto& reader = loop.make({.descriptor = broken, .what = interest::read},
                           [&](reasons why) { reader_ran = any(why, reasons::readable); });
  auto& writer = loop.make({.descriptor = broken, .what = interest::write},
                           [&](reasons why) { writer_ran = any(why, reasons::writable); });
  EXPECT_THAT(reader.add());
  EXPECT_THAT(writer.add());
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_THAT(reader_ran && writer_ran);
}

CONFORMS(I11, "whatever watches a descriptor or a signal can be activated as if the kernel had") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  auto& reader = loop.make({.descriptor = channel.descriptor(), .what = interest::read}, [&](reasons why) {
    EXPECT_SAME(why, reasons::readable);
    at.trace.push_back("reader");
  });
  auto& early = loop.make({.descriptor = channel.descriptor(), .what = interest::closed}, at.say("early"));
  auto& hearing = loop.make({.signal = SIGUSR1}, [&](reasons why) {
    EXPECT_SAME(why, reasons::signal);
    at.trace.push_back("signal");
  });
  EXPECT_THAT(reader.add());
  EXPECT_THAT(early.add());
  EXPECT_THAT(hearing.add());
  loop.activate_descriptor(channel.descriptor(), reasons::readable);
  loop.activate_signal(SIGUSR1);
  loop.run(loop_flags::once);
  EXPECT_TRACE("reader", "signal");
}

CONFORMS(I12, "a callback for once needs no event: of a time, a descriptor, or both") {
  auto& loop = at.loop();
  auto& ready = loop.open_channel();
  auto& silent = loop.open_channel();
  EXPECT_THAT(loop.once(ready.descriptor(), interest::read, at.say("descriptor")));
  ready.make_readable();
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("descriptor");
  EXPECT_THAT(loop.once(3ms, at.say("time")));
  EXPECT_THAT(loop.once(silent.descriptor(), interest::read, 1ms, [&](reasons why) {
    EXPECT_SAME(why, reasons::timeout);
    at.trace.push_back("either");
  }));
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("descriptor", "either", "time");
}

int closed_descriptor() {
  const int number = ::dup(STDERR_FILENO);
  PINWHEEL_CHECK(number >= 0, "no descriptor for a case");
  ::close(number);
  return number;
}

CONFORMS(I12_after_a_failure, "after a call of `once` that failed, also other threads can use the base",
         libevent_hangs("the failing call keeps the base's lock")) {
  auto& loop = at.loop();
  const int bad = loop.backend_name() == "simulated" ? -1 : closed_descriptor();
  EXPECT_THAT(!loop.once(bad, interest::read, at.say("never")));
  auto& asked = loop.make({}, at.say("asked"));
  std::atomic<bool> done{false};
  loop.real_thread([&] {
    loop.from_elsewhere().activate(asked);
    done = true;
  });
  while (!done) std::this_thread::yield();
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_TRACE("asked");
}

}  // namespace
}  // namespace pinwheel::conformance
