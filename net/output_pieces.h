// The pieces of an output queue that were not copied, each with the number of copied bytes in front of it: a ring in
// one pooled block.
//
// Threads:   loop-bound.
// Ownership: owns the pieces; lies in a block that its queue takes from the pool and gives back.
// Errors:    none.
// Limits:    count_max pieces; the bound is the connection's to keep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/net/output_piece.h"

namespace pinwheel {
inline namespace v0 {

class output_pieces {
 public:
  static constexpr std::size_t count_max = 64;

  struct place {
    std::size_t copied_before;  // Copied bytes between the piece in front of this one and this.
    output_piece piece;
  };

  output_pieces() = default;
  output_pieces(const output_pieces&) = delete;
  output_pieces& operator=(const output_pieces&) = delete;
  ~output_pieces();

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t moved_bytes() const noexcept { return moved_bytes_; }  // Of those, in strings.

  [[nodiscard]] const place& at(std::size_t index) const noexcept;  // REQUIRES: index < count().

  // Behind all that there is, `copied` being all copied bytes of the queue. REQUIRES: count() < count_max.
  void push(std::size_t copied, output_piece&& piece) noexcept;

  // Both: of the first one, which goes when all of it was consumed. REQUIRES: there is one, and that much of it.
  void consume_copied(std::size_t bytes) noexcept;
  void consume_piece(std::size_t bytes) noexcept;

 private:
  [[nodiscard]] place* room(std::size_t index) noexcept;

  std::size_t count_ = 0;
  std::size_t first_ = 0;
  std::size_t bytes_ = 0;
  std::size_t moved_bytes_ = 0;
  std::size_t copied_before_last_ = 0;  // Sum of copied_before.
  alignas(place) std::byte rooms_[count_max * sizeof(place)];
};

static_assert(sizeof(output_pieces) <= block_pool::block_bytes_min);

}  // namespace v0
}  // namespace pinwheel
