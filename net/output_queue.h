// What was written and not yet taken by the kernel: a chain of pooled blocks. Owns nothing while empty.
//
// Threads:   loop-bound.
// Ownership: owns its blocks; release() gives them back to the pool they came from before the queue dies.
// Errors:    none; the bound on its bytes is the connection's to keep.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pinwheel {
inline namespace v0 {

class block_pool;

class output_queue {
 public:
  static constexpr std::size_t block_bytes = 16 << 10;
  static constexpr std::size_t head_bytes = 16;
  // The most that reserve() gives in one piece.
  static constexpr std::size_t room_bytes_max = block_bytes - head_bytes;
  static constexpr std::size_t gathered_max = 64;  // Pieces of one send.

  output_queue() = default;
  output_queue(const output_queue&) = delete;
  output_queue& operator=(const output_queue&) = delete;
  ~output_queue();

  [[nodiscard]] bool empty() const noexcept { return bytes_ == 0; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  // Copies the bytes behind what is there. Room that was reserved is given up.
  void append(std::string_view bytes, block_pool& pool);

  // `bytes` to be filled in place. REQUIRES: bytes <= room_bytes_max.
  [[nodiscard]] char* reserve(std::size_t bytes, block_pool& pool);
  // REQUIRES: at most what the last reserve() asked for, and nothing else was called in between.
  void commit(std::size_t bytes) noexcept;

  // The first pieces, for one send; they stay where they are until they are consumed. Answers how many.
  std::size_t gather(std::span<iovec, gathered_max> pieces) const noexcept;

  // Forgets the first `bytes`, and gives back the blocks that held only them. REQUIRES: bytes <= bytes().
  void consume(std::size_t bytes, block_pool& pool) noexcept;

  // Drops everything.
  void release(block_pool& pool) noexcept;

 private:
  struct block;

  block& grow(std::size_t bytes, block_pool& pool);
  void drop_first(block_pool& pool) noexcept;

  block* first_ = nullptr;  // Both set exactly while there are blocks.
  block* last_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
