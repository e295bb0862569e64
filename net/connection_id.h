// Names a connection from elsewhere: a value that may be stale, and then finds nothing.
#pragma once

#include <cstdint>

namespace pinwheel {
inline namespace v0 {

struct connection_id {
  std::uint64_t loop : 10 = 0;        // The number of its event_base.
  std::uint64_t slot : 22 = 0;        // The number of its descriptor.
  std::uint64_t generation : 32 = 0;  // 0 names no connection.

  friend bool operator==(connection_id, connection_id) = default;
};

static_assert(sizeof(connection_id) == 8);

}  // namespace v0
}  // namespace pinwheel
