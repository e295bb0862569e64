// Names a stream of one loop: a value that may be stale, and then names nothing.
#pragma once

#include <cstdint>

namespace pinwheel {
inline namespace v0 {

struct stream_id {
  std::uint32_t slot = 0;        // The number of its descriptor.
  std::uint32_t generation = 0;  // 0 names no stream.

  friend bool operator==(stream_id, stream_id) = default;
};

}  // namespace v0
}  // namespace pinwheel
