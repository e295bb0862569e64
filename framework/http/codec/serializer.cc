#include "pinwheel/framework/http/codec/serializer.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

constexpr std::string_view type_prefix = "Content-Type: ";
constexpr std::string_view length_prefix = "Content-Length: ";
constexpr std::string_view chunked_line = "Transfer-Encoding: chunked\r\n";
constexpr std::string_view close_line = "Connection: close\r\n";
constexpr std::string_view keep_alive_line = "Connection: keep-alive\r\n";
constexpr std::string_view upgrade_line = "Connection: upgrade\r\n";
constexpr std::string_view line_end = "\r\n";

// The longest that status.cc has; a test holds it.
constexpr std::size_t status_line_bytes_max =
    std::string_view("HTTP/1.1 431 Request Header Fields Too Large\r\n").size();

constexpr std::size_t fixed_bytes_max = status_line_bytes_max + date_line::bytes + type_prefix.size() +
                                        line_end.size() + length_prefix.size() + decimal_bytes_max + line_end.size() +
                                        keep_alive_line.size() + line_end.size();
static_assert(length_prefix.size() + decimal_bytes_max + line_end.size() >= chunked_line.size());

char* write_status_line(char* out, int status) {
  if (const std::string_view prepared = status_line(status); !prepared.empty()) return write_text(out, prepared);
  out = write_text(out, "HTTP/1.1 ");
  out = write_decimal(out, static_cast<std::uint64_t>(status));
  return write_text(out, " \r\n");  // The space stays where the phrase is empty (RFC 9112 section 4).
}

char* write_framing(char* out, const response_head& head) {
  switch (head.framing) {
    case body_framing::length:
      out = write_text(out, length_prefix);
      out = write_decimal(out, head.content_length);
      return write_text(out, line_end);
    case body_framing::chunked:
      return write_text(out, chunked_line);
    case body_framing::none:
      break;
  }
  return out;
}

char* write_connection(char* out, connection_option option) {
  switch (option) {
    case connection_option::close:
      return write_text(out, close_line);
    case connection_option::keep_alive:
      return write_text(out, keep_alive_line);
    case connection_option::upgrade:
      return write_text(out, upgrade_line);
    case connection_option::none:
      break;
  }
  return out;
}

}  // namespace

std::size_t head_bytes_max(const response_head& head) {
  return fixed_bytes_max + head.content_type.size() + head.extra_fields.size();
}

char* write_head(char* out, const response_head& head, const date_line& date) {
  const int status = is_status(head.status) ? head.status : status_code::internal_server_error;
  out = write_status_line(out, status);
  out = write_text(out, date.text());
  if (!head.content_type.empty()) {
    out = write_text(out, type_prefix);
    out = write_text(out, head.content_type);
    out = write_text(out, line_end);
  }
  if (allows_framing_fields(status)) out = write_framing(out, head);
  out = write_connection(out, head.connection);
  out = write_text(out, head.extra_fields);
  return write_text(out, line_end);
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
