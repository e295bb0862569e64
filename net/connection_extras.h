// What few connections have, and most never: kept apart, so that an idle connection stays small.
//
// Threads:   its connection's loop.
// Ownership: made by its connection when something in it is first set, and freed when nothing is any more.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "pinwheel/net/connection_filter.h"
#include "pinwheel/net/connection_handler.h"
#include "pinwheel/net/connection_move.h"
#include "pinwheel/net/output_watch.h"
#include "pinwheel/net/rate_floor.h"

namespace pinwheel {
inline namespace v0 {

struct handler_change {
  std::unique_ptr<connection_handler> next;
  std::string unread;
};

// Whether a message comes fast enough.
struct input_watch {
  // A loop that was kept busy finds bytes in the kernel that came in time: before it calls a peer slow, it asks.
  enum class kernel : std::uint8_t { not_asked, asked, has_no_more };

  rate_floor floor;
  kernel state = kernel::not_asked;
};

struct connection_extras {
  std::optional<handler_change> becoming;     // Set exactly between connection::become() and the change.
  std::optional<input_watch> input;           // Set exactly while a message is unfinished and its rate judged.
  std::optional<output_watch> output;         // Set exactly while output waits and is judged.
  std::unique_ptr<connection_move> move;      // Kept from the first connection::move_to() on.
  std::unique_ptr<connection_filter> filter;  // Set for life where the connection has a filter.

  [[nodiscard]] bool empty() const noexcept {
    return !becoming && !input && !output && move == nullptr && filter == nullptr;
  }
};

}  // namespace v0
}  // namespace pinwheel
