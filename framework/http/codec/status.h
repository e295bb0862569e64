// Status codes (RFC 9110 section 15), with prepared status lines for those that have a phrase here.
//
// Threads:   any.
// Ownership: what is returned is constant and lives for ever.
// Errors:    none; a code without a phrase has empty views.
#pragma once

#include <string_view>

namespace pinwheel {
inline namespace v0 {
namespace http {

namespace status_code {

inline constexpr int continue_ = 100;
inline constexpr int switching_protocols = 101;
inline constexpr int ok = 200;
inline constexpr int created = 201;
inline constexpr int accepted = 202;
inline constexpr int no_content = 204;
inline constexpr int partial_content = 206;
inline constexpr int moved_permanently = 301;
inline constexpr int found = 302;
inline constexpr int see_other = 303;
inline constexpr int not_modified = 304;
inline constexpr int temporary_redirect = 307;
inline constexpr int permanent_redirect = 308;
inline constexpr int bad_request = 400;
inline constexpr int unauthorized = 401;
inline constexpr int forbidden = 403;
inline constexpr int not_found = 404;
inline constexpr int method_not_allowed = 405;
inline constexpr int not_acceptable = 406;
inline constexpr int request_timeout = 408;
inline constexpr int conflict = 409;
inline constexpr int gone = 410;
inline constexpr int length_required = 411;
inline constexpr int precondition_failed = 412;
inline constexpr int content_too_large = 413;
inline constexpr int uri_too_long = 414;
inline constexpr int unsupported_media_type = 415;
inline constexpr int range_not_satisfiable = 416;
inline constexpr int expectation_failed = 417;
inline constexpr int misdirected_request = 421;
inline constexpr int unprocessable_content = 422;
inline constexpr int upgrade_required = 426;
inline constexpr int too_many_requests = 429;
inline constexpr int request_header_fields_too_large = 431;
inline constexpr int internal_server_error = 500;
inline constexpr int not_implemented = 501;
inline constexpr int bad_gateway = 502;
inline constexpr int service_unavailable = 503;
inline constexpr int gateway_timeout = 504;
inline constexpr int http_version_not_supported = 505;

}  // namespace status_code

// The whole line with its CRLF ("HTTP/1.1 200 OK\r\n"), or empty.
std::string_view status_line(int code);

std::string_view reason_phrase(int code);

// Three digits of a class that RFC 9110 section 15 knows.
constexpr bool is_status(int code) { return code >= 100 && code <= 599; }

// A response of these codes ends with its head (RFC 9112 section 6.3); an answer to HEAD does too, whatever its code.
constexpr bool allows_content(int code) {
  return code >= 200 && code != status_code::no_content && code != status_code::not_modified;
}

// RFC 9110 section 8.6 and RFC 9112 section 6.1: no length and no coding is announced with these. 304 may have both.
constexpr bool allows_framing_fields(int code) { return code >= 200 && code != status_code::no_content; }

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
