// Names an event from elsewhere: a value that may be stale, and is then answered, never touched.
#pragma once

#include <cstdint>

namespace pinwheel {
inline namespace v0 {

struct event_ref {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // 0 names no event.

  friend bool operator==(event_ref, event_ref) noexcept = default;
};

}  // namespace v0
}  // namespace pinwheel
