// Removal that is known to be over, from many threads at once (SEMANTICS N7, N8).

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "loop_thread.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t removers = 4;
constexpr int rounds = 400;

// An event that must not run between its removal and the next add, and says when it does.
struct guarded_event {
  explicit guarded_event(event_base& base)
      : called(std::make_unique<event>(base, event_life::persistent,
                                       [this](event&, reasons) {
                                         inside = true;
                                         if (removed) ++violations;
                                         ++runs;
                                         inside = false;
                                       })),
        ref(called->ref()) {}

  // Adds, and sees to it that the callback is over.
  void add_and_remove(const event_base_handle& handle) {
    removed = false;
    static_cast<void>(handle.add(ref, 0us));
    static_cast<void>(handle.activate(ref));
    ASSERT_EQ(handle.remove_and_wait(ref), post_result::taken);
    if (inside) ++violations;
    removed = true;
  }

  std::unique_ptr<event> called;
  event_ref ref;
  std::atomic<bool> removed{false};
  std::atomic<bool> inside{false};
  std::atomic<int> violations{0};
  std::atomic<int> runs{0};
};

TEST(removal_threads_test, N7_nothing_runs_after_removals_from_several_threads_while_the_loop_runs) {
  const loop_thread loop;
  std::vector<std::unique_ptr<guarded_event>> events;
  loop.run([&](event_base& base) {
    for (std::size_t at = 0; at < removers; ++at) events.push_back(std::make_unique<guarded_event>(base));
  });
  {
    crowd all(removers);
    for (const auto& each : events) {
      all.add([&] {
        for (int round = 0; round < rounds; ++round) each->add_and_remove(loop.handle());
      });
    }
  }
  for (const auto& each : events) EXPECT_EQ(each->violations, 0);
  loop.run([&](event_base&) { events.clear(); });
}

// The loop leaves all the time: removers find it running, or wait as it leaves, or serve it.
TEST(removal_threads_test, N7_removers_return_however_often_the_loop_leaves_and_it_is_never_refused) {
  const auto base = event_base::create({}).value();
  std::array<guarded_event, removers> events{guarded_event(*base), guarded_event(*base), guarded_event(*base),
                                             guarded_event(*base)};
  std::atomic<std::size_t> removing{removers};
  std::size_t refused = 0;
  {
    crowd all(removers + 1);
    for (guarded_event& each : events) {
      all.add([&, handle = base->handle()] {
        for (int round = 0; round < rounds; ++round) each.add_and_remove(handle);
        --removing;
      });
    }
    all.add([&] {
      while (removing != 0) {
        if (base->loop(loop_flags::nonblock) == loop_result::refused) ++refused;
      }
    });
  }
  EXPECT_EQ(refused, 0U);
  for (const guarded_event& each : events) EXPECT_EQ(each.violations, 0);
}

TEST(removal_threads_test, N7_an_event_may_be_removed_by_all_at_once_and_destroyed_by_its_loop_meanwhile) {
  const loop_thread loop;
  for (int round = 0; round < 100; ++round) {
    std::unique_ptr<guarded_event> shared;
    loop.run([&](event_base& base) {
      shared = std::make_unique<guarded_event>(base);
      static_cast<void>(shared->called->add(0ns));
    });
    crowd all(removers);
    for (std::size_t at = 1; at < removers; ++at) {
      all.add([&, ref = shared->ref] { EXPECT_EQ(loop.handle().remove_and_wait(ref), post_result::taken); });
    }
    all.add([&] { loop.run([&](event_base&) { shared.reset(); }); });
  }
}

TEST(removal_threads_test, N7_removers_that_wait_as_the_base_ends_hear_that_it_is_gone) {
  std::atomic<std::size_t> gone = 0;
  constexpr int bases = 60;
  for (int round = 0; round < bases; ++round) {
    auto ending = std::make_unique<loop_thread>();
    crowd all(removers);
    for (std::size_t at = 1; at < removers; ++at) {
      all.add([&, handle = ending->handle()] {
        while (handle.remove_and_wait(event_ref{}) == post_result::taken) {
        }
        ++gone;
      });
    }
    all.add([&] { ending.reset(); });
  }
  EXPECT_EQ(gone, bases * (removers - 1));
}

TEST(removal_threads_test, N7_an_owner_touches_a_base_that_nobody_runs_while_others_remove_from_it) {
  const auto base = event_base::create({}).value();
  const auto lasting = std::make_unique<guarded_event>(*base);
  crowd all(2);
  all.add([&] {
    for (int round = 0; round < rounds; ++round) {
      EXPECT_EQ(base->handle().remove_and_wait(lasting->ref), post_result::taken);
    }
  });
  all.add([&] {
    for (int round = 0; round < rounds; ++round) {
      const event_base::owner_scope mine(*base);
      EXPECT_EQ(event_base::current(), base.get());
      EXPECT_TRUE(lasting->called->add(1h).ok());
      event passing(*base, event_life::one_shot, [](event&, reasons) {});
      passing.activate();
      base->validate();
    }
  });
}

TEST(removal_threads_test, N8_loops_may_remove_each_other_s_events_all_at_once_without_waiting) {
  std::array<loop_thread, 3> circle;
  std::array<std::unique_ptr<guarded_event>, 3> events;
  for (std::size_t at = 0; at < circle.size(); ++at) {
    circle[at].run([&](event_base& base) { events[at] = std::make_unique<guarded_event>(base); });
  }
  std::atomic<int> answers = 0;
  std::latch done(circle.size() * rounds);
  {
    crowd all(circle.size());
    for (std::size_t at = 0; at < circle.size(); ++at) {
      all.add([&, at, to = (at + 1) % circle.size()] {
        circle[at].run([&, to](event_base&) {
          for (int round = 0; round < rounds; ++round) {
            static_cast<void>(circle[to].handle().activate(events[to]->ref));
            const auto answer = [&, to, is_last = round + 1 == rounds] {
              if (is_last) {
                EXPECT_FALSE(events[to]->called->is_pending());
              }
              ++answers;
              done.count_down();
            };
            EXPECT_EQ(circle[to].handle().remove_async(events[to]->ref, answer), post_result::taken);
          }
        });
      });
    }
  }
  done.wait();
  EXPECT_EQ(answers, 3 * rounds);
  for (std::size_t at = 0; at < circle.size(); ++at) circle[at].run([&](event_base&) { events[at].reset(); });
}

}  // namespace
}  // namespace v0
}  // namespace pinwheel
