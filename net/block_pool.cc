#include "pinwheel/net/block_pool.h"

#include <new>

#include "pinwheel/net/detail/poison.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

block_pool::~block_pool() {
  PINWHEEL_DCHECK(blocks_in_use_ == 0, "a block pool died while blocks of it are in use");
  for (const free_list& list : free_) {
    for (free_block* at = list.first; at != nullptr;) {
      detail::unpoison(at, sizeof(free_block));
      free_block* next = at->next;
      ::operator delete(at);
      at = next;
    }
  }
}

std::size_t block_pool::class_of(std::size_t bytes) noexcept {
  PINWHEEL_DCHECK(bytes == rounded(bytes), "a block's size is not one of the pool's");
  return static_cast<std::size_t>(std::countr_zero(bytes) - std::countr_zero(block_bytes_min));
}

void* block_pool::allocate(std::size_t bytes) {
  free_list& list = free_[class_of(bytes)];
  ++blocks_in_use_;
  bytes_in_use_ += bytes;
  if (list.first == nullptr) return ::operator new(bytes);
  free_block* taken = list.first;
  detail::unpoison(taken, bytes);
  list.first = taken->next;
  --list.blocks;
  bytes_retained_ -= bytes;
  return taken;
}

void block_pool::release(void* block, std::size_t bytes) noexcept {
  free_list& list = free_[class_of(bytes)];
  --blocks_in_use_;
  bytes_in_use_ -= bytes;
  if ((list.blocks + 1) * bytes > retained_bytes_max) return ::operator delete(block);
  list.first = ::new (block) free_block{list.first};
  detail::poison(block, bytes);
  ++list.blocks;
  bytes_retained_ += bytes;
}

void block_pool::give_away(holding taken_along) noexcept {
  blocks_in_use_ -= taken_along.blocks;
  bytes_in_use_ -= taken_along.bytes;
}

void block_pool::take_over(holding brought) noexcept {
  blocks_in_use_ += brought.blocks;
  bytes_in_use_ += brought.bytes;
}

}  // namespace v0
}  // namespace pinwheel
