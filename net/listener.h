// Opens a listening socket.
//
// Threads:   any.
// Errors:    a status whose message names the address, the reason and, where there is one, the remedy.
#pragma once

#include <sys/socket.h>

#include "absl/status/statusor.h"
#include "pinwheel/net/address.h"
#include "pinwheel/net/socket.h"

namespace pinwheel {
inline namespace v0 {

struct listener_options {
  int backlog = SOMAXCONN;    // Connections that the kernel keeps ready; it caps this at net.core.somaxconn.
  bool reuse_address = true;  // SO_REUSEADDR: binds beside connections in TIME_WAIT.
  bool reuse_port = false;    // SO_REUSEPORT: several sockets share the port, and the kernel chooses among them.
  bool v6_only = true;        // IPV6_V6ONLY: a listener on [::] leaves IPv4 alone.

  // Taken over by every connection that it accepts, at no cost for each.
  bool no_delay = true;          // TCP_NODELAY.
  bool keepalive = false;        // SO_KEEPALIVE.
  int receive_buffer_bytes = 0;  // SO_RCVBUF; 0: the kernel's own, which it adapts.
  int send_buffer_bytes = 0;     // SO_SNDBUF; 0: the kernel's own, which it adapts.
  int defer_accept_seconds = 0;  // TCP_DEFER_ACCEPT: accepted once data is there, or after so long; 0: at once.
};

// Non-blocking and close-on-exec. A unix path that is taken is removed first if it is a socket on which nobody listens.
[[nodiscard]] absl::StatusOr<socket_descriptor> bind_and_listen(const address& where, const listener_options& options);

// Closes a listening socket, and removes the file of a unix one.
void stop_listening(socket_descriptor& listening) noexcept;

}  // namespace v0
}  // namespace pinwheel
