// Splits a request target into its parts, in the four forms of RFC 9112 section 3.2.
//
// Threads:   any.
// Ownership: views into the text that was parsed, or constants.
// Errors:    false: a bad request.
#pragma once

#include <cstdint>
#include <string_view>

#include "pinwheel/framework/http/codec/method.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

enum class target_form : std::uint8_t { origin, absolute, authority, asterisk };

struct request_target {
  std::string_view raw;        // As it was sent.
  std::string_view path;       // Raw, up to '?'; "/" or "*" where an absolute form has none; empty in authority form.
  std::string_view query;      // Raw, behind '?'; empty also where there is no '?'.
  std::string_view authority;  // Host and port; empty in origin and asterisk form.
  target_form form = target_form::origin;
};

// CONNECT takes the authority form only and no other method does; "*" is for OPTIONS only. An absolute form has the
// scheme http or https and no user information (RFC 9110 section 4.2.4). A fragment, a blank, a control byte or one
// over 0x7e is refused anywhere.
bool parse_target(method request_method, std::string_view raw, request_target& target);

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
