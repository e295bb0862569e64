// One header or trailer field, and the reading of its line (RFC 9112 section 5).
//
// Threads:   any.
// Ownership: a field_view views the bytes it was read from.
// Errors:    false: a bad request.
#pragma once

#include <cstddef>
#include <string_view>

#include "pinwheel/framework/http/codec/ascii.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

struct field_view {
  std::string_view name;   // As it was sent; compare with equal_ignoring_case.
  std::string_view value;  // Without the blanks around it.
};

// Splits a line at its colon. A blank before the colon, an empty name and a folded line (one that begins with a blank)
// are refused, because their readings differ between servers.
// REQUIRES: [line, line_end) holds no control byte but tabs, and *line_end is the CR behind it, which stops both walks
//           to the right without a second comparison.
inline bool split_field_line(const char* line, const char* line_end, field_view& field) {
  const char* colon = line;
  while (is_token_char(*colon)) ++colon;
  if (colon == line || *colon != ':') return false;
  const char* value = colon + 1;
  while (is_blank(*value)) ++value;
  const char* value_end = line_end;
  while (value_end != value && is_blank(value_end[-1])) --value_end;
  field.name = {line, static_cast<std::size_t>(colon - line)};
  field.value = {value, static_cast<std::size_t>(value_end - value)};
  return true;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
