#include "pinwheel/net/output_pieces.h"

#include <memory>
#include <new>
#include <utility>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

output_pieces::~output_pieces() {
  for (std::size_t index = 0; index < count_; ++index) std::destroy_at(room(index));
}

output_pieces::place* output_pieces::room(std::size_t index) noexcept {
  const std::size_t offset = (first_ + index) % count_max * sizeof(place);
  return std::launder(reinterpret_cast<place*>(rooms_ + offset));
}

const output_pieces::place& output_pieces::at(std::size_t index) const noexcept {
  return *const_cast<output_pieces*>(this)->room(index);
}

void output_pieces::push(std::size_t copied, output_piece&& piece) noexcept {
  PINWHEEL_CHECK(count_ < count_max, "more pieces of output than there is room for");
  bytes_ += piece.bytes();
  if (piece.is_moved()) moved_bytes_ += piece.bytes();
  ::new (room(count_)) place{copied - copied_before_last_, std::move(piece)};
  copied_before_last_ = copied;
  ++count_;
}

void output_pieces::consume_copied(std::size_t bytes) noexcept {
  room(0)->copied_before -= bytes;
  copied_before_last_ -= bytes;
}

void output_pieces::consume_piece(std::size_t bytes) noexcept {
  output_piece& piece = room(0)->piece;
  bytes_ -= bytes;
  if (piece.is_moved()) moved_bytes_ -= bytes;
  piece.consume(bytes);
  if (piece.bytes() != 0) return;
  std::destroy_at(room(0));
  first_ = (first_ + 1) % count_max;
  --count_;
}

}  // namespace v0
}  // namespace pinwheel
