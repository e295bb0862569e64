// Fields that a handler adds to a response, checked so that a value can never become a line of its own.
//
// Threads:   any.
// Ownership: none; bytes are written where the caller says.
// Errors:    false; then nothing was written.
#pragma once

#include <cstddef>
#include <string_view>

namespace pinwheel {
inline namespace v0 {
namespace http {

// Holds no control byte but tabs: no CR, LF or NUL (RFC 9110 section 5.5).
bool is_field_value(std::string_view value);

// Written by the serializer alone, from the parts of response_head: Content-Length, Content-Type, Transfer-Encoding,
// Connection, Date. A second one from elsewhere could contradict the framing. REQUIRES: `name` is a token.
bool is_serializer_field(std::string_view name);

// What one line takes.
constexpr std::size_t field_bytes(std::string_view name, std::string_view value) {
  return name.size() + value.size() + std::string_view(": \r\n").size();
}

// Writes "name: value CRLF" at `out` and moves it behind. False, and nothing done, if the name is no token or one of
// the serializer's, if the value is none, or if [out, end) has no room for it.
bool append_field(char*& out, const char* end, std::string_view name, std::string_view value);

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
