// Reads a route's pattern: "/users/{id}/posts" is three segments, of which the second may be anything but empty.
//
// Threads:   any.
// Ownership: views the pattern.
// Errors:    an empty optional with the reason, for a pattern that could never match or would match by surprise.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pinwheel {
inline namespace v0 {
namespace http {

inline constexpr std::size_t path_segments_max = 64;
inline constexpr std::size_t route_parameters_max = 16;

struct pattern_segment {
  std::string_view text;  // The literal, or the parameter's name without its braces.
  bool is_parameter = false;
};

struct route_pattern {
  std::vector<pattern_segment> segments;
  std::string error;  // Empty: well-formed.
};

[[nodiscard]] route_pattern parse_route_pattern(std::string_view pattern);

// Takes the first segment off a path that begins with '/', together with that slash. "/" is one empty segment.
inline std::string_view take_path_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
