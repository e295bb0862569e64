#include "pinwheel/framework/http/codec/request_target.h"

#include <cstddef>

#include "pinwheel/framework/http/codec/ascii.h"
#include "pinwheel/framework/http/codec/authority.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

// Path and query in one walk; `text` is empty or begins with '/' or '?'.
bool split_path(std::string_view text, request_target& target) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* p = begin;
  while (p != end && is_path_char(*p)) ++p;
  target.path = text.substr(0, static_cast<std::size_t>(p - begin));
  target.query = {};
  if (p == end) return true;
  if (*p != '?') return false;
  target.query = text.substr(target.path.size() + 1);
  while (p != end && is_query_char(*p)) ++p;
  return p == end;
}

bool take_scheme(std::string_view& text) {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (equal_ignoring_case(text.substr(0, scheme.size()), scheme)) {
      text.remove_prefix(scheme.size());
      return true;
    }
  }
  return false;
}

bool parse_absolute(method request_method, std::string_view text, request_target& target) {
  target.form = target_form::absolute;
  if (!take_scheme(text)) return false;
  target.authority = text.substr(0, text.find_first_of("/?#"));
  if (!is_authority(target.authority)) return false;
  text.remove_prefix(target.authority.size());
  if (!split_path(text, target)) return false;
  if (target.path.empty()) {
    // RFC 9112 section 3.2.4: OPTIONS without a path asks about the server as a whole.
    target.path = request_method == method::options && text.empty() ? "*" : "/";
  }
  return true;
}

bool parse_authority_form(std::string_view text, request_target& target) {
  target.form = target_form::authority;
  target.authority = text;
  target.path = {};
  target.query = {};
  return is_authority(text) && has_port(text);
}

}  // namespace

bool parse_target(method request_method, std::string_view raw, request_target& target) {
  target.raw = raw;
  if (request_method == method::connect) return parse_authority_form(raw, target);
  if (raw.empty()) return false;
  target.authority = {};
  if (raw.front() == '/') {
    target.form = target_form::origin;
    return split_path(raw, target);
  }
  if (raw == "*") {
    target.form = target_form::asterisk;
    target.path = raw;
    target.query = {};
    return request_method == method::options;
  }
  return parse_absolute(request_method, raw, target);
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
