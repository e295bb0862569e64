// What the benchmarks post: work that names where it came from and carries two words, as a connection handed over does.
// It fits no std::function without an allocation, which is what a post costs where users write it with one.
#pragma once

#include <atomic>
#include <cstdint>
#include <semaphore>

#include "call.h"

namespace pinwheel::perf {

// Counts, on the consumer's loop, what arrived from everyone.
class receiver {
 public:
  // REQUIRES: nothing is on its way.
  void expect(int works) { left_ = works; }
  void wait() { all_there_.acquire(); }

 private:
  friend class lane;

  int left_ = 0;
  std::binary_semaphore all_there_{0};
};

// What one producer has on its way to the receiver.
class lane {
 public:
  explicit lane(receiver& to) : to_(to) {}

  // On the consumer's loop.
  void receive(std::uint64_t bytes) {
    bytes_ += bytes;
    receive_one();
  }
  void receive_one() {
    received_.store(received_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    if (--to_.left_ == 0) to_.all_there_.release();
  }

  // By the producer.
  [[nodiscard]] std::uint64_t received() const { return received_.load(std::memory_order_acquire); }

 private:
  receiver& to_;
  std::uint64_t bytes_ = 0;
  alignas(64) std::atomic<std::uint64_t> received_ = 0;
};

struct posted_work {
  lane* by;
  std::uint64_t connection;
  std::uint64_t bytes;

  void operator()() const { by->receive(bytes + connection); }
  // Where posts are bare calls, the words stay behind.
  explicit operator call() const { return call_to<&lane::receive_one>(*by); }
};

}  // namespace pinwheel::perf
