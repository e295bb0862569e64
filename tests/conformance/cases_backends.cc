// What the backend does with what it is told, how it is chosen, and fork: rules I7 to I10, I13.
#include <unistd.h>

#include <atomic>
#include <thread>

#include "conformance/case.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel::conformance {
namespace {

CONFORMS(I7, "gathered in a change list, a turn's changes of one descriptor are one call",
         not_applicable("poll", "poll(2) is told everything at every wait"),
         not_applicable("simulated", "a change in memory costs no call to save")) {
  auto& loop = at.make_loop({.change_list = true});
  auto& channel = loop.open_channel();
  auto& reader = loop.make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("read"));
  auto& early = loop.make({.descriptor = channel.descriptor(), .what = interest::closed}, at.say("closed"));
  loop.make({}, at.say("first turn")).activate();
  loop.run(loop_flags::nonblock);  // What the loop watches for itself is told.
  const std::size_t told = loop.changes();
  EXPECT_THAT(reader.add());
  EXPECT_THAT(early.add());
  reader.remove();
  EXPECT_THAT(reader.add());
  EXPECT_SAME(loop.changes() - told, std::size_t{0});
  loop.run(loop_flags::nonblock);
  EXPECT_SAME(loop.changes() - told, std::size_t{1});
  channel.make_readable();
  loop.run(loop_flags::once);
  EXPECT_TRACE("first turn", "read");
}

CONFORMS(I8, "a descriptor that was closed and opened again while it was watched can be watched further") {
  auto& channel = at.loop().open_channel();
  auto& reader = at.loop().make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("read"));
  auto& early = at.loop().make({.descriptor = channel.descriptor(), .what = interest::closed}, at.say("closed"));
  EXPECT_THAT(reader.add());
  channel.reopen();
  EXPECT_THAT(early.add());  // The kernel has nothing there to modify.
  channel.make_readable();
  at.loop().run(loop_flags::once);
  EXPECT_TRACE("read");
  channel.reopen();
  early.remove();  // Nor to delete.
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
}

CONFORMS(I8_present, "a descriptor that the kernel still watches, though the loop believes otherwise, can be added") {
  auto& channel = at.loop().open_channel();
  auto& reader = at.loop().make({.descriptor = channel.descriptor(), .what = interest::read}, at.say("read"));
  EXPECT_THAT(reader.add());
  channel.hide_number();
  reader.remove();
  channel.show_number();
  EXPECT_THAT(reader.add());
  channel.make_readable();
  EXPECT_SAME(at.loop().run(), loop_result::nothing_to_do);
  EXPECT_TRACE("read");
}

CONFORMS(I9, "a wait that fills the room for ready descriptors doubles it for the next",
         not_applicable("poll", "poll(2) reports all of them at once"),
         not_applicable("simulated", "there is no array to fill")) {
  constexpr int descriptors = 224;
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  int runs = 0;
  std::vector<int> copies;
  for (int number = 0; number < descriptors; ++number) {
    copies.push_back(::dup(channel.descriptor()));
    EXPECT_THAT(copies.back() >= 0);
    EXPECT_THAT(loop.make({.descriptor = copies.back(), .what = interest::read}, [&](reasons) { ++runs; }).add());
  }
  channel.make_readable();
  loop.run(loop_flags::once);
  const int at_first = runs;
  EXPECT_THAT(at_first > 0 && at_first < descriptors / 3);
  loop.run(loop_flags::once);
  EXPECT_SAME(runs - at_first, 2 * at_first);
  EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  EXPECT_SAME(runs, descriptors);
  for (const int each : copies) ::close(each);
}

CONFORMS(I10, "a backend is chosen by what to avoid, by the features it must have, and by the environment",
         not_applicable("simulated", "it is made by hand, never chosen")) {
  EXPECT_SAME(at.make_loop({.avoid_backends = {"epoll"}}).backend_name(), "poll");
  EXPECT_SAME(at.make_loop({.require_edge_triggered = true}).backend_name(), "epoll");
  EXPECT_THAT(at.refuses({.avoid_backends = {"epoll"}, .require_edge_triggered = true}));
  EXPECT_SAME(at.make_loop({.avoid_by_environment = {"epoll"}}).backend_name(), "poll");
}

CONFORMS(I13, "after fork the child re-initialises the base and goes on with the same events; the parent is unharmed") {
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  auto& reader =
      loop.make({.descriptor = channel.descriptor(), .what = interest::read, .persistent = true}, [&](reasons) {
        channel.read_empty();
        at.trace.push_back("read");
        loop.break_loop();
      });
  auto& woken = loop.make({}, [&](reasons) {
    at.trace.push_back("woken");
    loop.break_loop();
  });
  EXPECT_THAT(reader.add());
  const bool child_failed = kills_process([&] {
    EXPECT_THAT(loop.reinit_after_fork());
    channel.make_readable();
    loop.run();
    loop.another_thread({}, [&] { loop.from_elsewhere().activate(woken); });
    loop.run();
    EXPECT_TRACE("read", "woken");
    reader.remove();
    EXPECT_SAME(loop.run(), loop_result::nothing_to_do);
  });
  EXPECT_THAT(!child_failed);
  channel.make_readable();
  loop.run();
  EXPECT_TRACE("read");
}

}  // namespace
}  // namespace pinwheel::conformance
