#include "pinwheel/net/input_buffer.h"

#include <cstring>
#include <new>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

// The head of the block; the bytes lie behind it.
struct input_buffer::block {
  std::size_t total;  // Of the whole block.
  std::size_t begin;
  std::size_t end;

  char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  [[nodiscard]] std::size_t room() const noexcept { return total - sizeof(block) - end; }
};

input_buffer::~input_buffer() { PINWHEEL_DCHECK(block_ == nullptr, "an input buffer died with bytes in it"); }

std::string_view input_buffer::view() const noexcept {
  if (block_ == nullptr) return {};
  return {block_->data() + block_->begin, block_->end - block_->begin};
}

void input_buffer::move_to_room(std::size_t bytes, std::size_t offset, block_pool& pool) {
  const std::string_view present = view();
  const std::size_t total = block_pool::rounded(bytes + sizeof(block));
  if (block_ != nullptr && block_->total == total) {
    std::memmove(block_->data() + offset, present.data(), present.size());
    block_->begin = offset;
    block_->end = offset + present.size();
    return;
  }
  auto* made = ::new (pool.allocate(total)) block{total, offset, offset + present.size()};
  if (!present.empty()) std::memcpy(made->data() + offset, present.data(), present.size());
  release(pool);
  block_ = made;
}

void input_buffer::append(std::string_view added, block_pool& pool) {
  if (added.empty()) return;
  if (block_ == nullptr || block_->room() < added.size()) move_to_room(bytes() + added.size(), 0, pool);
  std::memcpy(block_->data() + block_->end, added.data(), added.size());
  block_->end += added.size();
}

void input_buffer::prepend(std::string_view added, block_pool& pool) {
  if (added.empty()) return;
  if (block_ == nullptr || block_->begin < added.size()) move_to_room(bytes() + added.size(), added.size(), pool);
  block_->begin -= added.size();
  std::memcpy(block_->data() + block_->begin, added.data(), added.size());
}

void input_buffer::consume(std::size_t consumed, block_pool& pool) noexcept {
  if (consumed == 0) return;
  PINWHEEL_DCHECK(consumed <= bytes(), "more input was consumed than there is");
  block_->begin += consumed;
  if (block_->begin == block_->end) release(pool);
}

void input_buffer::release(block_pool& pool) noexcept {
  if (block_ == nullptr) return;
  pool.release(block_, block_->total);
  block_ = nullptr;
}

block_pool::holding input_buffer::holds() const noexcept {
  if (block_ == nullptr) return {};
  return {.blocks = 1, .bytes = block_->total};
}

}  // namespace v0
}  // namespace pinwheel
