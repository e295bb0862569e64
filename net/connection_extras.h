// What few connections have, and most never: kept apart, so that an idle connection stays small.
//
// Threads:   its connection's loop.
// Ownership: made by its connection when something in it is first set, and freed when nothing is any more.
#pragma once

#include <memory>
#include <string>

#include "pinwheel/net/connection_filter.h"
#include "pinwheel/net/connection_handler.h"
#include "pinwheel/net/connection_move.h"
#include "pinwheel/net/transfer_watch.h"

namespace pinwheel {
inline namespace v0 {

struct handler_change {
  std::unique_ptr<connection_handler> next;  // Null: no change.
  std::string unread;
};

struct connection_extras {
  handler_change becoming;                    // Set exactly between connection::become() and the change.
  transfer_watch watched;                     // Empty where nothing is judged.
  std::unique_ptr<connection_move> move;      // Kept from the first connection::move_to() on.
  std::unique_ptr<connection_filter> filter;  // Set for life where the connection has a filter.

  [[nodiscard]] bool empty() const noexcept {
    return becoming.next == nullptr && watched.empty() && move == nullptr && filter == nullptr;
  }
};

}  // namespace v0
}  // namespace pinwheel
