// Takes the escapes out of paths and queries (RFC 3986 section 2.1), strictly: a bad escape or an encoded NUL is
// refused.
//
// Threads:   any.
// Ownership: what is decoded stands in the caller's room, or in the input where nothing was escaped.
// Errors:    nullopt, or `valid` false.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pinwheel {
inline namespace v0 {
namespace http {

// One piece of a path between two slashes.
struct decoded_segment {
  bool valid = false;
  bool holds_slash = false;  // An escaped '/', which must not become a separator.
  bool is_dots = false;      // "." or "..", escaped or not: what path traversal lives on.
  std::string_view text;     // Empty unless valid.
};

// REQUIRES: `room` has segment.size() bytes. They are written only if something is escaped.
decoded_segment decode_segment(std::string_view segment, char* room);

// A name or a value of a query: escapes, and '+' for a space. The same room and the same errors.
std::optional<std::string_view> decode_query(std::string_view raw, char* room);

struct query_pair {
  std::string_view name;   // Both raw.
  std::string_view value;  // Empty also where there is no '='.
};

// Takes the first pair off a query; empty ones ("a&&b") are passed over. False when none is left.
bool take_query_pair(std::string_view& query, query_pair& pair);

// The raw value of the first pair whose name, decoded, is `name`.
std::optional<std::string_view> query_value(std::string_view query, std::string_view name);

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
