// What it costs to activate user events and have a turn of the loop run them: the cheapest turn there is, and, with
// many at once, what each adds to it.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "call.h"
#include "reach.h"
#include "subject.h"

namespace pinwheel::perf {

template <class Loop>
class user_events {
 public:
  explicit user_events(int count) {
    for (int at = 0; at < count; ++at) events_.emplace_back(loop_, call_to<&user_events::run>(*this));
  }

  void activate_and_run_all() {
    left_ = events_.size();
    for (auto& each : events_) each.activate();
    while (left_ > 0) loop_.turn();
  }

 private:
  void run() { --left_; }

  Loop loop_{reach::one_thread};
  std::deque<typename Loop::user_event> events_;
  std::size_t left_ = 0;
};

template <class Loop>
void add_user_events(const scale& size) {
  for (const int count : {1, size.of(1'000, 10)}) {
    add_benchmark("user event, activated and run/active:" + std::to_string(count), Loop::name,
                  [count](benchmark::State& state) {
                    user_events<Loop> events(count);
                    for (auto _ : state) events.activate_and_run_all();
                    state.SetItemsProcessed(state.iterations() * count);
                  })
        ->UseRealTime();
  }
}

}  // namespace pinwheel::perf
