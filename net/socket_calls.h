// The system calls of a loop's sockets: the kernel's, unless a socket_network was given to make them.
//
// Threads:   a value; the calls are for any thread that may use the descriptor.
// Ownership: borrows its network.
// Errors:    errno values; nothing waits (EAGAIN). No call raises SIGPIPE but send_file, for which sendfile(2) knows no
//            way: a program that sends files ignores that signal, as server::run() does.
// Cost:      over the kernel one branch, which is always taken the same way.
#pragma once

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

#include "pinwheel/net/address.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/net/socket_network.h"
#include "pinwheel/reactor/base/io_result.h"

namespace pinwheel {
inline namespace v0 {

class socket_calls {
 public:
  // Null: the kernel.
  explicit socket_calls(socket_network* network = nullptr) noexcept : network_(network) {}

  [[nodiscard]] socket_network* network() const noexcept { return network_; }

  // Each as the call of the same name of socket_network, which says what it does.

  io_result receive(int descriptor, std::span<char> into) const {
    if (network_ != nullptr) [[unlikely]]
      return network_->receive(descriptor, into);
    const ssize_t got = ::recv(descriptor, into.data(), into.size(), 0);
    return io_result::of(got, errno);
  }

  // `more_follows`: what is sent may wait for what the next call sends (MSG_MORE).
  io_result send(int descriptor, std::span<const iovec> pieces, bool more_follows = false) const {
    if (network_ != nullptr) [[unlikely]]
      return network_->send(descriptor, pieces);
    const int flags = more_follows ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
    if (pieces.size() == 1) {
      const ssize_t taken = ::send(descriptor, pieces[0].iov_base, pieces[0].iov_len, flags);
      return io_result::of(taken, errno);
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    const ssize_t taken = ::sendmsg(descriptor, &message, flags);
    return io_result::of(taken, errno);
  }

  io_result send_file(int descriptor, int file, std::uint64_t offset, std::size_t bytes) const {
    if (network_ != nullptr) [[unlikely]]
      return network_->send_file(descriptor, file, offset, bytes);
    auto from = static_cast<off_t>(offset);
    const ssize_t taken = ::sendfile(descriptor, file, &from, bytes);
    return io_result::of(taken, errno);
  }

  void shut_down_write(int descriptor) const {
    if (network_ != nullptr) [[unlikely]]
      return network_->shut_down_write(descriptor);
    ::shutdown(descriptor, SHUT_WR);
  }

  void close(int descriptor) const noexcept { socket_descriptor(descriptor, network_).close(); }

  void reset(int descriptor) const noexcept {
    if (network_ != nullptr) [[unlikely]]
      return network_->reset(descriptor);
    constexpr linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    ::close(descriptor);
  }

  // A socket that was never connected takes the descriptor's place.
  void part_from_parent(int descriptor) const noexcept {
    if (network_ != nullptr) [[unlikely]]
      return network_->part_from_parent(descriptor);
    const socket_descriptor dead(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (::dup3(dead.native_handle(), descriptor, O_CLOEXEC) < 0) ::close(descriptor);
  }

  int pending_error(int descriptor) const {
    if (network_ != nullptr) [[unlikely]]
      return network_->pending_error(descriptor);
    int error = 0;
    socklen_t length = sizeof(error);
    return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
  }

  [[nodiscard]] std::size_t unacknowledged(int descriptor) const noexcept {
    if (network_ != nullptr) [[unlikely]]
      return network_->unacknowledged(descriptor);
    int bytes = 0;
    return ::ioctl(descriptor, SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
  }

  // Non-blocking and close-on-exec.
  io_result accept(int listening, sockaddr_storage& peer, socklen_t& length) const {
    if (network_ != nullptr) [[unlikely]]
      return network_->accept(listening, peer, length);
    length = sizeof(peer);
    auto* raw = reinterpret_cast<sockaddr*>(&peer);
    const int accepted = ::accept4(listening, raw, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return io_result::of(accepted, errno);
  }

  [[nodiscard]] address local_address(int descriptor) const noexcept {
    return network_ != nullptr ? network_->local_address(descriptor) : local_address_of(descriptor);
  }
  [[nodiscard]] address peer_address(int descriptor) const noexcept {
    return network_ != nullptr ? network_->peer_address(descriptor) : peer_address_of(descriptor);
  }

 private:
  socket_network* network_;
};

}  // namespace v0
}  // namespace pinwheel
