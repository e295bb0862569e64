// The queues of what is to be run: one first-in-first-out queue a priority, 0 the most important.
//
// Threads:   loop-bound.
// Ownership: borrows its items; an item leaves (remove) before it dies.
// Cost:      constant for each item. begin_pass(), end_pass(), set_reading() and overdue(), which come once a turn or
//            once an aging interval, walk the queues that are not empty, by a bitmap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "pinwheel/reactor/active_item.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/base/gauge.h"

namespace pinwheel {
inline namespace v0 {

inline constexpr unsigned priorities_max = 255;  // SEMANTICS A1.

class active_queues {
 public:
  // REQUIRES: 1 <= priorities <= priorities_max.
  explicit active_queues(unsigned priorities);
  ~active_queues();
  active_queues(const active_queues&) = delete;
  active_queues& operator=(const active_queues&) = delete;

  [[nodiscard]] unsigned priorities() const noexcept { return priorities_; }
  // REQUIRES: as the constructor; no item waits (A1), and none is activated any more at a priority that has gone.
  void set_priorities(unsigned priorities);

  // Puts the item behind its priority's queue, with its reasons gathered (SEMANTICS A4). An item that was to become
  // active at the next turn becomes active now.
  void activate(active_item& item, reasons why = reasons::user);
  // The same from the next turn on; an item that is active already only gathers the reasons (A10).
  void activate_later(active_item& item, reasons why = reasons::user);
  // Makes active what activate_later() set aside, in order.
  void promote_later();
  // Takes the item out, wherever it waits, and forgets its reasons.
  void remove(active_item& item);
  // Takes some reasons back, and the activation with the last of them (T2).
  void withdraw(active_item& item, reasons why);
  // REQUIRES: the item does not wait (A3).
  void set_priority(active_item& item, unsigned priority);

  // The most important priority with an item in its queue.
  [[nodiscard]] std::optional<unsigned> highest() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return active_ == 0; }
  [[nodiscard]] bool has_later() const noexcept { return later_count_ != 0; }
  // Items that are not internal, active or later-active.
  [[nodiscard]] std::size_t counted() const noexcept { return counted_.value(); }
  [[nodiscard]] std::size_t counted_maximum() const noexcept { return counted_.maximum(); }
  void reset_counted_maximum() noexcept { counted_.reset_maximum(); }

  // The pass: begin_pass() sets what is active in [from, to) aside; only that is handed out by next(), so that what
  // callbacks activate waits for the next pass (A6). end_pass() puts what was not handed out back in front of its
  // queue.
  void begin_pass(unsigned from, unsigned to);
  // Takes the first item of the most important queue of the pass; null when all were taken.
  active_item* next();
  void end_pass();

  // Takes the first item of one queue, in the pass or not; null when there is none. For overdue queues.
  active_item* take(unsigned priority);

  // Runs a taken item.
  static void run(active_item& item) { item.run_(item); }

  // Set by activate() when something more important than `running` was activated by a callback (A9); watched while a
  // pass runs.
  void watch_above(unsigned running) noexcept {
    running_ = running;
    preempted_ = false;
  }
  [[nodiscard]] bool preempted() const noexcept { return preempted_; }

  // When each non-empty queue last was served, or became non-empty: `reading` stamps what happens from now on, and what
  // happened since forget_reading().
  void set_reading(time_point reading) noexcept;
  // The reading is old: a wait may lie between it and what becomes active next.
  void forget_reading() noexcept { reading_ = unstamped; }
  // The queue that has waited longest, if it has since before `since`.
  [[nodiscard]] std::optional<unsigned> overdue(time_point since) const noexcept;

  // Marks a taken item as run in a round; false when it was already (L4).
  static bool enter_round(active_item& item, std::uint32_t round) noexcept;

  void validate() const;

 private:
  using item_list = intrusive_list<active_item, active_tag>;

  static constexpr time_point unstamped = time_point::max();  // Never overdue.

  struct queue {
    item_list waiting;
    item_list passing;  // Set aside by begin_pass().
    time_point waiting_since{};
  };

  // One bit a priority, set exactly while its list is not empty.
  class bitmap {
   public:
    void set(unsigned bit) noexcept { words_[bit / 64] |= mask(bit); }
    void clear(unsigned bit) noexcept { words_[bit / 64] &= ~mask(bit); }
    [[nodiscard]] bool test(unsigned bit) const noexcept { return (words_[bit / 64] & mask(bit)) != 0; }
    [[nodiscard]] friend bitmap operator|(bitmap one, const bitmap& other) noexcept {
      for (std::size_t at = 0; at < one.words_.size(); ++at) one.words_[at] |= other.words_[at];
      return one;
    }
    // The lowest set bit at or above `from`.
    [[nodiscard]] std::optional<unsigned> lowest(unsigned from = 0) const noexcept;

   private:
    static constexpr std::uint64_t mask(unsigned bit) noexcept { return std::uint64_t{1} << (bit % 64); }

    std::array<std::uint64_t, 4> words_{};
  };

  active_item& taken(active_item& item, queue& from) noexcept;
  void refresh_bits(unsigned priority) noexcept;

  unsigned priorities_;
  std::unique_ptr<queue[]> queues_;  // By priority.
  item_list later_;
  bitmap waiting_bits_;
  bitmap passing_bits_;
  std::size_t active_ = 0;  // In waiting or passing lists.
  std::size_t later_count_ = 0;
  gauge counted_;
  unsigned running_ = 0;
  bool preempted_ = false;
  time_point reading_ = unstamped;
};

}  // namespace v0
}  // namespace pinwheel
