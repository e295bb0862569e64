// What stands in for the kernel's sockets where one is given, such as a simulated_network: the system calls that
// connections need, by descriptor.
//
// Threads:   those of the loops that use it; a simulation has one.
// Ownership: outlives every descriptor that it gave.
// Errors:    errno values, as those of the system calls; nothing waits (EAGAIN), and SIGPIPE is not raised.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "pinwheel/net/address.h"
#include "pinwheel/reactor/base/io_result.h"

namespace pinwheel {
inline namespace v0 {

class socket_network {
 public:
  // recv(2); 0 bytes: the peer has sent its last one.
  virtual io_result receive(int descriptor, std::span<char> into) = 0;
  // sendmsg(2).
  virtual io_result send(int descriptor, std::span<const iovec> pieces) = 0;
  // sendfile(2), from `offset` on. The file is the kernel's in any network.
  virtual io_result send_file(int descriptor, int file, std::uint64_t offset, std::size_t bytes) = 0;
  // shutdown(2) of the sending side.
  virtual void shut_down_write(int descriptor) = 0;

  virtual void close(int descriptor) noexcept = 0;
  // Closes it, and the peer learns that the stream was cut off (SO_LINGER of zero seconds).
  virtual void reset(int descriptor) noexcept = 0;
  // In the child after fork(2): the stream stays the parent's, and here every further call fails.
  virtual void part_from_parent(int descriptor) noexcept = 0;

  // Takes the errno that waits to be told (SO_ERROR).
  virtual int pending_error(int descriptor) = 0;
  // Of what it took, what the peer has not acknowledged (SIOCOUTQ).
  [[nodiscard]] virtual std::size_t unacknowledged(int descriptor) const noexcept = 0;

  // A descriptor, and its peer's address.
  virtual io_result accept(int listening, sockaddr_storage& peer, socklen_t& length) = 0;
  // A descriptor that becomes writable when it is connected, or failed: pending_error() tells which. No address, or no
  // port, as `from` leaves the choice to the network.
  virtual io_result connect(const address& to, const address& from) = 0;

  // No address when there is none (any more).
  [[nodiscard]] virtual address local_address(int descriptor) const noexcept = 0;
  [[nodiscard]] virtual address peer_address(int descriptor) const noexcept = 0;

 protected:
  socket_network() = default;
  socket_network(const socket_network&) = default;
  socket_network& operator=(const socket_network&) = default;
  ~socket_network() = default;
};

}  // namespace v0
}  // namespace pinwheel
