// Makes a socket that connects.
//
// Threads:   any.
#pragma once

#include "pinwheel/net/address.h"
#include "pinwheel/net/connect_options.h"
#include "pinwheel/net/socket.h"

namespace pinwheel {
inline namespace v0 {

struct connecting_socket {
  socket_descriptor socket;
  int error = 0;  // Why there is none. EAGAIN: the backlog of a unix listener is full.
};

// Of this network; null: the kernel. Non-blocking and close-on-exec. It becomes writable when the connect is over, and
// its pending error says then how that went.
[[nodiscard]] connecting_socket start_connecting(socket_network* network, const address& to,
                                                 const connect_options& how);

}  // namespace v0
}  // namespace pinwheel
