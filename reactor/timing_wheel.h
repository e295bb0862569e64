// Holds the timers of one loop: constant time to arm, cancel and re-arm, exact to the nanosecond, in order of deadline.
//
// A hierarchy of levels of 256 slots; a slot of the lowest level is one tick of 2^20 ns, one of the next level 256
// ticks, and so on over all of time. A bitmap of occupied slots for each level lets the wheel jump over empty time, so
// a far timer costs nothing until it is due. A node keeps its exact deadline; a slot's nodes are sorted as it expires.
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
  // Armed, and lies in a slot: not while it awaits placing, or its call.
  [[nodiscard]] bool has_deadline() const noexcept { return is_armed() && slot_ != in_no_slot; }
  // REQUIRES: is_armed(), and not armed relatively in a callback that is still running.
  [[nodiscard]] time_point deadline() const noexcept { return time_point(duration(when_)); }

 private:
  friend class timing_wheel;

  static constexpr unsigned in_no_slot = 0xFFFF;

  std::int64_t when_ = 0;         // Deadline in ns of its clock; while it awaits placing, the delay in ns.
  std::uint64_t order_ : 48 = 0;  // Breaks ties of equal deadlines (SEMANTICS T14). Wraps: years at 10^6 armings/s.
  std::uint64_t slot_ : 16 = 0;   // Level * 256 + slot; in_no_slot while it awaits placing or its call.
  expired_function expired_;
};

static_assert(sizeof(timer_node) <= 40);

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
  static constexpr unsigned slot_bits = 8;
  static constexpr unsigned slots_per_level = 1U << slot_bits;
  static constexpr unsigned tick_bits = 20;
  static constexpr unsigned levels = 6;  // 2^(20 + 6 * 8) ns: past the end of 64-bit time.
  static constexpr unsigned in_no_slot = timer_node::in_no_slot;

  using slot_list = intrusive_list<timer_node, timer_tag>;

  // The slots of one level, and which of them hold nodes.
  class level {
   public:
    void add(unsigned index, timer_node& node) noexcept;
    void remove(unsigned index, timer_node& node) noexcept;

    [[nodiscard]] bool empty() const noexcept;
    [[nodiscard]] const slot_list& slot(unsigned index) const { return slots_[index]; }
    // REQUIRES of both: not empty.
    [[nodiscard]] unsigned first_index() const noexcept;
    [[nodiscard]] std::int64_t earliest() const noexcept;

    // That bitmap, slots and cache agree.
    void validate() const;

   private:
    static constexpr unsigned word_bits = 64;

    [[nodiscard]] std::int64_t find_earliest() const noexcept;

    std::array<slot_list, slots_per_level> slots_;
    std::array<std::uint64_t, slots_per_level / word_bits> occupied_{};
    // The least deadline here, if it is known. Kept by level, so that the end of a near timer does not cost a walk over
    // the many far ones.
    mutable std::optional<std::int64_t> earliest_;
  };

  [[nodiscard]] static std::uint64_t tick_of(std::int64_t when) noexcept;
  [[nodiscard]] static bool runs_before(const timer_node& one, const timer_node& other) noexcept;
  static void move_sorted(slot_list& from, std::size_t count, slot_list& to) noexcept;

  [[nodiscard]] unsigned slot_of(std::int64_t when) const noexcept;
  [[nodiscard]] std::uint64_t begin_of(unsigned slot) const noexcept;
  [[nodiscard]] std::optional<unsigned> first_slot() const noexcept;

  void begin_arming(timer_node& node) noexcept;
  void put_in_slot(timer_node& node) noexcept;
  void detach(timer_node& node) noexcept;

  void collect_due(std::int64_t now) noexcept;
  void collect_slot(unsigned slot, std::int64_t now) noexcept;
  void cascade(unsigned slot) noexcept;

  [[nodiscard]] std::size_t validate_slots() const;

  // A node lies at the level of the highest 8-bit group in which its tick differs from the current one. So at each
  // level the occupied slots lie ahead of the current tick (at level 0, or in it), all of one level comes before all of
  // the next, and the current tick may move up to the first occupied slot without moving any node.
  std::array<level, levels> levels_;
  std::uint64_t current_tick_;
  slot_list unplaced_;  // In order of arming.
  slot_list due_;       // In order of call; not empty only while expire() runs.
  std::size_t size_ = 0;
  std::uint64_t armings_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
