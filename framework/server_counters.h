// What a server has counted since it started: a snapshot, not quite of one instant.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "pinwheel/net/close_reason.h"

namespace pinwheel {
inline namespace v0 {

// Counted by the thread that accepts.
struct accept_counters {
  std::uint64_t accepted = 0;
  std::uint64_t back_offs = 0;  // Times that it waited because descriptors or memory had run out.
  std::uint64_t dropped = 0;    // Accepted, and closed because the mailbox of their loop was full.
};

// Counted by one loop.
struct loop_counters {
  std::uint64_t opened = 0;  // Connections.
  std::uint64_t closed = 0;
  std::array<std::uint64_t, close_reasons> closed_by_reason{};
  std::uint64_t refused = 0;   // Could not be opened.
  std::uint64_t moved_in = 0;  // Connections from other loops, and to them.
  std::uint64_t moved_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t receives = 0;  // System calls.
  std::uint64_t sends = 0;
  std::uint64_t handler_exceptions = 0;
  std::uint64_t task_exceptions = 0;  // Of posted work and raw events.

  [[nodiscard]] std::uint64_t open() const noexcept {
    const std::uint64_t came = opened + moved_in;
    const std::uint64_t went = closed + moved_out;
    return came > went ? came - went : 0;
  }
};

struct server_counters {
  accept_counters acceptor;
  std::vector<loop_counters> loops;  // By index; none before start().
};

}  // namespace v0
}  // namespace pinwheel
