// In the steady state the calls of every turn allocate nothing: add, re-arm, cancel, activate, post and after, over
// every backend.
//
// A program of its own, because it stands in for malloc and its kin, through which operator new goes as well, in the
// whole process. The simulated backend is held to the same: what it keeps for a descriptor it keeps for good.
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/simulated_backend.h"
#include "support/allocation_counter.h"

namespace pinwheel::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::size_t events_max = 100;

class steady_state_test : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { base_ = make_base(); }
  void TearDown() override { ::close(descriptor_); }

  // Its time is moved by hand over every backend, so that timers are due when a test says so.
  std::unique_ptr<event_base> make_base() {
    if (GetParam() == "simulated") {
      auto kernel = std::make_unique<simulated_backend>(clock_);
      kernel->set_ready(descriptor_, reasons::readable | reasons::writable);
      return event_base::create({.priorities = 3, .clock = &clock_}, std::move(kernel)).value();
    }
    const bool gathers = GetParam() == "epoll_change_list";
    return event_base::create(
               {.backend = gathers ? "epoll" : GetParam(), .change_list = gathers, .priorities = 3, .clock = &clock_})
        .value();
  }

  event_base& base() { return *base_; }

  // Events that count their calls in runs_.
  void make_events(event_life life) {
    for (std::size_t at = 0; at < events_max; ++at) {
      events_.push_back(std::make_unique<event>(base(), life, [this](event&, reasons) { ++runs_; }));
      EXPECT_TRUE(events_.back()->set_priority(static_cast<unsigned>(at % 3)));
    }
  }

  void take_turn() {
    clock_.advance(milliseconds(1));
    static_cast<void>(base().loop(loop_flags::nonblock));
  }

  // Allows the first rounds to make what is kept for reuse. `runs` of what the later ones do must be callbacks, so that
  // nothing is measured that did not happen.
  template <class Work>
  void expect_no_allocation(std::size_t runs, Work work) {
    for (int round = 0; round < 4; ++round) work();
    runs_ = 0;
    const std::size_t before = allocations.load();
    for (int round = 0; round < 10; ++round) work();
    EXPECT_EQ(allocations.load() - before, 0U);
    EXPECT_EQ(runs_, 10 * runs);
  }

  const int descriptor_ = ::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);  // Readable and writable.
  virtual_clock clock_;
  std::unique_ptr<event_base> base_;
  std::vector<std::unique_ptr<event>> events_;
  std::size_t runs_ = 0;
};

TEST_P(steady_state_test, the_counter_counts) {
  const std::size_t before = allocations.load();
  delete ::new int(1);
  std::free(std::malloc(1));
  EXPECT_GE(allocations.load() - before, 1U);
}

TEST_P(steady_state_test, timers_are_added_rearmed_and_cancelled_without_an_allocation) {
  make_events(event_life::one_shot);
  expect_no_allocation(events_max / 2, [&] {
    for (std::size_t at = 0; at < events_max; ++at) {
      event& each = *events_[at];
      EXPECT_TRUE(each.add(hours(at + 1)).ok());
      EXPECT_TRUE(each.add(milliseconds(1)).ok());
      if (at % 2 == 0) each.remove();
    }
    take_turn();
  });
}

TEST_P(steady_state_test, persistent_timeouts_run_without_an_allocation) {
  make_events(event_life::persistent);
  for (const auto& each : events_) ASSERT_TRUE(each->add(milliseconds(1)).ok());
  expect_no_allocation(events_max, [&] { take_turn(); });
}

TEST_P(steady_state_test, descriptors_are_added_and_removed_without_an_allocation) {
  event reads(base(), descriptor_, interest::read, event_life::persistent, [this](event&, reasons) { ++runs_; });
  event writes(base(), descriptor_, interest::write, event_life::persistent, [this](event&, reasons) { ++runs_; });
  expect_no_allocation(2, [&] {
    EXPECT_TRUE(reads.add().ok());
    EXPECT_TRUE(writes.add(hours(1)).ok());
    take_turn();
    reads.remove();
    writes.remove();
    take_turn();
  });
}

TEST_P(steady_state_test, events_are_activated_now_and_later_without_an_allocation) {
  make_events(event_life::one_shot);
  expect_no_allocation(2 * events_max, [&] {
    for (const auto& each : events_) each->activate();
    take_turn();
    for (const auto& each : events_) each->activate_later();
    take_turn();
  });
}

TEST_P(steady_state_test, delayed_calls_run_without_an_allocation) {
  expect_no_allocation(events_max, [&] {
    for (std::size_t at = 0; at < events_max; ++at) base().after(milliseconds(1), [this] { ++runs_; });
    take_turn();
  });
}

TEST_P(steady_state_test, tasks_are_posted_in_a_callback_of_their_own_loop_without_an_allocation) {
  event posts(base(), event_life::one_shot, [this](event&, reasons) {
    for (std::size_t at = 0; at < events_max; ++at) {
      EXPECT_EQ(base().post([this] { ++runs_; }), post_result::taken);
    }
  });
  expect_no_allocation(events_max, [&] {
    posts.activate();
    take_turn();
    take_turn();
  });
}

TEST_P(steady_state_test, tasks_and_commands_are_sent_by_another_loop_without_an_allocation) {
  // More than its ring holds, so that it spills as well.
  constexpr std::size_t tasks = 300;
  const auto other = make_base();
  event target(base(), event_life::one_shot, [this](event&, reasons) { ++runs_; });
  const event_ref target_ref = target.ref();
  event sends(*other, event_life::one_shot, [&](event&, reasons) {
    const event_base_handle& there = base().handle();
    for (std::size_t at = 0; at < tasks; ++at) EXPECT_EQ(there.post([this] { ++runs_; }), post_result::taken);
    EXPECT_EQ(there.add(target_ref, hours(1)), post_result::taken);
    EXPECT_EQ(there.remove(target_ref), post_result::taken);
    EXPECT_EQ(there.activate(target_ref), post_result::taken);
  });
  expect_no_allocation(tasks + 1, [&] {
    sends.activate();
    static_cast<void>(other->loop(loop_flags::nonblock));
    take_turn();
  });
}

TEST_P(steady_state_test, tasks_are_posted_by_a_thread_without_a_loop_without_an_allocation) {
  std::binary_semaphore go(0);
  std::binary_semaphore done(0);
  std::atomic<bool> over = false;
  std::thread foreign([&] {
    for (go.acquire(); !over; go.acquire()) {
      for (std::size_t at = 0; at < events_max; ++at) {
        EXPECT_EQ(base().handle().post([this] { ++runs_; }), post_result::taken);
      }
      done.release();
    }
  });
  expect_no_allocation(events_max, [&] {
    go.release();
    done.acquire();
    take_turn();
  });
  over = true;
  go.release();
  foreign.join();
}

INSTANTIATE_TEST_SUITE_P(over, steady_state_test, ::testing::Values("epoll", "epoll_change_list", "poll", "simulated"),
                         [](const ::testing::TestParamInfo<std::string>& over) { return over.param; });

}  // namespace
}  // namespace pinwheel::testing
