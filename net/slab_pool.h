// Rooms for small objects of one loop that live long, such as connections: packed into slabs by size, so that a room
// costs no more than its bytes; a slab without objects goes back to the system, but for one of each size.
//
// Threads:   loop-bound.
// Ownership: hands rooms out; each comes back by release() before the pool dies (checked in debug builds).
// Limits:    larger objects than object_bytes_max are allocated one by one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pinwheel/reactor/base/intrusive_list.h"

namespace pinwheel {
inline namespace v0 {

class slab_pool {
 public:
  static constexpr std::size_t step_bytes = 8;  // Sizes are rounded up to it; rooms are aligned to it.
  static constexpr std::size_t object_bytes_max = 2048;
  // Also its alignment: a room finds its slab by its address. No page of Linux is larger.
  static constexpr std::size_t slab_bytes = 64 << 10;

  slab_pool() = default;
  slab_pool(const slab_pool&) = delete;
  slab_pool& operator=(const slab_pool&) = delete;
  ~slab_pool();

  [[nodiscard]] void* allocate(std::size_t bytes);
  // REQUIRES: the size it was allocated with.
  void release(void* room, std::size_t bytes) noexcept;

  [[nodiscard]] std::size_t bytes_held() const noexcept { return slabs_ * slab_bytes; }  // Of slabs.
  [[nodiscard]] std::size_t rooms_in_use() const noexcept { return rooms_in_use_; }

 private:
  struct slab_tag;
  struct slab;
  struct free_room;

  using slab_list = intrusive_list<slab, slab_tag>;

  // The slabs of one size.
  struct size_class {
    slab_list with_room;  // At most one of them is wholly empty.
    slab* empty = nullptr;
  };

  static slab* make_slab();
  static void destroy_slab(slab* empty) noexcept;
  static slab* slab_of(void* room) noexcept;
  static void* take_room(slab& from, std::size_t room_bytes) noexcept;

  std::array<size_class, object_bytes_max / step_bytes> classes_;
  std::size_t slabs_ = 0;
  std::size_t rooms_in_use_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
