#include "pinwheel/reactor/event_slots.h"

#include <utility>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

event_ref event_slots::insert(event& named) {
  if (first_free_ == none) {
    slots_.emplace_back();
    first_free_ = static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t at = first_free_;
  first_free_ = slots_[at].next_free;
  slots_[at].named = &named;
  return {at, slots_[at].generation};
}

void event_slots::erase(event_ref which) noexcept {
  PINWHEEL_CHECK(find(which) != nullptr, "a stale event reference was erased");
  slot& at = slots_[which.slot];
  at.named = nullptr;
  if (++at.generation == 0) at.generation = 1;
  at.next_free = std::exchange(first_free_, which.slot);
}

event* event_slots::find(event_ref which) const noexcept {
  if (which.slot >= slots_.size()) return nullptr;
  const slot& at = slots_[which.slot];
  return at.generation == which.generation ? at.named : nullptr;
}

}  // namespace v0
}  // namespace pinwheel
