// Lets a loop sleep without missing a producer, and a producer skip the wake-up of a loop that is awake.
//
//   producer: push; pending[p] = 1; if (asleep) asleep.exchange(0) and, if it was 1, notify
//   loop:     asleep = 1; look at the pending[p] of every producer enrolled by now: if one is set, do not wait;
//             wait; asleep = 0; take
//
// The two stores and the loads behind them are sequentially consistent: each side first says what it did and then looks
// at what the other said, so at least one of them sees the other. With either store weaker, a store buffer can hide
// both, and the wake-up is lost; a test walks through every interleaving, with and without.
//
// Threads:   announce(): any producer. The rest: the loop's thread.
// Limits:    producers are numbered below `Producers`; a scan stops at the highest that was enrolled.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace pinwheel {
inline namespace v0 {

// `Atomic` is std::atomic but in the test that models store buffers.
template <template <class> class Atomic, std::size_t Producers>
class wake_protocol {
 public:
  // Before its first announce(): from now on the loop looks at this producer's byte.
  void enrol(std::size_t producer) {
    std::size_t known = producers_.load(std::memory_order_relaxed);
    while (known <= producer && !producers_.compare_exchange_weak(known, producer + 1, std::memory_order_seq_cst)) {
    }
  }

  // After the push. True: the loop may sleep, and the caller, alone among all producers, must notify it.
  [[nodiscard]] bool announce(std::size_t producer) {
    pending_[producer].store(1, std::memory_order_seq_cst);
    return asleep_.load(std::memory_order_seq_cst) != 0 && asleep_.exchange(0, std::memory_order_seq_cst) != 0;
  }

  // Before the wait. False: something is pending; the wait must be zero.
  [[nodiscard]] bool may_sleep() {
    asleep_.store(1, std::memory_order_seq_cst);
    // Counted only now: a producer that comes later finds asleep_ set.
    const std::size_t producers = producers_.load(std::memory_order_seq_cst);
    for (std::size_t at = 0; at < producers; ++at) {
      if (pending_[at].load(std::memory_order_seq_cst) != 0) return false;
    }
    return true;
  }

  // After the wait. Producers write no notification from here on.
  void woke() { asleep_.store(0, std::memory_order_relaxed); }

  // Whether the producer has announced something since the last call; what it pushed before that is visible then.
  [[nodiscard]] bool take(std::size_t producer) {
    return pending_[producer].load(std::memory_order_relaxed) != 0 &&
           pending_[producer].exchange(0, std::memory_order_acq_rel) != 0;
  }

  // Whether take() would answer true for any producer.
  [[nodiscard]] bool any_pending() const {
    for (std::size_t at = 0, to = producers(); at < to; ++at) {
      if (pending_[at].load(std::memory_order_acquire) != 0) return true;
    }
    return false;
  }

  // One past the highest that was enrolled.
  [[nodiscard]] std::size_t producers() const { return producers_.load(std::memory_order_acquire); }

 private:
  // On a line of its own: every producer reads it, and the loop writes it once a turn.
  alignas(64) Atomic<std::uint8_t> asleep_{0};
  alignas(64) std::array<Atomic<std::uint8_t>, Producers> pending_{};
  Atomic<std::size_t> producers_{0};
};

}  // namespace v0
}  // namespace pinwheel
