// A loop that runs in a thread of its own, on one CPU, so that the scheduler's choices do not show as noise.
//
// Threads:   made and destroyed by one thread; loop().post() from any.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <thread>

#include "call.h"
#include "failed.h"
#include "reach.h"

namespace pinwheel::perf {

// Of the CPUs that this process may use, the first is number 0's alone; the others are shared out among all numbers
// above, if there are any.
inline void pin_this_thread(int number) {
  static const cpu_set_t allowed = [] {
    cpu_set_t all;
    must(::sched_getaffinity(0, sizeof all, &all) == 0, "sched_getaffinity");
    return all;
  }();
  const int others = CPU_COUNT(&allowed) - 1;
  int left = number == 0 || others == 0 ? 0 : 1 + (number - 1) % others;
  int cpu = 0;
  while (!CPU_ISSET(cpu, &allowed) || left-- > 0) ++cpu;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  must(::pthread_setaffinity_np(::pthread_self(), sizeof one, &one) == 0, "pthread_setaffinity_np");
}

template <class Loop>
class loop_thread {
 public:
  explicit loop_thread(int cpu)
      : loop_(reach::many_threads), thread_([this, cpu] {
          pin_this_thread(cpu);
          loop_.run();
        }) {}
  loop_thread(const loop_thread&) = delete;
  loop_thread& operator=(const loop_thread&) = delete;
  ~loop_thread() {
    loop_.post(call_to<&Loop::stop>(loop_));
    thread_.join();
  }

  Loop& loop() { return loop_; }

 private:
  Loop loop_;
  std::thread thread_;
};

}  // namespace pinwheel::perf
