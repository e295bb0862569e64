// Reads the head of a request out of the bytes received so far (RFC 9112 sections 2 to 5).
//
// Threads:   any; one head at a time.
// Ownership: the head views the input. Allocates nothing.
// Errors:    an HTTP status. Bytes from outside never abort.
//
// Lines end with CRLF. A bare LF, a bare CR, NUL and every other control byte but a tab in a field's value are refused
// with 400. A line is judged once its LF is there (only a first byte that cannot begin a request is refused alone), and
// limits as soon as they are passed, so that the answer depends on the bytes and never on how they were cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pinwheel/framework/http/codec/limits.h"
#include "pinwheel/framework/http/codec/request_head.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

struct parse_result {
  enum class outcome : std::uint8_t { need_more, complete, error };

  outcome kind = outcome::need_more;
  int status = 0;              // Of an error: 400, 414, 431, 501 or 505.
  std::size_t head_bytes = 0;  // Of a complete head, empty lines before it included; what follows is the body.

  static parse_result more() { return {}; }
  static parse_result complete(std::size_t head_bytes) { return {outcome::complete, 0, head_bytes}; }
  static parse_result refuse(int status) { return {outcome::error, status, 0}; }
};

// How far an unfinished head was read, kept by the caller between two calls and of no meaning to it. With it, a client
// that sends a byte at a time costs twice the work of one that sends all at once, not the square.
struct parse_progress {
  std::uint32_t lines_end = 0;  // Every line before this offset was whole and well-formed.
  std::uint32_t scanned = 0;    // No LF lies in [lines_end, scanned).
  std::uint32_t lines = 0;      // How many lines end before lines_end, the request line included.
};

// `input` is all that was received of this request, from its first byte; it may have moved since the last call.
// `progress` is value-initialised for a new request; after any answer but need_more it is so again.
// `head` is of use only when the result is complete.
parse_result parse_request_head(std::string_view input, const parse_limits& limits, parse_progress& progress,
                                request_head& head);

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
