// One call of server::listen: where to listen, and what handles the connections.
#pragma once

#include <string>

#include "pinwheel/framework/listen_options.h"
#include "pinwheel/net/handler_factory.h"

namespace pinwheel {
inline namespace v0 {

struct declared_listener {
  std::string address;
  handler_factory factory;
  listen_options options;
};

}  // namespace v0
}  // namespace pinwheel
