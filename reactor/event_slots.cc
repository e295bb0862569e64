#include "pinwheel/reactor/event_slots.h"

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

event_ref event_slots::insert(event& named) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t at = free_.back();
  free_.pop_back();
  slots_[at].named = &named;
  return {at, slots_[at].generation};
}

void event_slots::erase(event_ref which) {
  PINWHEEL_CHECK(find(which) != nullptr, "a stale event reference was erased");
  slot& at = slots_[which.slot];
  at.named = nullptr;
  if (++at.generation == 0) at.generation = 1;
  free_.push_back(which.slot);
}

event* event_slots::find(event_ref which) const noexcept {
  if (which.slot >= slots_.size()) return nullptr;
  const slot& at = slots_[which.slot];
  return at.generation == which.generation ? at.named : nullptr;
}

}  // namespace v0
}  // namespace pinwheel
