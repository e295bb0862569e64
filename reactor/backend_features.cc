#include "pinwheel/reactor/backend_features.h"

#include <array>
#include <string_view>
#include <utility>

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr std::array<std::pair<backend_features, std::string_view>, 4> names{{
    {backend_features::edge_triggered, "edge_triggered"},
    {backend_features::early_close, "early_close"},
    {backend_features::constant_time, "constant_time"},
    {backend_features::any_descriptor, "any_descriptor"},
}};

}  // namespace

std::string to_string(backend_features features) {
  std::string all;
  for (const auto& [feature, name] : names) {
    if (!has_all(features, feature)) continue;
    if (!all.empty()) all += ", ";
    all += name;
  }
  return all;
}

}  // namespace v0
}  // namespace pinwheel
