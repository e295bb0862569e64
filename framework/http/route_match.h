// What a router found for one request: a loop keeps one, and every request fills it anew.
//
// Threads:   one at a time.
// Ownership: `parameters` view the path or `decoded`; `to` lives as long as its router.
// Errors:    none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pinwheel/framework/http/codec/method.h"
#include "pinwheel/framework/http/route_pattern.h"

namespace pinwheel {
inline namespace v0 {
namespace http {

class request;
class response;

struct route {
  std::function<void(const request&, response&)> answer;
  std::vector<std::string> parameter_names;  // In the order of the pattern.
};

enum class route_outcome : std::uint8_t {
  found,
  not_found,
  method_not_allowed,  // `allowed` says which are.
  bad_path,
};

// One bit for each method.
using method_set = std::uint16_t;
constexpr method_set bit_of(method value) { return static_cast<method_set>(1u << static_cast<unsigned>(value)); }

// "GET, HEAD, OPTIONS": the value of an Allow field.
[[nodiscard]] std::string allow_value(method_set allowed);

struct route_match {
  route_outcome outcome = route_outcome::not_found;
  const route* to = nullptr;  // Set exactly when found.
  method_set allowed = 0;     // Of all routes of that path; filled unless found.
  std::array<std::string_view, route_parameters_max> parameters;
  std::string decoded;  // Room for segments that had escapes.
};

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
