#include "pinwheel/framework/http/codec/status.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

constexpr std::array<std::string_view, 40> lines = {
    "HTTP/1.1 100 Continue\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 201 Created\r\n",
    "HTTP/1.1 202 Accepted\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 206 Partial Content\r\n",
    "HTTP/1.1 301 Moved Permanently\r\n",
    "HTTP/1.1 302 Found\r\n",
    "HTTP/1.1 303 See Other\r\n",
    "HTTP/1.1 304 Not Modified\r\n",
    "HTTP/1.1 307 Temporary Redirect\r\n",
    "HTTP/1.1 308 Permanent Redirect\r\n",
    "HTTP/1.1 400 Bad Request\r\n",
    "HTTP/1.1 401 Unauthorized\r\n",
    "HTTP/1.1 403 Forbidden\r\n",
    "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 405 Method Not Allowed\r\n",
    "HTTP/1.1 406 Not Acceptable\r\n",
    "HTTP/1.1 408 Request Timeout\r\n",
    "HTTP/1.1 409 Conflict\r\n",
    "HTTP/1.1 410 Gone\r\n",
    "HTTP/1.1 411 Length Required\r\n",
    "HTTP/1.1 412 Precondition Failed\r\n",
    "HTTP/1.1 413 Content Too Large\r\n",
    "HTTP/1.1 414 URI Too Long\r\n",
    "HTTP/1.1 415 Unsupported Media Type\r\n",
    "HTTP/1.1 416 Range Not Satisfiable\r\n",
    "HTTP/1.1 417 Expectation Failed\r\n",
    "HTTP/1.1 421 Misdirected Request\r\n",
    "HTTP/1.1 422 Unprocessable Content\r\n",
    "HTTP/1.1 426 Upgrade Required\r\n",
    "HTTP/1.1 429 Too Many Requests\r\n",
    "HTTP/1.1 431 Request Header Fields Too Large\r\n",
    "HTTP/1.1 500 Internal Server Error\r\n",
    "HTTP/1.1 501 Not Implemented\r\n",
    "HTTP/1.1 502 Bad Gateway\r\n",
    "HTTP/1.1 503 Service Unavailable\r\n",
    "HTTP/1.1 504 Gateway Timeout\r\n",
    "HTTP/1.1 505 HTTP Version Not Supported\r\n",
};

constexpr std::size_t code_position = std::string_view("HTTP/1.1 ").size();
constexpr std::size_t phrase_position = code_position + 4;

constexpr std::size_t code_of(std::string_view line) {
  const auto digit = [line](std::size_t i) { return static_cast<std::size_t>(line[code_position + i] - '0'); };
  return digit(0) * 100 + digit(1) * 10 + digit(2);
}

// Indexed by code - 100; 0 says that there is no line, else the line's index plus one.
constexpr std::array<std::uint8_t, 500> make_index() {
  std::array<std::uint8_t, 500> index{};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    index[code_of(lines[i]) - 100] = static_cast<std::uint8_t>(i + 1);
  }
  return index;
}

constexpr std::array<std::uint8_t, 500> index_by_code = make_index();

}  // namespace

std::string_view status_line(int code) {
  if (!is_status(code)) return {};
  const std::size_t index = index_by_code[static_cast<std::size_t>(code - 100)];
  return index == 0 ? std::string_view() : lines[index - 1];
}

std::string_view reason_phrase(int code) {
  const std::string_view line = status_line(code);
  return line.empty() ? line : line.substr(phrase_position, line.size() - phrase_position - 2);
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
