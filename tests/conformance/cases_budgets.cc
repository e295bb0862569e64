// When a pass ends before its queue is empty, and what waits for the next turn: rules A7 to A11.
#include <algorithm>
#include <atomic>
#include <csignal>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

using namespace std::chrono_literals;

// Active callbacks of priority 1, and a reader of priority 0 that the first of them makes ready without activating it.
class backlog {
 public:
  backlog(scene& at, tested_loop& loop, int count, duration each_takes) : loop_(loop), channel_(loop.open_channel()) {
    auto& reader = loop.make({.descriptor = channel_.descriptor(), .what = interest::read}, at.say("important"));
    EXPECT_THAT(reader.set_priority(0) && reader.add());
    for (int each = 0; each < count; ++each) {
      auto& made = loop.make({}, [this, &at, each_takes](reasons) {
        if (began_ == time_point{}) {
          began_ = loop_.clock_now();
          channel_.make_readable();
        }
        at.trace.push_back("backlog");
        loop_.let_pass(each_takes);
      });
      EXPECT_THAT(made.set_priority(1));
      made.activate();
    }
  }

  // When the first of them ran.
  [[nodiscard]] time_point began() const { return began_; }

 private:
  tested_loop& loop_;
  channel& channel_;
  time_point began_{};
};

// The number of callbacks before the important one.
std::size_t place_of_important(const names& trace) {
  return static_cast<std::size_t>(std::find(trace.begin(), trace.end(), "important") - trace.begin());
}

CONFORMS(A7, "a budget of callbacks ends a pass") {
  auto& loop = at.make_loop({.priorities = 2, .dispatch = {.pass_callbacks_max = 2}});
  const backlog waiting(at, loop, 5, 0ms);
  loop.run();
  EXPECT_TRACE("backlog", "backlog", "important", "backlog", "backlog", "backlog");
}

CONFORMS(A7_time, "a budget of time ends a pass; it is looked at after each callback") {
  auto& loop = at.make_loop({.priorities = 2, .dispatch = {.pass_time_max = 2ms}});
  const backlog waiting(at, loop, 6, 1500us);
  loop.run();
  EXPECT_SAME(at.trace.size(), 7U);
  // After the second one 3 ms are over; on a busy machine perhaps after the first.
  EXPECT_THAT(place_of_important(at.trace) <= 2);
}

CONFORMS(A7_from_priority, "budgets count from a priority on; above it a pass has none") {
  auto& loop = at.make_loop({.priorities = 2, .dispatch = {.pass_callbacks_max = 1, .budget_from_priority = 1}});
  std::vector<std::size_t> polls;
  for (const unsigned priority : {0U, 0U, 0U, 1U, 1U}) {
    auto& made = loop.make({}, [&](reasons) { polls.push_back(loop.polls()); });
    EXPECT_THAT(made.set_priority(priority));
    made.activate();
  }
  loop.run();
  EXPECT_SAME(polls.size(), 5U);
  EXPECT_THAT(polls[0] == polls[1] && polls[1] == polls[2] && polls[2] < polls[3] && polls[3] < polls[4]);
}

CONFORMS(A7_internal, "the loop's own callbacks are not counted") {
  auto& loop = at.make_loop({.dispatch = {.pass_callbacks_max = 2}});
  auto& heard = loop.make({.signal = SIGUSR1}, at.say("heard"));
  EXPECT_THAT(heard.add());
  std::vector<std::size_t> polls;
  channel* const two[] = {&loop.open_channel(), &loop.open_channel()};
  for (channel* each : two) {
    auto& reader = loop.make({.descriptor = each->descriptor(), .what = interest::read},
                             [&](reasons) { polls.push_back(loop.polls()); });
    EXPECT_THAT(reader.add());
  }
  // What tells the loop of a signal becomes ready first, and is run first.
  loop.make({},
            [&](reasons) {
              std::raise(SIGUSR1);
              for (channel* each : two) each->make_readable();
            })
      .activate();
  loop.run();
  EXPECT_TRACE("heard");
  EXPECT_SAME(polls.size(), 2U);
  EXPECT_SAME(polls[0], polls[1]);
}

CONFORMS(A8, "without a budget a pass runs its whole queue") {
  auto& loop = at.make_loop({.priorities = 2});
  const backlog waiting(at, loop, 300, 0ms);
  loop.run();
  EXPECT_SAME(at.trace.size(), 301U);
  EXPECT_SAME(place_of_important(at.trace), 300U);
}

