// Finds an event by a value that may be stale.
//
// Threads:   loop-bound.
// Ownership: borrows its events; one is erased before it dies.
// Limits:    2^32 - 1 events at a time; a generation comes round after 2^32 - 1 uses of its slot.
#pragma once

#include <cstdint>
#include <vector>

#include "pinwheel/reactor/event_ref.h"

namespace pinwheel {
inline namespace v0 {

class event;

class event_slots {
 public:
  event_ref insert(event& named);
  void erase(event_ref which) noexcept;
  // Null when it was erased.
  [[nodiscard]] event* find(event_ref which) const noexcept;

 private:
  static constexpr std::uint32_t none = UINT32_MAX;

  struct slot {
    event* named = nullptr;
    std::uint32_t generation = 1;  // Never 0; bumped by erase().
    std::uint32_t next_free = none;
  };

  std::vector<slot> slots_;
  std::uint32_t first_free_ = none;
};

}  // namespace v0
}  // namespace pinwheel
