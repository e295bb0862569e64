// The request methods that the framework has a name for (RFC 9110 section 9, RFC 5789).
//
// Threads:   any.
// Ownership: none.
// Errors:    none; a method without a name here is `other`, which a server answers with 501.
#pragma once

#include <cstdint>
#include <string_view>

namespace pinwheel {
inline namespace v0 {
namespace http {

enum class method : std::uint8_t { get, head, post, put, delete_, connect, options, trace, patch, other };

// Methods are case-sensitive: "get" is `other`.
method parse_method(std::string_view token);

// The method as it stands on the wire; empty for `other`.
std::string_view to_string(method value);

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
