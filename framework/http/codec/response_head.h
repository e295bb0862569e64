// What the head of a response says; serializer.h puts it into bytes.
//
// Threads:   any; a value.
// Ownership: views text of the caller's, used only while it is written.
// Errors:    none.
#pragma once

#include <cstdint>
#include <string_view>

#include "pinwheel/framework/http/codec/status.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

// How the end of the body is told (RFC 9112 section 6).
enum class body_framing : std::uint8_t {
  none,     // Says nothing: the connection's end is the body's, or there is none.
  length,   // Content-Length.
  chunked,  // Transfer-Encoding: chunked; not for an HTTP/1.0 client.
};

enum class connection_option : std::uint8_t { none, close, keep_alive, upgrade };

// HTTP/1.1 stays open unless told otherwise and HTTP/1.0 closes, so only the exception is announced.
constexpr connection_option connection_option_for(int minor_version, bool keep_alive) {
  if (!keep_alive) return connection_option::close;
  return minor_version == 0 ? connection_option::keep_alive : connection_option::none;
}

struct response_head {
  int status = status_code::ok;  // One that is_status() does not take is written as 500.
  body_framing framing = body_framing::length;
  connection_option connection = connection_option::none;
  std::uint64_t content_length = 0;    // Read only with body_framing::length.
  std::string_view content_type = {};  // Empty: no such field. REQUIRES: is_field_value().
  std::string_view extra_fields = {};  // Lines that append_field() wrote.
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
