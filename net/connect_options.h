// How a connection is opened as a client: see connector.
#pragma once

#include <chrono>

#include "pinwheel/net/address.h"
#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

struct connect_options {
  duration address_timeout = std::chrono::seconds(5);  // For each address; zero: as long as the kernel tries.
  duration total_timeout = std::chrono::seconds(20);   // For all of them together; zero: none.
  address local = {};           // What our end is bound to; none: the kernel chooses. Port 0 lets it choose the port.
  bool no_delay = true;         // TCP_NODELAY.
  bool while_draining = false;  // Taken, and goes on, while the host drains: it serves what is to be finished.
};

}  // namespace v0
}  // namespace pinwheel
