// Names a connect that is under way: a value that may be stale, and then names none.
#pragma once

#include <cstdint>

namespace pinwheel {
inline namespace v0 {

struct connect_id {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // 0 names no connect.

  [[nodiscard]] explicit operator bool() const noexcept { return generation != 0; }
  friend bool operator==(connect_id, connect_id) = default;
};

}  // namespace v0
}  // namespace pinwheel
