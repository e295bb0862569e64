// Reads a request line: method, target, version (RFC 9112 section 3).
//
// Threads:   any.
// Ownership: views the line.
// Errors:    an HTTP status.
#pragma once

#include <string_view>

#include "pinwheel/framework/http/codec/method.h"
#include "pinwheel/framework/http/codec/request_target.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

struct request_line {
  http::method method = http::method::other;
  std::string_view method_name;
  request_target target;
  int minor_version = 1;  // 0 or 1: a higher minor version is read as 1 (RFC 9110 section 2.5).
};

// `text` is the line without its CRLF. Exactly one space stands on either side of the target. Answers 0, 400, or 505
// for a well-formed version whose major number is not 1.
int parse_request_line(std::string_view text, request_line& line);

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
