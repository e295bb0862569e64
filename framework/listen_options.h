// What one address of a server is given: how its socket listens, and what bounds its connections.
#pragma once

#include "pinwheel/net/connection_options.h"
#include "pinwheel/net/listener.h"

namespace pinwheel {
inline namespace v0 {

struct listen_options {
  listener_options listener = {};
  connection_options connection = {};
};

}  // namespace v0
}  // namespace pinwheel
