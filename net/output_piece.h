// What is sent from where it lies instead of being copied into a block: a constant, a string that was moved in, or a
// part of a file.
//
// Threads:   loop-bound.
// Ownership: borrows a constant, owns a string, shares a file.
// Errors:    none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "pinwheel/net/constant_bytes.h"
#include "pinwheel/net/file_range.h"

namespace pinwheel {
inline namespace v0 {

class output_piece {
 public:
  explicit output_piece(constant_bytes constant) noexcept : left_(constant.view().size()), what_(constant) {}
  explicit output_piece(std::string&& moved) noexcept : left_(moved.size()), what_(std::move(moved)) {}
  explicit output_piece(file_range&& range) noexcept : left_(range.bytes), what_(std::move(range)) {}

  [[nodiscard]] bool is_file() const noexcept { return std::holds_alternative<file_range>(what_); }
  // Takes memory that came from the user's heap.
  [[nodiscard]] bool is_moved() const noexcept { return std::holds_alternative<std::string>(what_); }

  [[nodiscard]] std::size_t bytes() const noexcept { return left_; }  // Not consumed.

  // Both: what is left. REQUIRES: is_file(), or not.
  [[nodiscard]] std::string_view text() const noexcept {
    const auto* moved = std::get_if<std::string>(&what_);
    const std::string_view whole = moved != nullptr ? *moved : std::get_if<constant_bytes>(&what_)->view();
    return whole.substr(whole.size() - left_);
  }
  [[nodiscard]] file_part part(std::size_t bytes_max) const noexcept {
    const auto& range = *std::get_if<file_range>(&what_);
    return {range.file->native_handle(), range.offset + (range.bytes - left_), std::min(left_, bytes_max)};
  }

  // REQUIRES: bytes <= bytes().
  void consume(std::size_t bytes) noexcept { left_ -= bytes; }

 private:
  std::size_t left_;
  std::variant<constant_bytes, std::string, file_range> what_;
};

}  // namespace v0
}  // namespace pinwheel
