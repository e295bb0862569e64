// Takes the chunked coding off a request's body as it arrives (RFC 9112 section 7.1).
//
// Threads:   any; one body at a time.
// Ownership: pieces view the input; nothing is buffered, framing may be cut anywhere. Allocates nothing.
// Errors:    an HTTP status, after which the decoder must not be used again.
//
// Lines end with CRLF, a bare CR or LF is refused, sizes have at most 16 digits, a blank stands behind a size only
// where an extension follows. Extensions are passed over; trailer fields are checked and dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pinwheel/framework/http/codec/limits.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

struct chunk_step {
  enum class outcome : std::uint8_t { need_more, data, done, error };

  outcome kind = outcome::need_more;
  int status = 0;            // Of an error: 400, or 431 for trailers over their limit.
  std::size_t consumed = 0;  // From the front of the input. All of it when more is needed.
  std::string_view data;     // A piece of the body, never empty: the last bytes of those consumed.
};

class chunked_decoder {
 public:
  // Goes on to the next piece of the body, its end, or the end of the input; call again with what was not consumed.
  // After `done` the rest of the input belongs to the next request.
  chunk_step next(std::string_view input, const parse_limits& limits);

  // Bytes of the chunk begun that are still to come: lets a caller refuse a body before it arrives.
  std::uint64_t chunk_bytes_left() const { return chunk_bytes_left_; }

 private:
  // Named after the byte expected next.
  enum class state : std::uint8_t {
    first_digit,
    digit,
    blank_or_semicolon,
    extension,
    size_line_feed,
    data,
    data_carriage_return,
    data_line_feed,
    trailer_begin,
    trailer_name,
    trailer_value,
    trailer_line_feed,
    last_line_feed,
    done,
  };

  // Each takes one byte of framing and answers 0 or the status of an error.
  int on_byte(char c, const parse_limits& limits);
  int on_digit(char c);
  int on_behind_size(char c);
  int on_size_byte(char c, const parse_limits& limits);
  int on_trailer_byte(char c, const parse_limits& limits);
  int expect(char wanted, char c, state then);

  std::uint64_t chunk_bytes_left_ = 0;
  std::uint32_t extension_bytes_ = 0;  // In the body so far.
  std::uint32_t trailer_bytes_ = 0;
  std::uint8_t digits_ = 0;  // Of the size that is being read.
  state state_ = state::first_digit;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
