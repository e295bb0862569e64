// How the connections of a simulated network come about: listening, connecting, accepting.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "pinwheel/net/simulation/network.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr std::uint16_t first_port = 20000;  // Of those that the network chooses.

// 10.0.0.<host> or fd00::<host>; an unnamed unix address.
address address_of(sa_family_t family, std::uint8_t host, std::uint16_t port) {
  sockaddr_storage raw{};
  raw.ss_family = family;
  socklen_t length = sizeof(sa_family_t);
  if (family == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(raw);
    v4.sin_addr.s_addr = htonl(0x0a000000U + host);
    length = sizeof(v4);
  } else if (family == AF_INET6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(raw);
    v6.sin6_addr.s6_addr[0] = 0xfd;
    v6.sin6_addr.s6_addr[15] = host;
    length = sizeof(v6);
  }
  address made(reinterpret_cast<const sockaddr*>(&raw), length);
  made.set_port(port);
  return made;
}

address any_host(sa_family_t family, std::uint16_t port) {
  sockaddr_storage raw{};
  raw.ss_family = family;
  const auto length = static_cast<socklen_t>(family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  address made(reinterpret_cast<const sockaddr*>(&raw), length);
  made.set_port(port);
  return made;
}

bool is_reached_by(const address& listens, const address& to) {
  return listens == to || (!to.is_unix() && listens == any_host(to.family(), to.port()));
}

std::size_t bytes_or(int chosen, std::size_t otherwise) {
  return chosen > 0 ? static_cast<std::size_t>(chosen) : otherwise;
}

}  // namespace

address simulated_network::next_address(sa_family_t family, bool is_outside) {
  const std::uint16_t port = next_port_;
  next_port_ = next_port_ == UINT16_MAX ? first_port : static_cast<std::uint16_t>(next_port_ + 1);
  return address_of(family, is_outside ? 2 : 1, port);
}

simulated_socket& simulated_network::make_end(bool is_outside, const listener_options& options) {
  simulated_socket& made = sockets_.make();
  made.is_outside = is_outside;
  made.receive_buffer_bytes = bytes_or(options.receive_buffer_bytes, options_.receive_buffer_bytes);
  made.send_buffer_bytes = bytes_or(options.send_buffer_bytes, options_.send_buffer_bytes);
  return made;
}

void simulated_network::join(simulated_socket& one, simulated_socket& other) {
  one.peer = &other;
  other.peer = &one;
  other.local = one.remote;
  other.remote = one.local;
}

simulated_network::pair simulated_network::connected_pair(const listener_options& options) {
  simulated_socket& inside = make_end(false, options);
  simulated_socket& outside = make_end(true, {});
  inside.local = next_address(AF_INET, false);
  inside.remote = next_address(AF_INET, true);
  join(inside, outside);
  PINWHEEL_CHECK(sockets_.give_descriptor(inside), "a simulated network is out of descriptors");
  PINWHEEL_CHECK(sockets_.give_descriptor(outside), "a simulated network is out of descriptors");
  return {socket_descriptor(inside.descriptor, this), socket_descriptor(outside.descriptor, this)};
}

absl::StatusOr<socket_descriptor> simulated_network::listen(const address& where, const listener_options& options) {
  address named = where;
  if (!where.is_unix() && where.port() == 0) named.set_port(next_address(where.family(), false).port());
  for (const simulated_socket* each : listeners_) {
    if (each->local == named && !(each->shares_port && options.reuse_port)) {
      return absl::ErrnoToStatus(EADDRINUSE, "cannot listen on " + to_string(named) + " in a simulated network");
    }
  }
  simulated_socket& made = make_end(false, options);
  if (!sockets_.give_descriptor(made)) {
    sockets_.destroy(made);
    return absl::ErrnoToStatus(EMFILE, "cannot listen on " + to_string(named) + " in a simulated network");
  }
  made.is = simulated_socket::role::listening;
  made.local = named;
  made.shares_port = options.reuse_port;
  made.backlog = static_cast<std::size_t>(std::max(options.backlog, 1));
  listeners_.push_back(&made);
  trace_.note(traced::listen, made.number, 0);
  return socket_descriptor(made.descriptor, this);
}

