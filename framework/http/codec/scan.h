// The one walk that looks at every byte of a head: the place where a wider scan goes.
//
// Threads:   any.
// Ownership: none.
// Errors:    none.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "pinwheel/framework/http/codec/ascii.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

namespace detail {

inline constexpr std::uint64_t each_byte = 0x0101010101010101;

// The first byte in memory becomes the lowest.
inline std::uint64_t load_eight(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

// The high bit of every control byte. A borrow can also mark bytes above the first one marked, so only the lowest mark
// is to be trusted.
inline std::uint64_t mark_controls(std::uint64_t word) {
  const std::uint64_t below_space = (word - each_byte * 0x20) & ~word;
  const std::uint64_t zero_where_delete = word ^ (each_byte * 0x7f);
  const std::uint64_t is_delete = (zero_where_delete - each_byte) & ~zero_where_delete;
  return (below_space | is_delete) & (each_byte * 0x80);
}

#if defined(__SSE2__)
// A bit for every control byte of sixteen. x86-64 always has SSE2, so nothing is chosen at run time.
inline unsigned mark_controls_of_sixteen(const char* bytes) {
  const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  const __m128i below_space = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1f)), text);
  const __m128i is_delete = _mm_cmpeq_epi8(text, _mm_set1_epi8(0x7f));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(below_space, is_delete)));
}
#endif

}  // namespace detail

// The first control byte in [begin, end), or end.
inline const char* find_control(const char* begin, const char* end) {
#if defined(__SSE2__)
  while (end - begin >= 16) {
    const unsigned marks = detail::mark_controls_of_sixteen(begin);
    if (marks != 0) return begin + std::countr_zero(marks);
    begin += 16;
  }
#endif
  while (end - begin >= 8) {
    const std::uint64_t marks = detail::mark_controls(detail::load_eight(begin));
    if (marks != 0) return begin + std::countr_zero(marks) / 8;
    begin += 8;
  }
  while (begin != end && !is_control(*begin)) ++begin;
  return begin;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
