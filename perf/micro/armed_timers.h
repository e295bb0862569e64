// What it costs to add, re-arm and cancel timers while many others are armed, none of them due for a while.
//
// As in a server, timers are changed in a callback, a thousand in one turn, which is measured whole: a library may put
// some of the work off to the turn's end. Which ones is random, so they are as cold in the caches as idle connections.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "call.h"
#include "reach.h"
#include "subject.h"

namespace pinwheel::perf {

enum class timer_change { add, rearm_later, rearm_earlier, cancel };

inline constexpr std::array<const char*, 4> timer_change_counters = {"add_ns", "re-arm later_ns", "re-arm earlier_ns",
                                                                     "cancel_ns"};

template <class Loop>
class armed_timers {
 public:
  // `batch` more than `armed` timers are made: the spare ones, which take turns.
  armed_timers(std::size_t armed, std::size_t batch)
      : batch_(batch), batches_(armed / batch + 1), worker_(loop_, call_to<&armed_timers::change_batch>(*this)) {
    for (std::size_t at = 0; at < batches_ * batch; ++at) {
      order_.push_back(&timers_.emplace_back(loop_, call_to<&armed_timers::run>(*this)));
    }
    std::mt19937 random(1);
    std::shuffle(order_.begin(), order_.end(), random);
    std::uniform_int_distribution<std::chrono::milliseconds::rep> extra(0, 60'000);
    for (auto& each : extra_) each = std::chrono::milliseconds(extra(random));
    for (std::size_t at = 1; at < batches_; ++at) change(timer_change::add, at);
  }

  // Each on a batch of its own where there are enough; behind all of them as many are armed as before.
  void change_all() {
    change(timer_change::rearm_later, spare_ + 1 + (batches_ - 1) / 3);
    change(timer_change::rearm_earlier, spare_ + 1 + (batches_ - 1) * 2 / 3);
    change(timer_change::add, spare_);
    change(timer_change::cancel, spare_ + 1);
    spare_ = (spare_ + 1) % batches_;
  }

  void forget_times() { took_.fill({}); }
  [[nodiscard]] std::chrono::nanoseconds took(timer_change what) const { return took_[static_cast<std::size_t>(what)]; }
  [[nodiscard]] int called() const { return called_; }

 private:
  void change(timer_change what, std::size_t batch) {
    what_ = what;
    first_ = batch % batches_ * batch_;
    done_ = false;
    const auto began = std::chrono::steady_clock::now();
    worker_.activate();
    while (!done_) loop_.turn();
    took_[static_cast<std::size_t>(what)] += std::chrono::steady_clock::now() - began;
  }

  void change_batch() {
    using std::chrono::seconds;
    switch (what_) {
      case timer_change::add:
        arm_batch(seconds(60));
        break;
      case timer_change::rearm_later:
        arm_batch(seconds(120));
        break;
      case timer_change::rearm_earlier:
        arm_batch(seconds(20));
        break;
      case timer_change::cancel:
        cancel_batch();
        break;
    }
    done_ = true;
  }

  void arm_batch(std::chrono::milliseconds least) {
    for (std::size_t at = 0; at < batch_; ++at) order_[first_ + at]->arm(least + extra_[at % extra_.size()]);
  }
  void cancel_batch() {
    for (std::size_t at = 0; at < batch_; ++at) order_[first_ + at]->cancel();
  }

  void run() { ++called_; }

  const std::size_t batch_;
  const std::size_t batches_;
  Loop loop_{reach::one_thread};
  typename Loop::user_event worker_;
  std::deque<typename Loop::timer> timers_;
  std::vector<typename Loop::timer*> order_;
  std::array<std::chrono::milliseconds, 1024> extra_{};
  std::size_t spare_ = 0;  // The batch that is not armed.
  timer_change what_ = timer_change::add;
  std::size_t first_ = 0;
  bool done_ = false;
  int called_ = 0;
  std::array<std::chrono::nanoseconds, timer_change_counters.size()> took_{};
};

template <class Loop>
void measure_armed_timers(benchmark::State& state, std::size_t armed, std::size_t batch) {
  armed_timers<Loop> timers(armed, batch);
  timers.forget_times();
  for (auto _ : state) timers.change_all();
  if (timers.called() != 0) state.SkipWithError("a timer was due: the machine is too slow for these delays");
  for (std::size_t at = 0; at < timer_change_counters.size(); ++at) {
    state.counters[timer_change_counters[at]] =
        static_cast<double>(timers.took(static_cast<timer_change>(at)).count()) /
        (static_cast<double>(state.iterations()) * static_cast<double>(batch));
  }
}

template <class Loop>
void add_armed_timers(const scale& size) {
  const int batch = size.of(1'000, 10);
  for (const int armed : {size.of(1'000, 10), size.of(100'000, 100), size.of(1'000'000, 200)}) {
    add_benchmark("timer/armed:" + std::to_string(armed), Loop::name,
                  [=](benchmark::State& state) {
                    measure_armed_timers<Loop>(state, static_cast<std::size_t>(armed), static_cast<std::size_t>(batch));
                  })
        ->UseRealTime()
        ->Iterations(size.of(200, 1));
  }
}

}  // namespace pinwheel::perf
