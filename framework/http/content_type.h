// The media types that responses have shorthands for.
#pragma once

#include <string_view>

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace content_type {

inline constexpr std::string_view text = "text/plain; charset=utf-8";
inline constexpr std::string_view html = "text/html; charset=utf-8";
inline constexpr std::string_view json = "application/json";

}  // namespace content_type
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
