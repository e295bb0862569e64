// What each of a million timers costs when all of them are due: armed in no order over a second, run once it is past.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <random>
#include <string>
#include <thread>

#include "call.h"
#include "reach.h"
#include "subject.h"

namespace pinwheel::perf {

template <class Loop>
class expiring_timers {
 public:
  explicit expiring_timers(int count) {
    for (int at = 0; at < count; ++at) timers_.emplace_back(loop_, call_to<&expiring_timers::run>(*this));
  }

  // Returns when all are due.
  void arm(std::chrono::milliseconds within) {
    std::mt19937 random(1);
    std::uniform_int_distribution<std::chrono::milliseconds::rep> delay(1, within.count());
    left_ = timers_.size();
    loop_.turn();  // Some count from the time of the last turn.
    for (auto& each : timers_) each.arm(std::chrono::milliseconds(delay(random)));
    std::this_thread::sleep_for(within + std::chrono::milliseconds(1));
  }

  void expire() { loop_.run(); }

 private:
  void run() {
    if (--left_ == 0) loop_.stop();
  }

  Loop loop_{reach::one_thread};
  std::deque<typename Loop::timer> timers_;
  std::size_t left_ = 0;
};

template <class Loop>
void add_timer_expiry(const scale& size) {
  const int count = size.of(1'000'000, 100);
  const std::chrono::milliseconds within(size.of(1'000, 1));
  add_benchmark(
      "timer, due/due:" + std::to_string(count), Loop::name,
      [=](benchmark::State& state) {
        expiring_timers<Loop> timers(count);
        for (auto _ : state) {
          timers.arm(within);
          const auto began = std::chrono::steady_clock::now();
          timers.expire();
          state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
        }
        state.SetItemsProcessed(state.iterations() * count);
      })
      ->UseManualTime()
      ->Iterations(1);
}

}  // namespace pinwheel::perf
