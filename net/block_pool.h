// Buffer blocks of one loop, reused: the steady state allocates nothing.
//
// Threads:   loop-bound.
// Ownership: hands blocks out; each comes back by release(), or goes to another pool, before the pool dies (checked in
//            debug builds). A block is memory of its own, so it may come back to another pool than it came from.
// Limits:    keeps at most retained_bytes_max of each size for reuse; what comes back above that is freed.
#pragma once

#include <array>
#include <bit>
#include <cstddef>

namespace pinwheel {
inline namespace v0 {

class block_pool {
 public:
  static constexpr std::size_t block_bytes_min = 4096;
  static constexpr std::size_t retained_bytes_max = 2 << 20;

  block_pool() = default;
  block_pool(const block_pool&) = delete;
  block_pool& operator=(const block_pool&) = delete;
  ~block_pool();

  // What allocate() gives for so many bytes: the next power of two, at least block_bytes_min.
  [[nodiscard]] static constexpr std::size_t rounded(std::size_t bytes) {
    return bytes <= block_bytes_min ? block_bytes_min : std::bit_ceil(bytes);
  }

  // REQUIRES: bytes == rounded(bytes), for both.
  [[nodiscard]] void* allocate(std::size_t bytes);
  void release(void* block, std::size_t bytes) noexcept;

  // Blocks that their holder takes along to another loop: the first on this loop, the second on that one.
  struct holding {
    std::size_t blocks = 0;
    std::size_t bytes = 0;

    friend holding operator+(holding one, holding other) {
      return {one.blocks + other.blocks, one.bytes + other.bytes};
    }
  };
  void give_away(holding taken_along) noexcept;
  void take_over(holding brought) noexcept;

  [[nodiscard]] std::size_t blocks_in_use() const noexcept { return blocks_in_use_; }
  [[nodiscard]] std::size_t bytes_in_use() const noexcept { return bytes_in_use_; }
  [[nodiscard]] std::size_t bytes_retained() const noexcept { return bytes_retained_; }  // Not in use.

 private:
  struct free_block {
    free_block* next;
  };
  struct free_list {
    free_block* first = nullptr;
    std::size_t blocks = 0;
  };

  static std::size_t class_of(std::size_t bytes) noexcept;

  std::array<free_list, 32> free_;  // By power of two above block_bytes_min.
  std::size_t blocks_in_use_ = 0;
  std::size_t bytes_in_use_ = 0;
  std::size_t bytes_retained_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
