#include "pinwheel/net/connecting_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "pinwheel/net/socket_network.h"
#include "pinwheel/reactor/base/io_result.h"

namespace pinwheel {
inline namespace v0 {
namespace {

bool set(const socket_descriptor& socket, int level, int name) {
  constexpr int on = 1;
  return ::setsockopt(socket.native_handle(), level, name, &on, sizeof(on)) == 0;
}

bool bind_to(const socket_descriptor& socket, const address& local) {
  // The port is then chosen by connect(2), which may share it among peers: else each local address has but some 28,000.
  const bool any_port = !local.is_unix() && local.port() == 0;
  if (any_port && !set(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT)) return false;
  return ::bind(socket.native_handle(), local.data(), local.size()) == 0;
}

}  // namespace

connecting_socket start_connecting(socket_network* network, const address& to, const connect_options& how) {
  if (network != nullptr) {
    const io_result made = network->connect(to, how.local);
    if (!made.ok()) return {.socket = {}, .error = made.error()};
    return {.socket = socket_descriptor(static_cast<int>(made.count()), network)};
  }
  socket_descriptor socket(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return {.socket = {}, .error = errno};
  if (how.no_delay && !to.is_unix() && !set(socket, IPPROTO_TCP, TCP_NODELAY)) return {.socket = {}, .error = errno};
  const bool bound = how.local.family() != AF_UNSPEC;
  if (bound && !bind_to(socket, how.local)) return {.socket = {}, .error = errno};
  const bool connects = ::connect(socket.native_handle(), to.data(), to.size()) == 0 || errno == EINPROGRESS;
  if (!connects) return {.socket = {}, .error = errno};
  return {.socket = std::move(socket)};
}

}  // namespace v0
}  // namespace pinwheel
