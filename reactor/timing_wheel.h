// Holds the timers of one loop: constant time to arm, cancel and re-arm, exact to the nanosecond, in order of deadline.
//
// A hierarchy of levels of 256 slots; a slot of the lowest level is one tick of 2^20 ns, one of the next level 256
// ticks, and so on over all of time. A bitmap of occupied slots for each level lets the wheel jump over empty time, so
// a far timer costs nothing until it is due. A node keeps its exact deadline; a slot's nodes are sorted when it
// expires.
//
// Threads:   loop-bound.
// Ownership: nodes are members of what they time out; one must be cancelled before it dies (checked in debug builds).
// Limits:    deadlines before the clock's epoch count as already due.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/base/intrusive_list.h"

namespace pinwheel {
inline namespace v0 {

struct timer_tag;

// A timer: a member or base class of what it times out.
class timer_node : public list_hook<timer_tag> {
 public:
  // Called by expire() with the node already unarmed, so it may be armed again at once.
  using expired_function = void (*)(timer_node& self);

  explicit timer_node(expired_function expired) noexcept : expired_(expired) {}

  [[nodiscard]] bool is_armed() const noexcept { return is_linked(); }
  // REQUIRES: is_armed(), and not armed relatively in a callback that is still running.
  [[nodiscard]] time_point deadline() const noexcept { return time_point(duration(when_)); }

 private:
  friend class timing_wheel;

  std::int64_t when_ = 0;         // Deadline in ns of its clock; while it awaits placing, the delay in ns.
  std::uint64_t order_ : 48 = 0;  // Order of arming, to break ties of equal deadlines (SEMANTICS T14).
  std::uint64_t slot_ : 16 = 0;   // Level * 256 + slot, or `unplaced`.
  expired_function expired_;
};

static_assert(sizeof(timer_node) <= 48);

class timing_wheel {
 public:
  explicit timing_wheel(time_point now);

  // Arms, or re-arms, for an exact time. A time in the past is due at the next expire().
  void arm_at(timer_node& node, time_point deadline);

  // Arms, or re-arms, for `delay` after the reading that the next place() brings; until then it cannot expire. A
  // negative delay counts as zero.
  void arm_after(timer_node& node, duration delay);

  // Gives a deadline to what arm_after() armed since the last call, all counted from `now` (SEMANTICS T11).
  void place(time_point now);
  [[nodiscard]] bool has_unplaced() const noexcept { return !unplaced_.empty(); }

  // Whether or not it is armed.
  void cancel(timer_node& node) noexcept;

  // The earliest placed deadline. Constant time unless the earliest was cancelled since the last call.
  [[nodiscard]] std::optional<time_point> next_deadline() const;

  // Unarms every placed timer with deadline <= now and calls its function, in order of (deadline, arming); answers how
  // many. What those functions arm is not looked at again before the next call. REQUIRES: now does not go backwards.
  std::size_t expire(time_point now);

  // Armed timers, placed or not.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  // Walks everything and checks every invariant (SEMANTICS D3).
  void validate() const;

 private:
  static constexpr unsigned tick_bits = 20;
  static constexpr unsigned slot_bits = 8;
  static constexpr unsigned slots_per_level = 1U << slot_bits;
  static constexpr unsigned levels = 6;  // 2^(20 + 6 * 8) ns: past the end of 64-bit time.

  // Where a node is that is in no slot.
  enum place : std::uint16_t { unplaced = levels * slots_per_level, due };

  using node_list = intrusive_list<timer_node, timer_tag>;

  // One bit a slot, set exactly while the slot is not empty.
  class occupancy {
   public:
    void set(unsigned slot) noexcept { words_[slot / 64] |= std::uint64_t{1} << (slot % 64); }
    void clear(unsigned slot) noexcept { words_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64)); }
    [[nodiscard]] bool test(unsigned slot) const noexcept { return (words_[slot / 64] >> (slot % 64) & 1) != 0; }
    // The first occupied slot at or behind `from`; slots_per_level when there is none.
    [[nodiscard]] unsigned first(unsigned from) const noexcept;

   private:
    std::array<std::uint64_t, slots_per_level / 64> words_{};
  };

  struct level {
    std::array<node_list, slots_per_level> slots;
    occupancy occupied;
  };

  // An occupied slot and the first tick that it stands for.
  struct position {
    unsigned level;
    unsigned slot;
    std::int64_t first_tick;
  };

  static std::int64_t tick_of(std::int64_t nanoseconds) noexcept { return nanoseconds >> tick_bits; }
  static bool is_before(const timer_node& a, const timer_node& b) noexcept;

  void insert(timer_node& node);
  void leave(timer_node& node) noexcept;
  [[nodiscard]] std::optional<position> first_occupied() const;
  void cascade(const position& at);
  void collect_due(const position& at, std::int64_t now);
  std::size_t call_due();
  static void sort(node_list& list);

  std::array<level, levels> levels_;
  node_list unplaced_;  // In order of arming.
  node_list due_;       // Within expire(): still to be called, in order.
  std::int64_t tick_;   // No placed node is due before it; all of level 0 lies in its 256 ticks, and so on upwards.
  std::uint64_t next_order_ = 0;
  std::size_t size_ = 0;
  // The earliest placed deadline; unknown after that one was cancelled.
  mutable std::optional<std::int64_t> earliest_;
};

}  // namespace v0
}  // namespace pinwheel
