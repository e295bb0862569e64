#include "pinwheel/net/output_queue.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

// The head of a block; its bytes lie behind it.
struct output_queue::block {
  block* next;
  std::uint16_t size;   // Of the whole block, in steps of block_pool::block_bytes_min.
  std::uint16_t begin;  // The first byte that was not consumed.
  std::uint16_t end;    // Behind the last byte that was written.

  char* data() noexcept { return reinterpret_cast<char*>(this) + head_bytes; }
  [[nodiscard]] const char* data() const noexcept { return reinterpret_cast<const char*>(this) + head_bytes; }
  [[nodiscard]] std::size_t total() const noexcept { return size * block_pool::block_bytes_min; }
  [[nodiscard]] std::size_t room() const noexcept { return total() - head_bytes - end; }
  [[nodiscard]] std::size_t unread() const noexcept { return std::size_t{end} - begin; }
};

output_queue::~output_queue() { PINWHEEL_DCHECK(first_ == nullptr, "an output queue died with blocks in it"); }

// The first block is small, as most answers are; those behind it are not.
output_queue::block& output_queue::grow(std::size_t bytes, block_pool& pool) {
  static_assert(sizeof(block) <= head_bytes && room_bytes_max <= UINT16_MAX);
  const std::size_t total =
      first_ == nullptr ? std::min(block_pool::rounded(bytes + head_bytes), block_bytes) : block_bytes;
  auto* made = ::new (pool.allocate(total))
      block{nullptr, static_cast<std::uint16_t>(total / block_pool::block_bytes_min), 0, 0};
  (first_ == nullptr ? first_ : last_->next) = made;
  last_ = made;
  return *made;
}

void output_queue::append(std::string_view bytes, block_pool& pool) {
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    block& into = last_ != nullptr && last_->room() > 0 ? *last_ : grow(bytes.size(), pool);
    const std::size_t fits = std::min(bytes.size(), into.room());
    std::memcpy(into.data() + into.end, bytes.data(), fits);
    into.end = static_cast<std::uint16_t>(into.end + fits);
    bytes.remove_prefix(fits);
  }
}

char* output_queue::reserve(std::size_t bytes, block_pool& pool) {
  PINWHEEL_CHECK(bytes <= room_bytes_max, "more was reserved than one block of output holds");
  block& into = last_ != nullptr && last_->room() >= bytes ? *last_ : grow(bytes, pool);
  return into.data() + into.end;
}

void output_queue::commit(std::size_t bytes) noexcept {
  PINWHEEL_CHECK(last_ != nullptr && bytes <= last_->room(), "more was committed than reserved");
  last_->end = static_cast<std::uint16_t>(last_->end + bytes);
  bytes_ += bytes;
}

std::size_t output_queue::gather(std::span<iovec, gathered_max> pieces) const noexcept {
  std::size_t count = 0;
  for (block* at = first_; at != nullptr && count < pieces.size(); at = at->next) {
    if (at->unread() != 0) pieces[count++] = {at->data() + at->begin, at->unread()};
  }
  return count;
}

void output_queue::consume(std::size_t bytes, block_pool& pool) noexcept {
  PINWHEEL_DCHECK(bytes <= bytes_, "more output was consumed than there is");
  bytes_ -= bytes;
  while (bytes != 0) {
    const std::size_t here = std::min(bytes, first_->unread());
    first_->begin = static_cast<std::uint16_t>(first_->begin + here);
    bytes -= here;
    if (first_->unread() == 0) drop_first(pool);
  }
  if (bytes_ == 0) release(pool);
}

void output_queue::release(block_pool& pool) noexcept {
  while (first_ != nullptr) drop_first(pool);
  bytes_ = 0;
}

void output_queue::drop_first(block_pool& pool) noexcept {
  block* dropped = first_;
  first_ = dropped->next;
  if (first_ == nullptr) last_ = nullptr;
  pool.release(dropped, dropped->total());
}

}  // namespace v0
}  // namespace pinwheel
