// Everything at once, from eight threads: posts, activations, removals in their three forms, exits, and bases that end
// in the midst of it (SEMANTICS N6 to N8, N14).
//
// Four threads run bases, one after the other, and act on each other's in callbacks; four more act from outside. What
// each may conclude from what it sent is checked as it happens, and what must not be lost is counted at the end.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <latch>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "loop_thread.h"
#include "pinwheel/reactor/base/mutex.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/loop_ring.h"
#include "token.h"

namespace pinwheel {
inline namespace v0 {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t loops = 4;
constexpr std::size_t outsiders = 4;
constexpr std::size_t actors = loops + outsiders;
constexpr int acts = 1500;         // Of each outsider. Loops act until all those are done.
constexpr int runs_of_a_base = 4;  // Calls of loop() before it ends and the next one comes.
constexpr int posts_past_the_ring = static_cast<int>(loop_ring::slots) + 40;

struct counters {
  token_counts tokens;
  std::atomic<std::size_t> taken{0};
  std::atomic<std::size_t> out_of_order{0};
  std::atomic<std::size_t> ran_after_removal{0};
  std::atomic<std::size_t> waited_for{0};
  std::atomic<std::size_t> answered{0};
  std::atomic<std::size_t> callbacks{0};
  std::atomic<std::size_t> past_the_ring{0};
  std::atomic<std::size_t> bases{0};
};

// An event that one producer alone adds, activates and removes, and so knows when its callback may run.
struct owned_event {
  std::unique_ptr<event> called;  // The loop's.
  event_ref ref;
  std::atomic<std::uint32_t> owner{0};  // The first producer that wanted it.
  std::atomic<bool> must_not_run{false};
  std::atomic<bool> inside{false};
  std::atomic<bool> removal_under_way{false};  // From a remove_async() that was taken to its task.
};

// One base's life, as others see it. Lives on when the base has ended.
struct base_life {
  base_life(event_base& base, counters& counted) : handle(base.handle()), count(counted) {
    for (owned_event& each : events) {
      each.called = std::make_unique<event>(base, event_life::persistent, [this, &each](event&, reasons) {
        each.inside = true;
        if (each.must_not_run) ++count.ran_after_removal;
        ++count.callbacks;
        each.inside = false;
      });
      each.ref = each.called->ref();
    }
  }

  // On the loop: notes a task, the producer's `number`th.
  void arrived(std::uint32_t producer, int number) {
    if (next_of[producer]++ != number) ++count.out_of_order;
  }

  event_base_handle handle;
  counters& count;
  std::array<owned_event, actors> events;
  std::map<std::uint32_t, int> next_of;  // The loop's.
};

// Where the others find the base that a loop's thread runs now.
class berth {
 public:
  void set(std::shared_ptr<base_life> now) {
    const mutex_lock lock(mutex_);
    life_ = std::move(now);
  }
  [[nodiscard]] std::shared_ptr<base_life> get() {
    const mutex_lock lock(mutex_);
    return life_;
  }

 private:
  mutex mutex_;
  std::shared_ptr<base_life> life_ ABSL_GUARDED_BY(mutex_);
};

// Acts at random on bases, as an outsider or in the callbacks of one base.
class actor {
 public:
  actor(std::array<berth, loops>& berths, std::size_t index, std::uint32_t seed, counters& counted)
      : berths_(berths), index_(index), count_(counted), random_(seed) {}

  void act() {
    const std::size_t at = pick(loops);
    const std::shared_ptr<base_life> on = berths_[at].get();
    const std::size_t what = pick(16);
    if (what == 0) return stop(on->handle);
    if (what < 8) return static_cast<void>(post(on));

    owned_event& mine = on->events[index_];
    std::uint32_t nobody = 0;
    if (!mine.owner.compare_exchange_strong(nobody, producer_) && nobody != producer_) return;
    if (what < 12) return make_run(on->handle, mine);
    if (what == 12) return static_cast<void>(on->handle.remove(mine.ref));
    // A loop waits only for those of higher numbers, and for itself: nobody waits in a circle.
    const bool may_wait = index_ >= loops || index_ <= at;
    return what < 15 && may_wait ? remove_and_wait(on->handle, mine) : remove_and_answer(on->handle, mine);
  }

  // From a callback, while the consumer is kept from taking: part of it spills.
  void post_past_the_ring(const std::shared_ptr<base_life>& to) {
    int taken = 0;
    for (int at = 0; at < posts_past_the_ring; ++at) taken += post(to) ? 1 : 0;
    if (taken > static_cast<int>(loop_ring::slots)) ++count_.past_the_ring;
  }

 private:
  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  bool post(const std::shared_ptr<base_life>& to) {
    int& next = sent_[to.get()].second;
    sent_[to.get()].first = to;  // Kept: its address names it.
    const post_result answer = to->handle.post([life = to.get(), producer = producer_, number = next,
                                                alive = token(count_.tokens)] { life->arrived(producer, number); });
    if (answer != post_result::taken) return false;
    ++next;
    ++count_.taken;
    return true;
  }

  void make_run(const event_base_handle& on, owned_event& mine) {
    if (mine.removal_under_way) return;
    mine.must_not_run = false;
    const duration timeout = std::chrono::microseconds(pick(200));
    static_cast<void>(pick(2) == 0 ? on.activate(mine.ref) : on.add(mine.ref, timeout));
  }

  void remove_and_wait(const event_base_handle& on, owned_event& mine) {
    if (on.remove_and_wait(mine.ref) == post_result::full) return;
    if (mine.inside) ++count_.ran_after_removal;
    mine.must_not_run = true;
    ++count_.waited_for;
  }

  void remove_and_answer(const event_base_handle& on, owned_event& mine) {
    if (mine.removal_under_way.exchange(true)) return;
    const post_result answer = on.remove_async(mine.ref, [this_count = &count_, &mine, alive = token(count_.tokens)] {
      mine.must_not_run = true;
      ++this_count->answered;
      mine.removal_under_way = false;
    });
    if (answer != post_result::taken) mine.removal_under_way = false;
  }

  void stop(const event_base_handle& on) {
    const std::size_t how = pick(4);
    if (how == 0) return static_cast<void>(on.loop_break());
    if (how == 1) return static_cast<void>(on.loop_continue());
    static_cast<void>(on.loop_exit(how == 2 ? 0us : 50us));
  }

  static std::uint32_t new_producer() {
    static std::atomic<std::uint32_t> next{0};
    return ++next;
  }

  std::array<berth, loops>& berths_;
  const std::size_t index_;
  counters& count_;
  std::mt19937 random_;
  const std::uint32_t producer_ = new_producer();  // Also of a loop: each base is one of its own.
  std::map<const base_life*, std::pair<std::shared_ptr<base_life>, int>> sent_;
};

class storm_test : public ::testing::TestWithParam<notifier_kind> {
 protected:
  // The life of one thread of loops: bases, one after the other, until the storm is over.
  void run_bases(std::size_t index) {
    for (std::uint32_t base = 0; base == 0 || !over_; ++base) run_base(index, base);
  }

  void run_base(std::size_t index, std::uint32_t number) {
    const auto base = event_base::create({.notifier = GetParam()}).value();
    base->hold();
    ++counted_.bases;
    actor self(berths_, index, seed_ + 1000 * static_cast<std::uint32_t>(index + 1) + number, counted_);
    const auto life = std::make_shared<base_life>(*base, counted_);
    auto pulse = std::make_unique<event>(*base, event_life::persistent, [&](event&, reasons) { self.act(); });
    berths_[index].set(life);
    if (number == 0) static_cast<void>(base->post([&, next = (index + 1) % loops] { spill(self, next); }));
    static_cast<void>(base->post([&] { static_cast<void>(pulse->add(20us)); }));
    for (int run = 0; run < runs_of_a_base && !over_; ++run) base->loop();

    // Others may be serving the base whenever it is not run: its events end in its turn.
    bool cleared = false;
    static_cast<void>(base->post([&] {
      pulse.reset();
      for (owned_event& each : life->events) each.called.reset();
      cleared = true;
      base->loop_break();
    }));
    while (!cleared) base->loop();
  }

  // All loops are in a callback, so none takes its mailbox before all have posted.
  void spill(actor& self, std::size_t to) {
    all_inside_.arrive_and_wait();
    self.post_past_the_ring(berths_[to].get());
    all_inside_.arrive_and_wait();
    spilled_.count_down();
  }

  void act_from_outside(std::size_t index) {
    actor self(berths_, index, seed_ + static_cast<std::uint32_t>(index), counted_);
    spilled_.wait();
    for (int act = 0; act < acts; ++act) self.act();
    if (--outsiders_left_ == 0) end();
  }

  // A base that comes up later finds that it is over; each other is told to stop, and keeps that in mind (L9).
  void end() {
    over_ = true;
    for (berth& each : berths_) {
      while (each.get()->handle.loop_break() == post_result::full) std::this_thread::yield();
    }
  }

  const std::uint32_t seed_ = std::random_device{}();
  counters counted_;
  std::array<berth, loops> berths_;
  std::barrier<> all_inside_{loops};
  std::latch spilled_{loops};
  std::atomic<std::size_t> outsiders_left_{outsiders};
  std::atomic<bool> over_{false};
};

TEST_P(storm_test, N14_nothing_is_lost_or_out_of_order_and_nothing_runs_after_its_removal) {
  std::printf("storm: seed %u\n", seed_);
  {
    crowd all(actors);
    for (std::size_t at = 0; at < loops; ++at) all.add([this, at] { run_bases(at); });
    for (std::size_t at = loops; at < actors; ++at) all.add([this, at] { act_from_outside(at); });
  }
  for (berth& each : berths_) each.set(nullptr);  // The last handles.
  EXPECT_EQ(counted_.out_of_order, 0U);
  EXPECT_EQ(counted_.ran_after_removal, 0U);
  EXPECT_EQ(counted_.tokens.alive(), 0U) << "of " << counted_.taken << " tasks taken";
  EXPECT_EQ(counted_.past_the_ring, loops);
  EXPECT_GT(counted_.taken, loops * loop_ring::slots);
  EXPECT_GT(counted_.callbacks, 0U);
  EXPECT_GT(counted_.waited_for, 0U);
  EXPECT_GT(counted_.answered, 0U);
  EXPECT_GT(counted_.bases, loops);
  std::printf("%zu tasks, %zu callbacks, %zu removals waited for, %zu answered, %zu bases\n", counted_.taken.load(),
              counted_.callbacks.load(), counted_.waited_for.load(), counted_.answered.load(), counted_.bases.load());
}

INSTANTIATE_TEST_SUITE_P(both_kinds, storm_test, ::testing::Values(notifier_kind::eventfd, notifier_kind::pipe),
                         [](const auto& kind) { return kind.param == notifier_kind::eventfd ? "eventfd" : "pipe"; });

}  // namespace
}  // namespace v0
}  // namespace pinwheel
