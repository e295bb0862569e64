// What one loop's connections have counted since it started.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pinwheel/net/close_reason.h"
#include "pinwheel/net/loop_counter.h"

namespace pinwheel {
inline namespace v0 {

// On cache lines of its own: other threads read what this loop writes.
struct alignas(64) connection_counters {
  loop_counter opened;    // Those that connect() has begun to open included.
  loop_counter connects;  // Of them, those of connect().
  loop_counter refused;   // No stream, the handler's constructor threw, or no connect is taken.
  loop_counter handler_exceptions;
  loop_counter moved_in;  // From other loops, and to them.
  loop_counter moved_out;
  std::array<loop_counter, close_reasons> closed_by_reason;

  [[nodiscard]] std::uint64_t closed(close_reason why) const noexcept {
    return closed_by_reason[static_cast<std::size_t>(why)].value();
  }
  [[nodiscard]] std::uint64_t closed() const noexcept {
    std::uint64_t all = 0;
    for (const loop_counter& each : closed_by_reason) all += each.value();
    return all;
  }
};

}  // namespace v0
}  // namespace pinwheel
