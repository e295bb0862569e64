#include "pinwheel/net/slab_pool.h"

#include <cstdint>
#include <new>

#include "pinwheel/net/detail/aligned_pages.h"
#include "pinwheel/net/detail/poison.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

struct slab_pool::free_room {
  free_room* next;
};

// The head of a slab; its rooms lie behind it. In its class's list exactly while a room is free.
struct slab_pool::slab : list_hook<slab_tag> {
  free_room* free = nullptr;           // That were used before.
  std::uint32_t fresh = sizeof(slab);  // Where what was never used begins: pages behind it cost nothing.
  std::uint32_t used = 0;              // Rooms.

  [[nodiscard]] bool has_room(std::size_t room_bytes) const noexcept {
    return free != nullptr || fresh + room_bytes <= slab_bytes;
  }
};

namespace {

constexpr std::size_t class_of(std::size_t bytes) {
  return (bytes + slab_pool::step_bytes - 1) / slab_pool::step_bytes - 1;
}

constexpr std::size_t room_bytes_of(std::size_t bytes) { return (class_of(bytes) + 1) * slab_pool::step_bytes; }

}  // namespace

slab_pool::~slab_pool() {
  PINWHEEL_DCHECK(rooms_in_use_ == 0, "a slab pool died while rooms of it are in use");
  for (size_class& each : classes_) {
    if (each.empty == nullptr) continue;
    each.empty->unlink();
    destroy_slab(each.empty);
  }
}

slab_pool::slab* slab_pool::make_slab() {
  void* const memory = detail::map_aligned(slab_bytes);
  auto* const made = ::new (memory) slab;
  static_assert(sizeof(slab) % step_bytes == 0);
  detail::poison(made + 1, slab_bytes - sizeof(slab));
  return made;
}

void slab_pool::destroy_slab(slab* empty) noexcept {
  detail::unpoison(empty + 1, slab_bytes - sizeof(slab));
  detail::unmap_aligned(empty, slab_bytes);
}

slab_pool::slab* slab_pool::slab_of(void* room) noexcept {
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(room) % slab_bytes;
  return reinterpret_cast<slab*>(static_cast<std::byte*>(room) - offset);
}

void* slab_pool::take_room(slab& from, std::size_t room_bytes) noexcept {
  ++from.used;
  if (from.free != nullptr) {
    free_room* const taken = from.free;
    detail::unpoison(taken, room_bytes);
    from.free = taken->next;
    return taken;
  }
  void* const taken = reinterpret_cast<std::byte*>(&from) + from.fresh;
  detail::unpoison(taken, room_bytes);
  from.fresh += static_cast<std::uint32_t>(room_bytes);
  return taken;
}

void* slab_pool::allocate(std::size_t bytes) {
  if (bytes > object_bytes_max) {
    void* const alone = ::operator new(bytes);
    ++rooms_in_use_;
    return alone;
  }
  size_class& mine = classes_[class_of(bytes)];
  if (mine.with_room.empty()) {
    mine.empty = make_slab();
    mine.with_room.push_back(*mine.empty);
    ++slabs_;
  }
  slab& from = mine.with_room.front();
  if (mine.empty == &from) mine.empty = nullptr;
  const std::size_t room_bytes = room_bytes_of(bytes);
  void* const taken = take_room(from, room_bytes);
  if (!from.has_room(room_bytes)) from.unlink();
  ++rooms_in_use_;
  return taken;
}

void slab_pool::release(void* room, std::size_t bytes) noexcept {
  --rooms_in_use_;
  if (bytes > object_bytes_max) return ::operator delete(room);
  size_class& mine = classes_[class_of(bytes)];
  slab* home = slab_of(room);
  if (!home->has_room(room_bytes_of(bytes))) mine.with_room.push_back(*home);
  home->free = ::new (room) free_room{home->free};
  detail::poison(room, room_bytes_of(bytes));
  if (--home->used != 0) return;
  // One empty slab is kept, so that a single object that comes and goes allocates nothing.
  if (mine.empty == nullptr) {
    mine.empty = home;
    return;
  }
  home->unlink();
  --slabs_;
  destroy_slab(home);
}

}  // namespace v0
}  // namespace pinwheel
