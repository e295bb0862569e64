// When a persistent event's timeout is due again: rule T3.
#include <algorithm>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

constexpr int rounds_max = 50;
constexpr duration interval = 40ms;

// The order of two runs of a persistent timer, the first of which comes `first` after it was armed, and of a mark that
// is due `mark` after. Timers run by deadline, so a machine that stalls changes it only before the first run.
names order_of_runs(tested_loop& loop, duration first, duration mark, void (tested_event::*policy)() = nullptr) {
  names order;
  auto& timer = loop.make({.persistent = true}, [&](tested_event& self, reasons) {
    order.emplace_back("run");
    if (std::ranges::count(order, "run") == 2) self.remove();
  });
  auto& marking = loop.make({}, [&](reasons) { order.emplace_back("mark"); });
  if (policy != nullptr) (timer.*policy)();
  EXPECT_THAT(marking.add(mark));
  EXPECT_THAT(timer.add(interval));
  loop.let_pass(first);
  loop.run();
  return order;
}

const names mark_comes_last = {"run", "run", "mark"};

CONFORMS(T3, "after a timeout the next one counts from when this one was due") {
  // Due after 40 ms and 80 ms, though the first comes 4 ms late; counted from then the second would be due after 84 ms.
  bool shown = false;
  for (int round = 0; round < rounds_max && !shown; ++round) {
    shown = order_of_runs(at.loop(), 44ms, 82ms) == mark_comes_last;
  }
  EXPECT_THAT(shown);
}

CONFORMS(T3_no_burst, "timeouts that were missed are not made up for: the next one counts from now") {
  auto& loop = at.loop();
  std::vector<time_point> ran;
  auto& timer = loop.make({.persistent = true}, [&](tested_event& self, reasons) {
    ran.push_back(loop.clock_now());
    if (ran.size() == 2) self.remove();
  });
  EXPECT_THAT(timer.add(5ms));
  loop.let_pass(23ms);
  const time_point turn_began = loop.clock_now();
  loop.run();
  EXPECT_SAME(ran.size(), std::size_t{2});
  EXPECT_THAT(ran[1] - turn_began >= 5ms);
}

CONFORMS(T3_after_input, "after input the timeout counts from the input") {
  static const std::vector expected = {reasons::timeout, reasons::readable, reasons::timeout};
  auto& loop = at.loop();
  auto& channel = loop.open_channel();
  time_point input{};
  time_point ended{};
  auto& late = loop.make({}, [&](reasons) {
    input = loop.clock_now();
    channel.make_readable();
  });
  std::vector<reasons> why_ran;
  auto& watched = loop.make({.descriptor = channel.descriptor(), .what = interest::read, .persistent = true},
                            [&](tested_event& self, reasons why) {
                              why_ran.push_back(why);
                              if (why_ran.size() == 1) EXPECT_THAT(late.add(6ms));
                              if (any(why, reasons::readable)) channel.read_empty();
                              if (why_ran.size() < expected.size()) return;
                              ended = loop.clock_now();
                              self.remove();
                            });
  // Again if the machine stalled until the next timeout came before the input, or with it.
  for (int round = 0; round < rounds_max && why_ran != expected; ++round) {
    why_ran.clear();
    channel.read_empty();
    EXPECT_THAT(watched.add(12ms));
    loop.run();
  }
  EXPECT_THAT(why_ran == expected);
  EXPECT_THAT(ended - input >= 12ms);
}

CONFORMS(T3_fixed_rate, "at a fixed rate timeouts stay on the grid of whole intervals, and what was missed is skipped",
         libevent_lacks("a repeat policy")) {
  // The first comes after 90 ms, the second is due after 120 ms; by default it would be after 130 ms.
  bool shown = false;
  for (int round = 0; round < rounds_max && !shown; ++round) {
    const time_point armed = at.loop().clock_now();
    shown = order_of_runs(at.loop(), 90ms, 125ms, &tested_event::repeat_at_fixed_rate) == mark_comes_last;
    EXPECT_THAT(at.loop().clock_now() - armed >= 120ms);
  }
  EXPECT_THAT(shown);
}

CONFORMS(T3_fixed_delay, "at a fixed delay a timeout counts from the end of the callbacks before it",
         libevent_lacks("a repeat policy")) {
  auto& loop = at.loop();
  std::vector<time_point> began;
  std::vector<time_point> ended;
  auto& timer = loop.make({.persistent = true}, [&](tested_event& self, reasons) {
    began.push_back(loop.clock_now());
    loop.let_pass(6ms);
    ended.push_back(loop.clock_now());
    if (began.size() == 2) self.remove();
  });
  timer.repeat_at_fixed_delay();
  EXPECT_THAT(timer.add(10ms));
  loop.run();
  EXPECT_SAME(began.size(), std::size_t{2});
  EXPECT_THAT(began[1] - ended[0] >= 10ms);
  if (loop.time_is_virtual()) EXPECT_SAME(began[1] - ended[0], duration(10ms));
}

}  // namespace
}  // namespace pinwheel::conformance
