#include "pinwheel/net/stream_table.h"

#include <utility>

namespace pinwheel {
inline namespace v0 {

const stream_table::chunk& stream_table::chunk_of(const stream_slot& slot) noexcept {
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(&slot) % chunk_bytes;
  return *reinterpret_cast<const chunk*>(reinterpret_cast<const std::byte*>(&slot) - offset);
}

streams& stream_table::owner_of(const stream_slot& slot) noexcept { return *chunk_of(slot).owner; }

stream_id stream_table::id_of(const stream_slot& slot) noexcept {
  const chunk& home = chunk_of(slot);
  const auto index = static_cast<std::size_t>(&slot - home.slots.data());
  return {static_cast<std::uint32_t>(home.first_slot + index), slot.generation};
}

stream_slot* stream_table::find(stream_id named) const noexcept {
  const std::size_t at = named.slot / slots_per_chunk;
  if (at >= chunks_.size()) return nullptr;
  stream_slot& slot = chunks_[at]->slots[named.slot % slots_per_chunk];
  return slot.is.used && slot.generation == named.generation ? &slot : nullptr;
}

void stream_table::grow() {
  auto made = std::make_unique<chunk>();
  made->owner = &owner_;
  made->first_slot = chunks_.size() * slots_per_chunk;
  for (std::size_t at = slots_per_chunk; at-- > 0;) {
    made->slots[at].owner = free_;
    free_ = &made->slots[at];
  }
  chunks_.push_back(std::move(made));
}

stream_slot* stream_table::allocate() {
  if (used_ == streams_max) return nullptr;
  if (free_ == nullptr) grow();
  stream_slot* slot = free_;
  free_ = static_cast<stream_slot*>(std::exchange(slot->owner, nullptr));
  slot->is.used = true;
  ++used_;
  return slot;
}

void stream_table::release(stream_slot& slot) noexcept {
  rename(slot);
  slot.is = {};
  slot.owner = std::exchange(free_, &slot);
  --used_;
}

void stream_table::rename(stream_slot& slot) noexcept {
  if (++slot.generation == 0) slot.generation = 1;
}

}  // namespace v0
}  // namespace pinwheel
