#include "pinwheel/framework/http/codec/request_line.h"

#include <cstddef>

#include "pinwheel/framework/http/codec/ascii.h"
#include "pinwheel/framework/http/codec/status.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

constexpr std::size_t version_bytes = std::string_view("HTTP/1.1").size();

int parse_version(std::string_view text, int& minor_version) {
  minor_version = 1;
  if (text == "HTTP/1.1") return 0;
  if (text.substr(0, 5) != "HTTP/" || !is_digit(text[5]) || text[6] != '.' || !is_digit(text[7])) {
    return status_code::bad_request;
  }
  if (text[5] != '1') return status_code::http_version_not_supported;
  if (text[7] == '0') minor_version = 0;
  return 0;
}

}  // namespace

int parse_request_line(std::string_view text, request_line& line) {
  std::size_t method_bytes = 0;
  while (method_bytes < text.size() && is_token_char(text[method_bytes])) ++method_bytes;
  // What follows the method: two spaces, a version, and a target between them that is not empty.
  if (method_bytes == 0 || text.size() - method_bytes < 3 + version_bytes) return status_code::bad_request;
  const std::size_t version_begin = text.size() - version_bytes;
  if (text[method_bytes] != ' ' || text[version_begin - 1] != ' ') return status_code::bad_request;

  line.method_name = text.substr(0, method_bytes);
  line.method = parse_method(line.method_name);
  if (const int status = parse_version(text.substr(version_begin), line.minor_version); status != 0) return status;
  const std::string_view target = text.substr(method_bytes + 1, version_begin - method_bytes - 2);
  return parse_target(line.method, target, line.target) ? 0 : status_code::bad_request;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
