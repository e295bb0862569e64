#include "pinwheel/net/connection_state.h"

namespace pinwheel {
inline namespace v0 {

std::string_view to_string(connection_state state) {
  switch (state) {
    case connection_state::opening:
      return "opening";
    case connection_state::open:
      return "open";
    case connection_state::peer_ended:
      return "peer_ended";
    case connection_state::write_ended:
      return "write_ended";
    case connection_state::both_ended:
      return "both_ended";
    case connection_state::closing:
      return "closing";
    case connection_state::closed:
      return "closed";
  }
  return "unknown";
}

}  // namespace v0
}  // namespace pinwheel
