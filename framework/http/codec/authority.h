// Recognises host[:port], as the Host field and two forms of the request target hold it.
//
// Threads:   any.
// Ownership: none.
// Errors:    false.
#pragma once

#include <string_view>

namespace pinwheel {
inline namespace v0 {
namespace http {

// uri-host [ ":" port ] of RFC 3986 section 3.2, without user information. The host must not be empty (RFC 9110 section
// 4.2.1), an address in brackets is taken by its alphabet only, a port is at most 65535 and may be absent after ':'.
bool is_authority(std::string_view text);

// REQUIRES: is_authority(text). True if a port is really there.
bool has_port(std::string_view text);

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
