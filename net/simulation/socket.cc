#include "pinwheel/net/simulation/socket.h"

namespace pinwheel {
inline namespace v0 {

// As tcp_poll() of Linux.
reasons simulated_socket::readiness() {
  if (is == role::listening) return waiting.empty() ? reasons::none : reasons::readable;
  if (is_broken || is_parted) return failed_both_ways | reasons::closed;
  if (is == role::connecting) return reasons::none;
  reasons ready = reasons::none;
  if (!incoming.empty() || end_received) ready |= reasons::readable;
  if (end_received) ready |= reasons::closed;
  if (end_asked && end_received) ready |= failed_both_ways;
  if (end_asked || has_room()) {
    ready |= reasons::writable;
  } else {
    wants_room = true;
  }
  return ready;
}

}  // namespace v0
}  // namespace pinwheel
