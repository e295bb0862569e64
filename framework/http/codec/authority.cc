#include "pinwheel/framework/http/codec/authority.h"

#include <algorithm>
#include <cstddef>

#include "pinwheel/framework/http/codec/ascii.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

constexpr int port_max = 65535;

bool begins_with_escape(std::string_view text) {
  return text.size() > 2 && text[0] == '%' && hex_value(text[1]) >= 0 && hex_value(text[2]) >= 0;
}

// Both answer how many bytes of `text` the host takes; 0 is no host.
std::size_t reg_name_bytes(std::string_view text) {
  std::size_t i = 0;
  for (;;) {
    while (i < text.size() && is_reg_name_char(text[i])) ++i;
    if (!begins_with_escape(text.substr(i))) return i;
    i += 3;
  }
}

std::size_t bracketed_bytes(std::string_view text) {
  const std::size_t close = text.find(']');
  if (close == std::string_view::npos) return 0;
  const std::string_view address = text.substr(1, close - 1);
  const auto allowed = [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; };
  if (std::count(address.begin(), address.end(), ':') < 2) return 0;
  return std::all_of(address.begin(), address.end(), allowed) ? close + 1 : 0;
}

bool is_port(std::string_view digits) {
  int port = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return false;
    port = port * 10 + (c - '0');
    if (port > port_max) return false;
  }
  return true;
}

}  // namespace

bool is_authority(std::string_view text) {
  if (text.empty()) return false;
  const std::size_t host_bytes = text.front() == '[' ? bracketed_bytes(text) : reg_name_bytes(text);
  if (host_bytes == 0) return false;
  if (host_bytes == text.size()) return true;
  return text[host_bytes] == ':' && is_port(text.substr(host_bytes + 1));
}

bool has_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  return colon != std::string_view::npos && colon + 1 < text.size() && text.back() != ']';
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
