// What few connections have, and most never: kept apart, so that an idle connection stays small.
//
// Threads:   its connection's loop.
// Ownership: made by its connection when something in it is first set, and freed when nothing is any more.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pinwheel/net/connection_handler.h"

namespace pinwheel {
inline namespace v0 {

struct handler_change {
  std::unique_ptr<connection_handler> next;
  std::string unread;
};

struct connection_extras {
  std::optional<handler_change> becoming;  // Set exactly between connection::become() and the change.

  [[nodiscard]] bool empty() const noexcept { return !becoming; }
};

}  // namespace v0
}  // namespace pinwheel
