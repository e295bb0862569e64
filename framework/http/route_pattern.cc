#include "pinwheel/framework/http/route_pattern.h"

#include <algorithm>

#include "pinwheel/framework/http/codec/ascii.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return detail::is_alphanumeric(c) || c == '_'; });
}

bool is_literal(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_path_char(c) && c != '{' && c != '}' && c != '%'; }) &&
         text != "." && text != "..";
}

// Empty, or why the segment cannot stand behind those before it.
std::string_view find_fault(const pattern_segment& segment, const std::vector<pattern_segment>& before) {
  if (!segment.is_parameter) {
    return is_literal(segment.text) ? ""
                                    : "a segment is either {name} or visible ASCII without '?', '#', '%', '{', '}'";
  }
  if (!is_name(segment.text)) return "a parameter's name is letters, digits and '_'";
  const auto has_same_name = [&](const pattern_segment& other) {
    return other.is_parameter && other.text == segment.text;
  };
  if (std::ranges::any_of(before, has_same_name)) return "two parameters have one name";
  if (std::ranges::count_if(before, &pattern_segment::is_parameter) == route_parameters_max) {
    return "more parameters than are supported";
  }
  return "";
}

}  // namespace

route_pattern parse_route_pattern(std::string_view pattern) {
  route_pattern parsed;
  if (!pattern.starts_with('/')) return {{}, "it does not begin with '/'"};
  while (!pattern.empty()) {
    if (parsed.segments.size() == path_segments_max) return {{}, "more segments than are supported"};
    const std::string_view text = take_path_segment(pattern);
    const bool is_parameter = text.size() >= 2 && text.front() == '{' && text.back() == '}';
    const pattern_segment segment{is_parameter ? text.substr(1, text.size() - 2) : text, is_parameter};
    if (const std::string_view fault = find_fault(segment, parsed.segments); !fault.empty()) {
      return {{}, std::string(fault)};
    }
    parsed.segments.push_back(segment);
  }
  return parsed;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
