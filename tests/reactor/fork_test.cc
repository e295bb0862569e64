// SEMANTICS I13: a base goes on in the child of a fork, apart from the parent's.
#include <csignal>
#include <thread>

#include "support/forked_child.h"
#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

using fork_test = event_base_test;
using sleeping_fork_test = event_base_test;   // Over what really waits: only there can a thread wake the loop.
using simulated_fork_test = event_base_test;  // Over the simulated wait: only that one tells how long it was.

TEST_P(fork_test, I13_events_are_added_again_in_the_child_and_the_parent_keeps_its_own) {
  auto descriptor = make_descriptor();
  event watching(base(), descriptor->number(), interest::read, event_life::persistent, [&](auto&, auto) {
    trace_.push_back("read");
    descriptor->read_empty();
  });
  ASSERT_TRUE(watching.add().ok());
  auto timer = traced("timer");
  ASSERT_TRUE(timer->add(moment).ok());
  EXPECT_TRUE(succeeds_in_child([&] {
    if (!base().reinit_after_fork().ok()) return false;
    descriptor->make_readable();
    base().loop(loop_flags::once);
    watching.remove();  // From the child's epoll only.
    base().loop();
    base().validate();
    return trace_ == names{"read", "timer"};
  }));
  timer->remove();
  descriptor->make_readable();
  base().loop(loop_flags::once);
  EXPECT_EQ(trace_, names{"read"});
}

TEST_P(sleeping_fork_test, I13_a_thread_of_the_child_wakes_the_childs_loop) {
  base().hold();
  EXPECT_TRUE(succeeds_in_child([&] {
    if (!base().reinit_after_fork().ok()) return false;
    std::thread poster([to = base().handle()] { static_cast<void>(to.loop_break()); });
    base().loop();
    poster.join();
    return base().got_break();
  }));
  EXPECT_EQ(base().loop(loop_flags::nonblock), loop_result::left);
  EXPECT_FALSE(base().got_break());
  base().release();
}

TEST_P(fork_test, I13_a_signal_of_the_child_is_heard_in_the_child_alone) {
  int heard = 0;
  event watching(base(), signal_number{SIGUSR1}, event_life::persistent, [&](auto&, auto) { ++heard; });
  ASSERT_TRUE(watching.add().ok());
  EXPECT_TRUE(succeeds_in_child([&] {
    if (!base().reinit_after_fork().ok()) return false;
    ::raise(SIGUSR1);
    base().loop(loop_flags::nonblock);
    return heard == 1;
  }));
  base().loop(loop_flags::nonblock);
  EXPECT_EQ(heard, 0);
}

TEST_P(fork_test, I13_a_child_may_be_forked_by_a_callback) {
  auto behind = traced("behind");
  event forking(base(), event_life::one_shot, [&](auto&, auto) {
    EXPECT_TRUE(succeeds_in_child([&] { return base().reinit_after_fork().ok() && base().counts().active == 1; }));
  });
  forking.activate();
  behind->activate();
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, names{"behind"});
}

TEST_P(fork_test, I13_fork_watchers_run_in_the_child_only) {
  int forks = 0;
  const fork_watcher counting(base(), [&] { ++forks; });
  EXPECT_TRUE(succeeds_in_child([&] { return base().reinit_after_fork().ok() && forks == 1; }));
  base().loop(loop_flags::nonblock);
  EXPECT_EQ(forks, 0);
}

TEST_P(simulated_fork_test, I13_a_signal_that_came_before_the_fork_is_not_late_in_the_child) {
  event watching(base(), signal_number{SIGUSR1}, event_life::persistent, [](auto&, auto) {});
  ASSERT_TRUE(watching.add().ok());
  auto far = traced("far");
  ASSERT_TRUE(far->add(std::chrono::hours(1)).ok());
  ::raise(SIGUSR1);
  EXPECT_TRUE(succeeds_in_child([&] {
    const time_point before = clock_.now();
    return base().reinit_after_fork().ok() && base().loop(loop_flags::once) == loop_result::left &&
           clock_.now() == before;
  }));
}

PINWHEEL_OVER_EVERY_BACKEND(fork_test);
INSTANTIATE_TEST_SUITE_P(over, sleeping_fork_test, ::testing::Values("epoll", "poll"), backend_of);
INSTANTIATE_TEST_SUITE_P(over, simulated_fork_test, ::testing::Values("simulated"), backend_of);

}  // namespace
}  // namespace pinwheel::testing
