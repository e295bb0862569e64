// Bytes that a handler left unread, in one piece, with room for what comes behind them. Owns nothing while empty.
//
// Threads:   loop-bound.
// Ownership: owns a pooled block; release() gives it back to the pool it came from before the buffer dies.
// Errors:    none; the bound on its bytes is the connection's to keep.
#pragma once

#include <cstddef>
#include <string_view>

#include "pinwheel/net/block_pool.h"

namespace pinwheel {
inline namespace v0 {

class input_buffer {
 public:
  input_buffer() = default;
  input_buffer(const input_buffer&) = delete;
  input_buffer& operator=(const input_buffer&) = delete;
  ~input_buffer();

  [[nodiscard]] bool empty() const noexcept { return block_ == nullptr; }
  [[nodiscard]] std::size_t bytes() const noexcept { return view().size(); }

  // Valid until the next change.
  [[nodiscard]] std::string_view view() const noexcept;

  // Both may move what is there; `bytes` must not lie in it.
  void append(std::string_view bytes, block_pool& pool);
  void prepend(std::string_view bytes, block_pool& pool);

  // Forgets the first `bytes`. REQUIRES: bytes <= bytes().
  void consume(std::size_t bytes, block_pool& pool) noexcept;

  void release(block_pool& pool) noexcept;

  [[nodiscard]] block_pool::holding holds() const noexcept;

 private:
  struct block;

  // A block for `bytes` in all, with the present ones at `offset`.
  void move_to_room(std::size_t bytes, std::size_t offset, block_pool& pool);

  block* block_ = nullptr;  // Set exactly while there are bytes.
};

}  // namespace v0
}  // namespace pinwheel
