// Threads for tests: one that runs a base, and many that begin together.
//
// Threads:   made and destroyed on the test's.
// Ownership: both join what they started.
#pragma once

#include <gtest/gtest.h>

#include <barrier>
#include <functional>
#include <future>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

// A base on a thread of its own, until it is told to break. Made, run and destroyed there.
class loop_thread {
 public:
  explicit loop_thread(const event_base_options& options = {}) {
    std::promise<event_base*> made;
    std::future<event_base*> base = made.get_future();
    thread_ = std::thread([options, made = std::move(made)]() mutable {
      const auto owned = event_base::create(options).value();
      owned->hold();
      made.set_value(owned.get());
      owned->loop();
    });
    base_ = base.get();
    handle_ = base_->handle();
  }
  ~loop_thread() {
    while (handle_.loop_break() == post_result::full) std::this_thread::yield();
    thread_.join();
  }
  loop_thread(const loop_thread&) = delete;
  loop_thread& operator=(const loop_thread&) = delete;

  [[nodiscard]] const event_base_handle& handle() const { return handle_; }

  // Runs `work` on the loop, so that what it posts comes from this loop, and waits for it.
  void run(const std::function<void(event_base&)>& work) const {
    std::latch done(1);
    ASSERT_EQ(handle_.post([&, this] {
      work(*base_);
      done.count_down();
    }),
              post_result::taken);
    done.wait();
  }

 private:
  std::thread thread_;
  event_base* base_;
  event_base_handle handle_;
};

// Threads that all begin at the same time, and are joined at the end.
class crowd {
 public:
  explicit crowd(std::ptrdiff_t threads) : start_(threads) {}

  void add(std::function<void()> work) {
    threads_.emplace_back([this, work = std::move(work)] {
      start_.arrive_and_wait();
      work();
    });
  }

 private:
  std::barrier<> start_;
  std::vector<std::jthread> threads_;
};

}  // namespace v0
}  // namespace pinwheel
