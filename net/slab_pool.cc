#include "pinwheel/net/slab_pool.h"

#include <new>

#include "pinwheel/net/detail/poison.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

struct slab_pool::free_room {
  free_room* next;
};

// The head of a slab; its rooms lie behind it. In its class's list exactly while a room is free.
struct slab_pool::slab : list_hook<slab_tag> {
  free_room* free = nullptr;
  std::size_t used = 0;
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
    ::operator delete(each.empty, std::align_val_t{slab_bytes});
  }
}

slab_pool::slab* slab_pool::make_slab(std::size_t room_bytes) {
  auto* memory = static_cast<std::byte*>(::operator new(slab_bytes, std::align_val_t{slab_bytes}));
  auto* made = ::new (memory) slab;
  static_assert(sizeof(slab) <= 2 * step_bytes);
  constexpr std::size_t first = 2 * step_bytes;
  const std::size_t rooms = (slab_bytes - first) / room_bytes;
  for (std::size_t at = rooms; at-- > 0;) made->free = ::new (memory + first + at * room_bytes) free_room{made->free};
  detail::poison(memory + first, rooms * room_bytes);
  return made;
}

slab_pool::slab* slab_pool::slab_of(void* room) noexcept {
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(room) % slab_bytes;
  return reinterpret_cast<slab*>(static_cast<std::byte*>(room) - offset);
}

void* slab_pool::allocate(std::size_t bytes) {
  ++rooms_in_use_;
  if (bytes > object_bytes_max) return ::operator new(bytes, std::align_val_t{step_bytes});
  size_class& mine = classes_[class_of(bytes)];
  if (mine.with_room.empty()) {
    mine.empty = make_slab(room_bytes_of(bytes));
    mine.with_room.push_back(*mine.empty);
    ++slabs_;
  }
  slab& from = mine.with_room.front();
  if (mine.empty == &from) mine.empty = nullptr;
  free_room* taken = from.free;
  detail::unpoison(taken, room_bytes_of(bytes));
  from.free = taken->next;
  ++from.used;
  if (from.free == nullptr) from.unlink();
  return taken;
}

void slab_pool::release(void* room, std::size_t bytes) noexcept {
  --rooms_in_use_;
  if (bytes > object_bytes_max) return ::operator delete(room, std::align_val_t{step_bytes});
  size_class& mine = classes_[class_of(bytes)];
  slab* home = slab_of(room);
  if (home->free == nullptr) mine.with_room.push_back(*home);
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
  ::operator delete(home, std::align_val_t{slab_bytes});
}

}  // namespace v0
}  // namespace pinwheel
