#include "pinwheel/net/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr int stream_flags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

std::string_view remedy_for(int error, const address& where) {
  if (error == EADDRINUSE) return "; another socket has it: stop that program or choose another";
  if (error == EADDRNOTAVAIL) return "; this machine has no such address";
  if (error == EACCES && !where.is_unix()) return "; ports below 1024 need CAP_NET_BIND_SERVICE";
  if (error == EAFNOSUPPORT && where.family() == AF_INET6) return "; IPv6 is off on this machine";
  return "";
}

absl::Status failed(int error, const address& where, std::string_view step) {
  const std::string what = "cannot listen on " + to_string(where) + ": " + std::string(step);
  const absl::Status status = absl::ErrnoToStatus(error, what);
  return absl::Status(status.code(), std::string(status.message()).append(remedy_for(error, where)));
}

bool set(const socket_descriptor& socket, int level, int name, int value) {
  return ::setsockopt(socket.native_handle(), level, name, &value, sizeof(value)) == 0;
}

bool set_common_options(const socket_descriptor& socket, const listener_options& options) {
  if (options.reuse_port && !set(socket, SOL_SOCKET, SO_REUSEPORT, 1)) return false;
  if (options.keepalive && !set(socket, SOL_SOCKET, SO_KEEPALIVE, 1)) return false;
  const int in = options.receive_buffer_bytes;
  const int out = options.send_buffer_bytes;
  return (in == 0 || set(socket, SOL_SOCKET, SO_RCVBUF, in)) && (out == 0 || set(socket, SOL_SOCKET, SO_SNDBUF, out));
}

bool set_tcp_options(const socket_descriptor& socket, const address& where, const listener_options& options) {
  if (options.reuse_address && !set(socket, SOL_SOCKET, SO_REUSEADDR, 1)) return false;
  if (where.family() == AF_INET6 && !set(socket, IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only ? 1 : 0)) return false;
  if (options.no_delay && !set(socket, IPPROTO_TCP, TCP_NODELAY, 1)) return false;
  const int defer = options.defer_accept_seconds;
  return defer == 0 || set(socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, defer);
}

// A socket file outlives its listener when that was killed. Answers whether the path is free now.
bool remove_stale_socket(const address& where) {
  const std::string path(where.path());
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
  const socket_descriptor probe(::socket(AF_UNIX, stream_flags, 0));
  if (::connect(probe.native_handle(), where.data(), where.size()) == 0 || errno != ECONNREFUSED) return false;
  return ::unlink(path.c_str()) == 0;
}

bool bind(const socket_descriptor& socket, const address& where) {
  return ::bind(socket.native_handle(), where.data(), where.size()) == 0;
}

}  // namespace

absl::StatusOr<socket_descriptor> bind_and_listen(const address& where, const listener_options& options) {
  socket_descriptor socket(::socket(where.family(), stream_flags, 0));
  if (!socket.is_open()) return failed(errno, where, "socket");
  if (!set_common_options(socket, options)) return failed(errno, where, "setsockopt");
  if (!where.is_unix() && !set_tcp_options(socket, where, options)) return failed(errno, where, "setsockopt");
  if (!bind(socket, where)) {
    const int error = errno;
    const bool stale = error == EADDRINUSE && where.is_unix() && remove_stale_socket(where);
    if (!stale) return failed(error, where, "bind");
    if (!bind(socket, where)) return failed(errno, where, "bind");
  }
  if (::listen(socket.native_handle(), options.backlog) != 0) return failed(errno, where, "listen");
  return socket;
}

void stop_listening(socket_descriptor& listening) noexcept {
  const address where = local_address_of(listening);
  // While this still listens the file cannot be another listener's.
  if (where.is_unix() && listening.network() == nullptr) ::unlink(std::string(where.path()).c_str());
  listening.close();
}

}  // namespace v0
}  // namespace pinwheel
