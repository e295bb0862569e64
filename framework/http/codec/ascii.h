// Which bytes HTTP's grammar allows where, and comparison without regard to ASCII case.
//
// Threads:   any; pure functions over constant tables.
// Ownership: none.
// Errors:    none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace pinwheel {
inline namespace v0 {
namespace http {

namespace detail {

inline constexpr std::uint8_t token_bit = 1;
inline constexpr std::uint8_t path_bit = 2;
inline constexpr std::uint8_t reg_name_bit = 4;
inline constexpr std::uint8_t control_bit = 8;

constexpr bool is_alphanumeric(int c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

constexpr std::array<std::uint8_t, 256> make_byte_classes() {
  constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";
  constexpr std::string_view reg_name_marks = "-._~!$&'()*+,;=";
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    std::uint8_t bits = 0;
    if (is_alphanumeric(c) || (c != 0 && token_marks.find(character) != std::string_view::npos)) bits |= token_bit;
    if (is_alphanumeric(c) || (c != 0 && reg_name_marks.find(character) != std::string_view::npos))
      bits |= reg_name_bit;
    if (c > ' ' && c < 0x7f && c != '#' && c != '?') bits |= path_bit;
    if (c < ' ' || c == 0x7f) bits |= control_bit;
    classes[static_cast<std::size_t>(c)] = bits;
  }
  return classes;
}

inline constexpr std::array<std::uint8_t, 256> byte_classes = make_byte_classes();

constexpr bool has_class(char c, std::uint8_t bit) { return (byte_classes[static_cast<unsigned char>(c)] & bit) != 0; }

}  // namespace detail

// tchar, RFC 9110 section 5.6.2.
constexpr bool is_token_char(char c) { return detail::has_class(c, detail::token_bit); }

// Any visible ASCII byte but '?' and '#', which end a path: RFC 3986 allows fewer, but browsers send the rest of them
// unescaped. A query may hold '?' as well.
constexpr bool is_path_char(char c) { return detail::has_class(c, detail::path_bit); }
constexpr bool is_query_char(char c) { return is_path_char(c) || c == '?'; }

// unreserved and sub-delims, RFC 3986 section 3.2.2; escapes are looked at apart.
constexpr bool is_reg_name_char(char c) { return detail::has_class(c, detail::reg_name_bit); }

// 0x00 to 0x1f and 0x7f: horizontal tab is one of them.
constexpr bool is_control(char c) { return detail::has_class(c, detail::control_bit); }

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// OWS, RFC 9110 section 5.6.3.
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// 0 to 15, or -1.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

// Compares with a constant of lower-case letters, digits and '-', a word at a time: all other bytes that setting bit
// 0x20 turns into one of those are control bytes. REQUIRES: `text` holds no control byte but tabs.
template <std::size_t Size>
bool equals_lower(std::string_view text, const char (&lower)[Size]) {
  constexpr std::size_t length = Size - 1;
  static_assert(length >= 4 && length <= 24);
  using word = std::conditional_t<(length >= 8), std::uint64_t, std::uint32_t>;
  if (text.size() != length) return false;
  const auto difference = [&](std::size_t at) {
    word given;
    word wanted;
    std::memcpy(&given, text.data() + at, sizeof(word));
    std::memcpy(&wanted, lower + at, sizeof(word));
    return (given | static_cast<word>(0x2020202020202020)) ^ wanted;
  };
  // The last word overlaps the one before it, so that no bytes are left over.
  word differences = difference(0) | difference(length - sizeof(word));
  if constexpr (length > 2 * sizeof(word)) differences |= difference(sizeof(word));
  return differences == 0;
}

constexpr bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

constexpr std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the next element, trimmed, off a comma-separated list (RFC 9110 section 5.6.1). An element may be empty: what
// that means is the caller's rule. False when the list is used up; "" holds no element.
constexpr bool take_list_element(std::string_view& list, std::string_view& element) {
  if (list.data() == nullptr) return false;
  const std::size_t comma = list.find(',');
  element = trim_blanks(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  return true;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
