// The request parser on any bytes. Its first two bytes choose the limits and how the rest is cut; then these must hold:
// a complete head lies inside the input with every view it hands out, a prefix never answers otherwise than the whole
// did, and pieces give what the whole gives.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "pinwheel/framework/http/codec/request_parser.h"

namespace {

namespace http = pinwheel::http;
using outcome = http::parse_result::outcome;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

bool lies_inside(std::string_view view, std::string_view input) {
  return view.empty() || (view.data() >= input.data() && view.data() + view.size() <= input.data() + input.size());
}

// The one view that may be a constant: the path of an absolute form that has none.
bool is_default_path(std::string_view path) { return path == "/" || path == "*"; }

void check_head(const http::request_head& head, const http::parse_result& result, std::string_view input,
                const http::parse_limits& limits) {
  require(result.head_bytes >= 16 && result.head_bytes <= input.size(), "a head lies inside the input");
  require(result.head_bytes <= limits.header_bytes_max, "a head is within its limit");
  const std::string_view bytes = input.substr(0, result.head_bytes);
  require(bytes.substr(bytes.size() - 4) == "\r\n\r\n", "a head ends with an empty line");
  require(lies_inside(head.target(), bytes) && lies_inside(head.query(), bytes), "the target lies inside");
  require(lies_inside(head.path(), bytes) || is_default_path(head.path()), "the path lies inside");
  require(lies_inside(head.host(), bytes) && lies_inside(head.method_name(), bytes), "host and method lie inside");
  require(head.fields().size() <= limits.fields_max, "fields are within their limit");
  for (const http::field_view& field : head.fields()) {
    require(lies_inside(field.name, bytes) && lies_inside(field.value, bytes), "a field lies inside");
    require(!field.name.empty(), "a field has a name");
    require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == field.value.npos, "a value is one line");
  }
  require(!(head.chunked() && head.content_length().has_value()), "a body is framed one way");
  require(head.minor_version() == 1 || !head.chunked(), "HTTP/1.0 has no codings");
  require(head.minor_version() == 0 || !head.host().empty(), "HTTP/1.1 has a host");
}

bool same_view(std::string_view a, std::string_view b) { return a.data() == b.data() && a.size() == b.size(); }

void check_same_head(const http::request_head& a, const http::request_head& b) {
  require(a.method() == b.method() && a.target_form() == b.target_form(), "the same line in pieces");
  require(same_view(a.target(), b.target()) && a.path() == b.path(), "the same target in pieces");
  require(a.content_length() == b.content_length() && a.chunked() == b.chunked(), "the same body in pieces");
  require(a.keep_alive() == b.keep_alive() && a.host() == b.host(), "the same connection in pieces");
  require(a.fields().size() == b.fields().size(), "as many fields in pieces");
  for (std::size_t i = 0; i < a.fields().size(); ++i) {
    require(same_view(a.fields()[i].name, b.fields()[i].name), "the same names in pieces");
    require(same_view(a.fields()[i].value, b.fields()[i].value), "the same values in pieces");
  }
}

http::parse_limits limits_for(std::uint8_t choice) {
  http::parse_limits limits;
  if ((choice & 1) != 0) limits.request_line_bytes_max = 32;
  if ((choice & 2) != 0) limits.header_bytes_max = 96;
  if ((choice & 4) != 0) limits.fields_max = 3;
  return limits;
}

// A small generator, so that cuts depend on the input alone.
std::size_t next_step(std::uint32_t& state) {
  state = state * 1664525u + 1013904223u;
  return 1 + (state >> 24) % 24;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const http::parse_limits limits = limits_for(data[0]);
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  static http::request_head whole_head;
  static http::request_head head;

  http::parse_progress fresh;
  const http::parse_result whole = http::parse_request_head(input, limits, fresh, whole_head);
  if (whole.kind == outcome::complete) check_head(whole_head, whole, input, limits);

  http::parse_progress progress;
  http::parse_result pieces;
  std::uint32_t state = data[1];
  for (std::size_t cut = 0; pieces.kind == outcome::need_more && cut < input.size();) {
    cut += data[1] == 0 ? 1 : next_step(state);
    const std::string_view prefix = input.substr(0, cut);
    http::parse_progress none;
    const http::parse_result alone = http::parse_request_head(prefix, limits, none, head);
    pieces = http::parse_request_head(prefix, limits, progress, head);
    require(alone.kind == pieces.kind && alone.status == pieces.status, "a prefix gives the same resumed and alone");
  }
  require(pieces.kind == whole.kind && pieces.status == whole.status, "pieces end as the whole does");
  require(pieces.head_bytes == whole.head_bytes, "pieces end where the whole does");
  if (whole.kind == outcome::complete) check_same_head(head, whole_head);
  return 0;
}
