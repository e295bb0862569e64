// What a backend can do beyond telling which descriptors are ready: asked for when one is chosen (SEMANTICS I10).
#pragma once

#include <cstdint>
#include <string>

namespace pinwheel {
inline namespace v0 {

// Combine with |.
enum class backend_features : std::uint8_t {
  none = 0,
  edge_triggered = 1 << 0,  // interest::edge (I4).
  early_close = 1 << 1,     // interest::closed (I5).
  constant_time = 1 << 2,   // A wait costs by what is ready, not by what is watched.
  any_descriptor = 1 << 3,  // Regular files too, which are always ready.
};

[[nodiscard]] constexpr backend_features operator|(backend_features a, backend_features b) noexcept {
  return static_cast<backend_features>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

// What is in `wanted` and not in `offered`.
[[nodiscard]] constexpr backend_features missing(backend_features wanted, backend_features offered) noexcept {
  return static_cast<backend_features>(static_cast<unsigned>(wanted) & ~static_cast<unsigned>(offered));
}

// Whether `offered` has all that is in `wanted`.
[[nodiscard]] constexpr bool has_all(backend_features offered, backend_features wanted) noexcept {
  return missing(wanted, offered) == backend_features::none;
}

// Their names with a comma between: "edge_triggered, constant_time".
[[nodiscard]] std::string to_string(backend_features features);

}  // namespace v0
}  // namespace pinwheel
