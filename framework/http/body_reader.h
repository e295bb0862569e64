// Gathers a request whose body did not come in one piece with its head: exists only while that body is in flight.
//
// Threads:   loop-bound.
// Ownership: owns a copy of the head and what came of the body.
// Errors:    an HTTP status.
// Limits:    parse_limits::body_bytes_max; a body's size is not believed before its bytes are here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pinwheel/framework/http/codec/chunked_decoder.h"
#include "pinwheel/framework/http/codec/limits.h"
#include "pinwheel/framework/http/codec/request_head.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

struct body_step {
  enum class outcome : std::uint8_t { need_more, done, error };

  outcome kind = outcome::need_more;
  int status = 0;            // Of an error.
  std::size_t consumed = 0;  // From the front of the input; the rest is behind the body.
};

class body_reader {
 public:
  // REQUIRES: head.has_body(), a Content-Length is within limits, and `head_bytes` are what the head was parsed from.
  body_reader(std::string_view head_bytes, const request_head& head);

  body_step read(std::string_view input, const parse_limits& limits);

  [[nodiscard]] std::string_view head_bytes() const { return head_bytes_; }
  [[nodiscard]] std::string_view body() const { return body_; }

 private:
  body_step read_length(std::string_view input);
  body_step read_chunks(std::string_view input, const parse_limits& limits);

  std::string head_bytes_;
  std::string body_;          // Never longer than body_bytes_max.
  std::uint64_t bytes_left_;  // Of a body with Content-Length.
  bool chunked_;
  chunked_decoder decoder_;
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
