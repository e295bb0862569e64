// Threads that a case starts beside its loop.
//
// Threads:   used by one thread.
// Ownership: joined when this dies; what was not due by then does not happen.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace pinwheel::conformance {

class case_threads {
 public:
  void start(std::function<void()> what) {
    threads_.emplace_back([what = std::move(what)](const std::stop_token&) { what(); });
  }

  void start_after(std::chrono::nanoseconds delay, std::function<void()> what) {
    const auto due = std::chrono::steady_clock::now() + delay;
    threads_.emplace_back([due, what = std::move(what)](const std::stop_token& stop) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any stopped;
      stopped.wait_until(lock, stop, due, [&] { return stop.stop_requested(); });
      if (!stop.stop_requested()) what();
    });
  }

 private:
  std::vector<std::jthread> threads_;
};

}  // namespace pinwheel::conformance
