// Puts responses into bytes, from parts prepared beforehand where there are any (RFC 9112 sections 4, 6 and 7.1).
//
// Threads:   any.
// Ownership: writes where the caller says; allocates nothing.
// Errors:    none; every function has a bound to ask for before it writes.
#pragma once

#include <cstddef>
#include <string_view>

#include "pinwheel/framework/http/codec/date.h"
#include "pinwheel/framework/http/codec/response_head.h"
#include "pinwheel/framework/http/codec/write.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

// At least what write_head() will write; a few dozen bytes more, so that it costs two additions.
std::size_t head_bytes_max(const response_head& head);

// Writes the whole head with its empty line and answers the end. Where RFC 9110 forbids Content-Length and
// Transfer-Encoding (1xx, 204), neither is written, whatever `framing` says.
// REQUIRES: room for head_bytes_max(head).
char* write_head(char* out, const response_head& head, const date_line& date);

// The interim answer to Expect: 100-continue.
inline constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

// A chunk is its header, its bytes and chunk_end; the body ends with last_chunk.
inline constexpr std::size_t chunk_header_bytes_max = hex_bytes_max + 2;
inline constexpr std::string_view chunk_end = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

// REQUIRES: bytes > 0, since a chunk of none ends the body; room for chunk_header_bytes_max.
inline char* write_chunk_header(char* out, std::size_t bytes) { return write_text(write_hex(out, bytes), "\r\n"); }

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