simulated_socket* simulated_network::listener_for(const address& where) {
  std::vector<simulated_socket*> all;
  for (simulated_socket* each : listeners_) {
    if (is_reached_by(each->local, where)) all.push_back(each);
  }
  if (all.empty()) return nullptr;
  return all.size() == 1 ? all.front() : all[chance_.below(all.size())];
}

bool simulated_network::is_unreachable(const address& where) const {
  return std::find(unreachable_.begin(), unreachable_.end(), where) != unreachable_.end();
}

bool simulated_network::is_out_of_descriptors() {
  if (!sockets_.is_at_limit()) return false;
  faults_.count(simulated_fault::no_descriptor);
  return true;
}

io_result simulated_network::connect(const address& to, const address& from) {
  wire_.deliver();
  if (is_out_of_descriptors() || faults_.occurs(simulated_fault::no_descriptor)) return io_result::failure(EMFILE);
  return io_result::bytes(begin_connect(false, to, from).descriptor);
}

socket_descriptor simulated_network::connect_outside(const address& to, const address& from) {
  wire_.deliver();
  return socket_descriptor(begin_connect(true, to, from).descriptor, this);
}

simulated_socket& simulated_network::begin_connect(bool is_outside, const address& to, const address& from) {
  simulated_socket& made = make_end(is_outside, {});
  PINWHEEL_CHECK(sockets_.give_descriptor(made), "a simulated network is out of descriptors");
  made.is = simulated_socket::role::connecting;
  made.local = from == address() ? next_address(to.family(), is_outside) : from;
  if (!made.local.is_unix() && made.local.port() == 0)
    made.local.set_port(next_address(to.family(), is_outside).port());
  made.remote = to;
  trace_.note(traced::connect, made.number, 0);
  const bool is_lost = is_unreachable(to) || occurs(made, simulated_fault::lost_connect);
  is_lost ? wire_.lose_request(made) : wire_.send_request(made);
  return made;
}

void simulated_network::request_arrived(simulated_socket& from) {
  simulated_socket* listener = listener_for(from.remote);
  if (listener == nullptr || occurs(from, simulated_fault::refused_connect)) {
    return wire_.send_answer(from, ECONNREFUSED);
  }
  if (listener->waiting.size() >= listener->backlog) {
    faults_.count(simulated_fault::full_backlog);
    return wire_.send_request(from);
  }
  simulated_socket& accepted = make_end(false, {});
  accepted.receive_buffer_bytes = listener->receive_buffer_bytes;
  accepted.send_buffer_bytes = listener->send_buffer_bytes;
  join(from, accepted);
  listener->waiting.push_back(&accepted);
  wire_.send_answer(from, 0);
  became_ready(*listener, reasons::readable);
}

io_result simulated_network::accept(int listening, sockaddr_storage& peer, socklen_t& length) {
  simulated_socket* listener = find(listening);
  if (listener == nullptr) return io_result::failure(EBADF);
  if (listener->is != simulated_socket::role::listening) return io_result::failure(EINVAL);
  if (is_out_of_descriptors()) return failed(*listener, traced::accept, EMFILE);
  if (listener->waiting.empty()) return failed(*listener, traced::accept, EAGAIN);
  if (occurs(*listener, simulated_fault::interrupted)) return failed(*listener, traced::accept, EINTR);
  if (occurs(*listener, simulated_fault::no_descriptor)) return failed(*listener, traced::accept, EMFILE);
  simulated_socket& accepted = *listener->waiting.front();
  listener->waiting.pop_front();
  if (occurs(*listener, simulated_fault::aborted_accept)) {
    wire_.send_reset(accepted);
    abandon(accepted);
    return failed(*listener, traced::accept, ECONNABORTED);
  }
  PINWHEEL_CHECK(sockets_.give_descriptor(accepted), "a simulated network is out of descriptors");
  trace_.note(traced::accept, listener->number, static_cast<std::int64_t>(accepted.number));
  std::memcpy(&peer, accepted.remote.data(), accepted.remote.size());
  length = accepted.remote.size();
  return io_result::bytes(accepted.descriptor);
}

}  // namespace v0
}  // namespace pinwheel
