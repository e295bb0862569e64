// Puts text and numbers at a position that the caller knows to have the room, and answers the position behind.
//
// Threads:   any.
// Ownership: none.
// Errors:    none; REQUIRES room for what is written.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

namespace pinwheel {
inline namespace v0 {
namespace http {

inline constexpr std::size_t decimal_bytes_max = std::numeric_limits<std::uint64_t>::digits10 + 1;
inline constexpr std::size_t hex_bytes_max = 16;

inline char* write_text(char* out, std::string_view text) {
  if (text.empty()) return out;  // memcpy takes no null, not even for nothing.
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

inline char* write_decimal(char* out, std::uint64_t value) {
  return std::to_chars(out, out + decimal_bytes_max, value).ptr;
}

inline char* write_hex(char* out, std::uint64_t value) {
  return std::to_chars(out, out + hex_bytes_max, value, 16).ptr;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