CONFORMS(A9, "activating something more important ends the pass after the running callback") {
  auto& loop = at.make_loop({.priorities = 2});
  auto& important = loop.make({}, at.say("important"));
  EXPECT_THAT(important.set_priority(0));
  auto& first = loop.make({}, [&](reasons) {
    at.trace.push_back("first");
    important.activate();
  });
  first.activate();
  loop.make({}, at.say("second")).activate();
  loop.run();
  EXPECT_TRACE("first", "important", "second");
}

CONFORMS(A9_other_thread, "activating something more important by another thread does the same") {
  auto& loop = at.make_loop({.priorities = 2});
  auto& important = loop.make({}, at.say("important"));
  EXPECT_THAT(important.set_priority(0));
  auto& first = loop.make({}, [&](reasons) {
    at.trace.push_back("first");
    std::atomic<bool> done = false;
    loop.real_thread([&] {
      loop.from_elsewhere().activate(important);
      done = true;
    });
    while (!done) {
    }
  });
  first.activate();
  loop.make({}, at.say("second")).activate();
  loop.run();
  EXPECT_TRACE("first", "important", "second");
}

CONFORMS(A9_readiness_waits, "only activation does: readiness and due timers wait for the whole queue") {
  for (bool began_in_time = false; !began_in_time;) {  // A busy machine may come to the pass when the timer is due.
    at.end_loop();
    at.trace.clear();
    auto& loop = at.make_loop({.priorities = 2});
    auto& timer = loop.make({}, at.say("timer"));
    const time_point due = loop.clock_now() + 2ms;
    EXPECT_THAT(timer.set_priority(0) && timer.add(2ms));
    const backlog waiting(at, loop, 4, 1ms);
    loop.run();
    began_in_time = waiting.began() < due;
  }
  EXPECT_SAME(at.trace.size(), 6U);
  EXPECT_SAME(place_of_important(at.trace), 4U);
  EXPECT_SAME(at.trace.back(), "timer");
}

CONFORMS(A9_budget, "with a budget set an important timer waits for at most one budget plus one callback") {
  constexpr std::size_t budget = 4;
  auto& loop = at.make_loop({.priorities = 2, .dispatch = {.pass_callbacks_max = budget}});
  const time_point due = loop.clock_now() + 5ms;
  std::size_t late = 0;  // Callbacks that began after it was due.
  bool over = false;
  auto& timer = loop.make({}, [&](reasons) { over = true; });
  EXPECT_THAT(timer.set_priority(0) && timer.add(5ms));
  for (int each = 0; each < 30; ++each) {
    auto& made = loop.make({}, [&](reasons) {
      if (!over && loop.clock_now() > due) ++late;
      loop.let_pass(300us);
    });
    EXPECT_THAT(made.set_priority(1));
    made.activate();
  }
  loop.run();
  EXPECT_THAT(over);
  EXPECT_THAT(late <= budget + 1);
}

CONFORMS(A10, "later-active: an event becomes active at the next turn, before the poll, in order",
         libevent_lacks("activation for the next turn is internal")) {
  auto& ready = at.loop().open_channel();
  auto& reader = at.loop().make({.descriptor = ready.descriptor(), .what = interest::read}, at.say("reader"));
  EXPECT_THAT(reader.add());
  auto& one = at.loop().make({}, at.say("one"));
  auto& two = at.loop().make({}, at.say("two"));
  at.loop()
      .make({},
            [&](reasons) {
              one.activate_later();
              two.activate_later();
              ready.make_readable();
            })
      .activate();
  at.loop().make({}, at.say("same turn")).activate();
  at.loop().run();
  EXPECT_TRACE("same turn", "one", "two", "reader");
}

CONFORMS(A11, "a chain of deferred callbacks, however long, does not keep the loop from polling",
         libevent_lacks("deferred callbacks are internal")) {
  constexpr std::size_t links = 40;
  std::vector<std::size_t> polls;
  action link = [&] {
    polls.push_back(at.loop().polls());
    if (polls.size() < links) EXPECT_SAME(at.loop().post(action(link)), post_result::taken);
  };
  EXPECT_SAME(at.loop().post(action(link)), post_result::taken);
  at.loop().run();
  EXPECT_SAME(polls.size(), links);
  for (std::size_t each = 1; each < links; ++each) EXPECT_THAT(polls[each - 1] < polls[each]);
}

}  // namespace
}  // namespace pinwheel::conformance
