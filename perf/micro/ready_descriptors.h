// What one ready descriptor costs in a running loop: made readable (a write), reported, called back, read.
//
// Some of many watched descriptors are active at a time. The callback of the last one makes all of them ready again.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "call.h"
#include "eventfd.h"
#include "reach.h"
#include "subject.h"

namespace pinwheel::perf {

template <class Loop>
class ready_descriptors {
 public:
  ready_descriptors(std::size_t watched, std::size_t active)
      : descriptors_(watched), active_(active), apart_(watched / active) {
    for (const owned_eventfd& each : descriptors_) {
      watches_.emplace_back(loop_, each.number(), call_to<&ready_descriptors::run>(*this));
    }
  }

  void run_rounds(int rounds) {
    rounds_left_ = rounds;
    make_ready();
    loop_.run();
  }

 private:
  void make_ready() {
    left_ = active_;
    for (std::size_t at = 0; at < active_; ++at) descriptors_[at * apart_].make_readable();
  }

  void run() {
    if (--left_ > 0) return;
    if (--rounds_left_ == 0) return loop_.stop();
    make_ready();
  }

  const std::deque<owned_eventfd> descriptors_;
  const std::size_t active_;
  const std::size_t apart_;
  Loop loop_{reach::one_thread};
  std::deque<typename Loop::descriptor_watch> watches_;
  std::size_t left_ = 0;  // Of this round.
  int rounds_left_ = 0;
};

template <class Loop>
void add_ready_descriptors(const scale& size) {
  using counts = std::pair<int, int>;
  const int many = size.of(10'000, 200);
  for (const auto& [watched, active] :
       {counts(1, 1), counts(100, 10), counts(100, 100), counts(many, 10), counts(many, many)}) {
    const std::string subject =
        "ready descriptor/watched:" + std::to_string(watched) + "/active:" + std::to_string(active);
    const int rounds = size.of(10'000 / active, 1);
    add_benchmark(subject, Loop::name, [=](benchmark::State& state) {
      ready_descriptors<Loop> descriptors(static_cast<std::size_t>(watched), static_cast<std::size_t>(active));
      for (auto _ : state) descriptors.run_rounds(rounds);
      state.SetItemsProcessed(state.iterations() * rounds * active);
    })->UseRealTime();
  }
}

}  // namespace pinwheel::perf
