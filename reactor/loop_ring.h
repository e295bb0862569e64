// What one loop has sent to another: a ring of slots, and an overflow behind it that keeps the order.
//
// While the overflow is not empty the producer appends there, and nowhere else; the consumer takes the rest of the
// ring, then the overflow, under the lock. Any other order would let a later letter overtake an earlier one.
//
// Threads:   push(): the producer's loop. drain(), discard(): the consumer's.
// Limits:    `slots` letters without a lock; then as many more as push() is allowed.
#pragma once

#include <array>
#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "pinwheel/reactor/base/mutex.h"
#include "pinwheel/reactor/letter.h"
#include "pinwheel/reactor/letter_batch.h"
#include "pinwheel/reactor/loop_number.h"

namespace pinwheel {
inline namespace v0 {

class loop_ring {
 public:
  static constexpr std::size_t slots = 128;

  explicit loop_ring(std::shared_ptr<loop_number_lease> producer) : producer_(std::move(producer)) {}

  // Moves from the letter. False, and the letter is untouched, when `overflow_max` letters wait in the overflow
  // already.
  [[nodiscard]] bool push(letter& mail, std::size_t overflow_max);

  // Calls `take(letter&)` for each that lay here when it began, in order. The one at which it throws is given again.
  template <class Take>
  void drain(Take&& take) {
    rest_.take_all(take);  // What a taker that threw has left.
    for (std::size_t left = ring_.read_available(); left > 0; --left) ring_.consume_one(take);
    if (!has_overflow_.load(std::memory_order_acquire)) return;
    take_rest();
    rest_.take_all(take);
  }

  // The producer has ended and nothing more will come.
  [[nodiscard]] bool has_ended() const noexcept { return producer_->has_ended(); }

 private:
  void take_rest();

  boost::lockfree::spsc_queue<letter, boost::lockfree::capacity<slots>> ring_;
  const std::shared_ptr<loop_number_lease> producer_;  // Keeps the number from being reused.
  bool spilling_ = false;                              // The producer's: it has to look under the lock first.
  std::atomic<bool> has_overflow_{false};
  mutex mutex_;
  std::vector<letter> overflow_ ABSL_GUARDED_BY(mutex_);
  letter_batch rest_;  // The consumer's; empty but within drain().
};

}  // namespace v0
}  // namespace pinwheel
