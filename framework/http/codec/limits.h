// How much of a request is accepted; the codec refuses what is over, with the status named beside each.
//
// Threads:   any; a value.
// Ownership: none.
// Errors:    none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pinwheel {
inline namespace v0 {
namespace http {

// A head that is read has room for this many fields; parse_limits can only ask for fewer.
inline constexpr std::size_t fields_room = 100;

// Empty lines before a request line that are passed over (RFC 9112 section 2.2); one more is a bad request.
inline constexpr std::size_t leading_empty_lines_max = 4;

struct parse_limits {
  std::uint32_t request_line_bytes_max = 8 * 1024;        // With its CRLF; 414.
  std::uint32_t header_bytes_max = 32 * 1024;             // The whole head, request line and last CRLF included; 431.
  std::uint32_t fields_max = fields_room;                 // 431.
  std::uint32_t chunk_extension_bytes_max = 16 * 1024;    // Of all chunks of one body together; 400.
  std::uint32_t trailer_bytes_max = 8 * 1024;             // The whole trailer section; 431.
  std::uint64_t body_bytes_max = std::uint64_t{1} << 20;  // Counted by whoever reads the body; 413.
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
