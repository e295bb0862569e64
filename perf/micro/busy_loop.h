// What it costs, in system calls, to post to a loop that never sleeps: the writes to its eventfd for a million posts.
//
// The loop is busy because one of its descriptors is always ready: its callback makes it so again. Only the writes of
// the posting thread are counted.
#pragma once

#include <cstdint>
#include <thread>

#include "call.h"
#include "eventfd.h"
#include "loop_thread.h"
#include "post.h"
#include "posted_work.h"
#include "reach.h"
#include "subject.h"
#include "written.h"

namespace pinwheel::perf {

template <class Loop>
class busy_loop {
 public:
  busy_loop()
      : loop_(reach::many_threads),
        watch_(loop_, always_ready_.number(), call_to<&owned_eventfd::make_readable>(always_ready_)) {
    always_ready_.make_readable();
    thread_ = std::thread([this] {
      pin_this_thread(0);
      loop_.run();
    });
  }
  ~busy_loop() {
    loop_.post(call_to<&Loop::stop>(loop_));
    thread_.join();
  }

  Loop& loop() { return loop_; }

 private:
  owned_eventfd always_ready_;
  Loop loop_;
  typename Loop::descriptor_watch watch_;
  std::thread thread_;
};

template <class Loop>
void measure_wake_ups(benchmark::State& state, int works) {
  receiver to;
  busy_loop<Loop> consumer;
  post_batch<Loop> batch(consumer.loop(), to, {.works = works, .waiting_max = 2 * works});
  std::uint64_t writes = 0;
  for (auto _ : state) {
    to.expect(works);
    // A thread of its own, pinned: the main thread's CPU may be the loop's.
    std::thread([&] {
      pin_this_thread(1);
      const std::uint64_t before = writes_of_this_thread();
      batch.post_all();
      writes += writes_of_this_thread() - before;
    }).join();
    to.wait();
  }
  state.SetItemsProcessed(state.iterations() * works);
  state.counters["writes_per_million"] =
      static_cast<double>(writes) * 1e6 / (static_cast<double>(state.iterations()) * works);
}

template <class Loop>
void add_busy_loop(const scale& size) {
  const int works = size.of(1'000'000, 1'000);
  add_benchmark("a million posts to a busy loop", Loop::name,
                [works](benchmark::State& state) { measure_wake_ups<Loop>(state, works); })
      ->UseRealTime()
      ->MeasureProcessCPUTime()
      ->Iterations(1);
}

}  // namespace pinwheel::perf
