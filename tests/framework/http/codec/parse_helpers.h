// What the parser's tests share: a parse of a whole input, and a valid request to bend.
//
// Threads:   test thread only.
// Ownership: a parsed_request keeps a copy of its input, which its head views.
// Errors:    none.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "pinwheel/framework/http/codec/request_parser.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

struct parsed_request {
  std::unique_ptr<std::string> input;
  std::unique_ptr<request_head> head = std::make_unique<request_head>();
  parse_result result;

  bool complete() const { return result.kind == parse_result::outcome::complete; }
  bool need_more() const { return result.kind == parse_result::outcome::need_more; }
  // 0 unless the request was refused.
  int refusal() const { return result.kind == parse_result::outcome::error ? result.status : 0; }
};

inline parsed_request parse(std::string_view input, const parse_limits& limits = {}) {
  parsed_request request;
  request.input = std::make_unique<std::string>(input);
  parse_progress progress;
  request.result = parse_request_head(*request.input, limits, progress, *request.head);
  return request;
}

inline parsed_request parse_line(std::string_view request_line) {
  return parse(std::string(request_line) + "\r\nHost: a\r\n\r\n");
}

// `lines` are whole header lines with their CRLF, put behind a valid Host.
inline parsed_request parse_fields(std::string_view lines, std::string_view version = "HTTP/1.1") {
  return parse("GET / " + std::string(version) + "\r\nHost: a\r\n" + std::string(lines) + "\r\n");
}

inline int status_of_line(std::string_view request_line) { return parse_line(request_line).refusal(); }
inline int status_of_fields(std::string_view lines) { return parse_fields(lines).refusal(); }

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
