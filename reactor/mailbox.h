// What other threads have for a loop. Outlives the loop for as long as anyone holds a handle to it.
//
// Threads:   post(), flag() and the reference count: any. The rest: the loop's, or whoever holds the flag in its stead.
// Ownership: counted: by the base and by every event_base_handle. Owns what lies in it.
// Limits:    `tasks_max` tasks waiting to be run, as many in each overflow, and a ring a producer; then `full`.
//            Commands have a reserve behind that, so that a flood of tasks does not keep a loop from being told to
//            leave; those that are sent always are bounded by their senders.
// Errors:    a taker's exception leaves drain(); the letter at which it threw, and all behind it, are given again.
// Cost:      loop to loop a few stores and no lock; from a foreign thread one lock; a notification only when the loop
//            may sleep.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "pinwheel/reactor/base/mutex.h"
#include "pinwheel/reactor/event_base_handle.h"
#include "pinwheel/reactor/letter.h"
#include "pinwheel/reactor/letter_batch.h"
#include "pinwheel/reactor/loop_number.h"
#include "pinwheel/reactor/loop_ring.h"
#include "pinwheel/reactor/notifier.h"
#include "pinwheel/reactor/posted_to.h"
#include "pinwheel/reactor/run_flag.h"
#include "pinwheel/reactor/wake_protocol.h"

namespace pinwheel {
inline namespace v0 {

class mailbox {
 public:
  mailbox(event_base& consumer, notifier wake, std::size_t tasks_max)
      : flag_(consumer), notifier_(std::move(wake)), tasks_max_(tasks_max) {
    protocol_.enrol(foreign);
  }
  ~mailbox();
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;

  void share() noexcept { shares_.fetch_add(1, std::memory_order_relaxed); }
  void drop() noexcept;

  // --- any thread ---

  // Moves from the letter only when the answer is `taken`.
  post_result post(letter& mail);

  // Who may touch the loop's base.
  [[nodiscard]] run_flag& flag() noexcept { return flag_; }

  // As whom this thread posts: the loop whose turn it is in, or the one producer of all that is outside of loops.
  [[nodiscard]] static std::size_t producer_here() noexcept;

  // --- the loop's thread ---

  // Calls `take(letter&)` for each letter that lay here when it began, in order by producer.
  template <class Take>
  void drain(Take&& take) {
    // An exchange, and before the bytes are looked at: a plain store could still lie in this processor's store buffer
    // and wipe out the mark of a command whose byte was not seen.
    if (attention_.load(std::memory_order_relaxed)) attention_.exchange(false, std::memory_order_acquire);
    for (std::size_t at = 0, producers = protocol_.producers(); at < producers; ++at) drain_one(at, take);
  }

  // The same for the letters of one producer.
  template <class Take>
  void drain_one(std::size_t producer, Take&& take) {
    if (!protocol_.take(producer)) return;
    try {
      producer == foreign ? drain_foreign(take) : drain_ring(producer, take);
    } catch (...) {
      static_cast<void>(protocol_.announce(producer));  // Nobody sleeps: the next drain() looks here again.
      throw;
    }
  }

  // Set by commands: to be looked at after every callback.
  [[nodiscard]] const std::atomic<bool>& attention() const noexcept { return attention_; }
  [[nodiscard]] bool has_mail() const noexcept { return protocol_.any_pending(); }
  // Before and after the wait; see wake_protocol.
  [[nodiscard]] bool may_sleep() { return protocol_.may_sleep(); }
  void woke() { protocol_.woke(); }
  // How many taken tasks wait to be run: producers look at it.
  void set_tasks_waiting(std::size_t waiting) noexcept {
    if (tasks_waiting_.load(std::memory_order_relaxed) != waiting)
      tasks_waiting_.store(waiting, std::memory_order_relaxed);
  }

  [[nodiscard]] bool is_closed() const noexcept { return closed_.load(std::memory_order_acquire); }
  // The loop has ended: what lies here is destroyed unrun, and from now on the answer is `gone`.
  void close();

  [[nodiscard]] const notifier& wake() const noexcept { return notifier_; }
  absl::Status reopen_wake() { return notifier_.reopen(); }
  // Notifications written so far.
  [[nodiscard]] std::size_t notifications() const noexcept { return notifications_.load(std::memory_order_relaxed); }

 private:
  friend class posted_to;

  static constexpr std::size_t foreign = 0;  // Producer 0: every thread outside of a loop's turn. Loop n is n + 1.

  static constexpr std::size_t commands_reserve = 1024;

  // The most letters that may wait in an overflow when one of that kind comes.
  [[nodiscard]] std::size_t overflow_max(letter::delivery how) const noexcept;

  struct foreign_box {
    mutex lock;
    std::vector<letter> letters ABSL_GUARDED_BY(lock);
    letter_batch taken;  // The loop's; swapped with `letters` whole, so both keep their room.
  };

  bool push_foreign(letter& mail, std::size_t letters_max);
  bool push_from_loop(posted_to& producer, letter& mail, std::size_t overflow_max);
  void announce(std::size_t producer);
  void take_foreign();

  template <class Take>
  void drain_foreign(Take&& take) {
    foreign_.taken.take_all(take);  // What a taker that threw has left.
    take_foreign();
    foreign_.taken.take_all(take);
  }

  template <class Take>
  void drain_ring(std::size_t producer, Take&& take) {
    loop_ring* ring = rings_[producer].load(std::memory_order_acquire);
    if (ring == nullptr) return;  // The producer's end was seen, and the ring retired, before it was announced.
    const bool ended = ring->has_ended();
    ring->drain(take);
    if (ended) retire(producer);
  }

  void retire(std::size_t producer);

  run_flag flag_;
  notifier notifier_;
  const std::size_t tasks_max_;
  std::atomic<std::size_t> shares_{0};
  std::atomic<std::size_t> notifications_{0};
  std::atomic<bool> closed_{false};
  alignas(64) std::atomic<bool> attention_{false};
  std::atomic<std::size_t> tasks_waiting_{0};
  wake_protocol<std::atomic, loops_max + 1> protocol_;
  std::array<std::atomic<loop_ring*>, loops_max + 1> rings_{};  // Made by their producers, ended by the loop.
  foreign_box foreign_;
};

}  // namespace v0
}  // namespace pinwheel
