// What a post costs: producers post to one loop as fast as they can; the time is from the first post to the last run.
//
// A producer is a thread without a loop, or a loop that posts in one of its callbacks. The consumer has a CPU of its
// own if there are two. Each producer stops while so many of its posts wait: few, as between loops that keep up with
// each other, or all of them, a flood.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>

#include "call.h"
#include "loop_thread.h"
#include "posted_work.h"
#include "subject.h"

namespace pinwheel::perf {

// How many posts one producer makes, and how many of them may wait.
struct post_plan {
  int works;
  int waiting_max;
};

template <class Loop>
class post_batch {
 public:
  post_batch(Loop& consumer, receiver& to, post_plan plan) : consumer_(consumer), lane_(to), plan_(plan) {}

  void post_all() {
    // Looked at now and then only: the count is in the consumer's cache.
    const int at_once = plan_.waiting_max / 2;
    for (int left = plan_.works; left > 0; left -= at_once) {
      wait_until_few_wait();
      for (int at = 0; at < at_once && at < left; ++at) {
        consumer_.post(posted_work{.by = &lane_, .connection = 1, .bytes = posted_++});
      }
    }
  }

 private:
  void wait_until_few_wait() const {
    while (posted_ - lane_.received() > static_cast<std::uint64_t>(plan_.waiting_max / 2)) std::this_thread::yield();
  }

  Loop& consumer_;
  lane lane_;
  const post_plan plan_;
  std::uint64_t posted_ = 0;
};

// A thread that posts all for each start().
template <class Loop>
class thread_producer {
 public:
  thread_producer(int cpu, Loop& consumer, receiver& to, post_plan plan)
      : batch_(consumer, to, plan), thread_([this, cpu] {
          pin_this_thread(cpu);
          for (unsigned seen = 0; wait_for_start(seen); ++seen) batch_.post_all();
        }) {}
  thread_producer(const thread_producer&) = delete;
  thread_producer& operator=(const thread_producer&) = delete;
  ~thread_producer() {
    ends_ = true;
    start();
    thread_.join();
  }

  void start() {
    ++starts_;
    starts_.notify_one();
  }

 private:
  bool wait_for_start(unsigned seen) {
    starts_.wait(seen);
    return !ends_;
  }

  post_batch<Loop> batch_;
  std::atomic<unsigned> starts_ = 0;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

// A loop that posts all, in a callback, for each start().
template <class Loop>
class loop_producer {
 public:
  loop_producer(int cpu, Loop& consumer, receiver& to, post_plan plan) : batch_(consumer, to, plan), thread_(cpu) {}

  void start() { thread_.loop().post(call_to<&post_batch<Loop>::post_all>(batch_)); }

 private:
  post_batch<Loop> batch_;
  loop_thread<Loop> thread_;
};

template <class Loop, template <class> class Producer>
void measure_posts(benchmark::State& state, int producers, post_plan plan) {
  receiver to;
  std::deque<Producer<Loop>> all;
  loop_thread<Loop> consumer(0);
  for (int at = 0; at < producers; ++at) all.emplace_back(1 + at, consumer.loop(), to, plan);
  for (auto _ : state) {
    to.expect(producers * plan.works);
    for (auto& each : all) each.start();
    to.wait();
  }
  state.SetItemsProcessed(state.iterations() * producers * plan.works);
}

template <class Loop>
void add_posts(const scale& size) {
  for (const int producers : {1, 4}) {
    const int works = size.of(100'000, 1'000) / producers;
    for (const int waiting_max : {size.of(100, 10), 2 * works}) {
      const post_plan plan{.works = works, .waiting_max = waiting_max};
      const std::string sizes =
          "/producers:" + std::to_string(producers) + (waiting_max < works ? "/few waiting" : "/flood");
      add_benchmark("post from a thread" + sizes, Loop::name,
                    [=](benchmark::State& state) { measure_posts<Loop, thread_producer>(state, producers, plan); })
          ->UseRealTime()
          ->MeasureProcessCPUTime();
      add_benchmark("post from a loop" + sizes, Loop::name,
                    [=](benchmark::State& state) { measure_posts<Loop, loop_producer>(state, producers, plan); })
          ->UseRealTime()
          ->MeasureProcessCPUTime();
    }
  }
}

}  // namespace pinwheel::perf
