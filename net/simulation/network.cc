#include "pinwheel/net/simulation/network.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "pinwheel/net/simulation/network_backend.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {
namespace {

std::size_t total_of(std::span<const iovec> pieces) {
  std::size_t total = 0;
  for (const iovec& each : pieces) total += each.iov_len;
  return total;
}

}  // namespace

simulated_network::simulated_network(virtual_clock& clock, const simulated_network_options& options)
    : clock_(clock),
      options_(options),
      chance_(options.seed),
      faults_(options.faults, chance_),
      trace_(clock),
      wire_(options.wire, clock, sockets_, faults_, chance_, trace_, *this) {}

simulated_network::~simulated_network() {
  PINWHEEL_CHECK(backends_.empty(), "a simulated network died before a base on it");
}

std::unique_ptr<backend> simulated_network::make_backend() { return make_backend(simulated_network_backend::offered); }

std::unique_ptr<backend> simulated_network::make_backend(backend_features features) {
  return std::make_unique<simulated_network_backend>(*this, features);
}

simulated_socket* simulated_network::find(int descriptor) {
  wire_.deliver();
  simulated_socket* found = sockets_.at(descriptor);
  if (found == nullptr) ++stale_calls_;
  return found;
}

bool simulated_network::occurs(const simulated_socket& at, simulated_fault fault) {
  return !at.is_outside && faults_.occurs(fault);
}

io_result simulated_network::failed(const simulated_socket& socket, traced what, int error) {
  trace_.note(what, socket.number, -error);
  return io_result::failure(error);
}

void simulated_network::became_ready(simulated_socket& socket, reasons what) {
  if (socket.descriptor < 0) return;
  for (simulated_network_backend* each : backends_) each->became_ready(socket.descriptor, what);
}

// Receiving.

io_result simulated_network::receive(int descriptor, std::span<char> into) {
  simulated_socket* socket = find(descriptor);
  if (socket == nullptr) return io_result::failure(EBADF);
  const int error = receive_error(*socket);
  const io_result got = error != 0 ? io_result::failure(error) : take_incoming(*socket, into);
  trace_.note(traced::receive, socket->number, got.ok() ? static_cast<std::int64_t>(got.count()) : -got.error());
  return got;
}

int simulated_network::receive_error(simulated_socket& socket) {
  if (socket.is_parted || socket.is == simulated_socket::role::listening) return ENOTCONN;
  if (!socket.incoming.empty()) {
    if (occurs(socket, simulated_fault::interrupted)) return EINTR;
    return occurs(socket, simulated_fault::no_buffer) ? ENOMEM : 0;
  }
  if (socket.end_received) return 0;
  if (socket.is_broken) return std::exchange(socket.error, 0);
  return EAGAIN;
}

io_result simulated_network::take_incoming(simulated_socket& socket, std::span<char> into) {
  std::size_t count = std::min(socket.incoming.size(), into.size());
  if (count > 0 && occurs(socket, simulated_fault::short_read)) {
    // As if the rest arrived a moment later: it makes an edge of its own.
    count = chance_.below(count);
    became_ready(socket, reasons::readable);
    if (count == 0) return io_result::failure(EAGAIN);
  }
  socket.incoming.view().copy(into.data(), count);
  socket.incoming.consume(count);
  if (socket.peer != nullptr) wire_.transmit(*socket.peer);
  return io_result::bytes(static_cast<std::int64_t>(count));
}

int simulated_network::pending_error(int descriptor) {
  simulated_socket* socket = find(descriptor);
  return socket == nullptr ? EBADF : std::exchange(socket->error, 0);
}

// Sending.

io_result simulated_network::send(int descriptor, std::span<const iovec> pieces) {
  simulated_socket* socket = find(descriptor);
  if (socket == nullptr) return io_result::failure(EBADF);
  if (const int error = send_error(*socket); error != 0) return failed(*socket, traced::send, error);
  const std::size_t asked = total_of(pieces);
  const std::size_t taken = room_for_send(*socket, asked);
  std::size_t left = taken;
  for (const iovec& each : pieces) {
    const std::size_t part = std::min(left, each.iov_len);
    socket->outgoing.append({static_cast<const char*>(each.iov_base), part});
    left -= part;
  }
  return sent(*socket, traced::send, taken, asked);
}

io_result simulated_network::send_file(int descriptor, int file, std::uint64_t offset, std::size_t bytes) {
  simulated_socket* socket = find(descriptor);
  if (socket == nullptr) return io_result::failure(EBADF);
  if (const int error = send_error(*socket); error != 0) return failed(*socket, traced::send_file, error);
  const std::size_t room = room_for_send(*socket, bytes);
  std::string content(room, '\0');
  const ssize_t got = ::pread(file, content.data(), content.size(), static_cast<off_t>(offset));
  if (got < 0) return failed(*socket, traced::send_file, errno);
  content.resize(static_cast<std::size_t>(got));
  socket->outgoing.append(content);
  const bool is_at_end = room > 0 && content.empty();
  return sent(*socket, traced::send_file, content.size(), is_at_end ? 0 : bytes);
}

int simulated_network::send_error(simulated_socket& socket) {
  if (socket.is == simulated_socket::role::listening) return ENOTCONN;
  if (socket.error != 0) return std::exchange(socket.error, 0);
  if (socket.is_broken || socket.is_parted || socket.end_asked) return EPIPE;
  if (socket.is == simulated_socket::role::connecting) return EAGAIN;
  if (occurs(socket, simulated_fault::interrupted)) return EINTR;
  return occurs(socket, simulated_fault::no_buffer) ? ENOBUFS : 0;
}

std::size_t simulated_network::room_for_send(simulated_socket& socket, std::size_t bytes) {
  std::size_t room = std::min(socket.room(), bytes);
  if (room > 0 && occurs(socket, simulated_fault::short_write)) {
    room = chance_.below(room);
    wire_.promise_room(socket);
  }
  return room;
}

io_result simulated_network::sent(simulated_socket& socket, traced what, std::size_t bytes, std::size_t asked) {
  if (bytes < asked) socket.wants_room = true;
  if (bytes == 0 && asked > 0) return failed(socket, what, EAGAIN);
  trace_.note(what, socket.number, static_cast<std::int64_t>(bytes));
  wire_.transmit(socket);
  return io_result::bytes(static_cast<std::int64_t>(bytes));
}

// As inet_shutdown() of Linux, it wakes whoever waits for the socket.
void simulated_network::shut_down_write(int descriptor) {
  simulated_socket* socket = find(descriptor);
  if (socket == nullptr || socket->is != simulated_socket::role::connected || socket->is_parted) return;
  trace_.note(traced::shut_down, socket->number, 0);
  socket->end_asked = true;
  wire_.transmit(*socket);
  became_ready(*socket, failed_both_ways);
}

// Closing.

void simulated_network::close(int descriptor) noexcept {
  simulated_socket* socket = find(descriptor);
  if (socket == nullptr) return;
  trace_.note(traced::close, socket->number, 0);
  for (simulated_network_backend* each : backends_) each->forget(descriptor);
  sockets_.take_descriptor(*socket);
  if (socket->is == simulated_socket::role::listening) return close_listener(*socket);
  if (!socket->is_parted) {
    // As tcp_close() of Linux: who closes without having read everything resets.
    const bool resets = !socket->incoming.empty() || socket->is == simulated_socket::role::connecting;
    socket->end_asked = true;
    resets ? wire_.send_reset(*socket) : wire_.transmit(*socket);
  }
  abandon(*socket);
}

void simulated_network::reset(int descriptor) noexcept {
  if (simulated_socket* socket = find(descriptor)) {
    trace_.note(traced::reset, socket->number, 0);
    if (!socket->is_parted) wire_.send_reset(*socket);
  }
  close(descriptor);
}

void simulated_network::part_from_parent(int descriptor) noexcept {
  if (simulated_socket* socket = find(descriptor)) socket->is_parted = true;
}

void simulated_network::cut_after(int descriptor, std::size_t bytes) {
  simulated_socket* socket = find(descriptor);
  PINWHEEL_CHECK(socket != nullptr, "a descriptor that is not open was to be cut");
  if (bytes == 0) return wire_.cut(*socket);
  socket->cut_after = bytes;
}

void simulated_network::close_listener(simulated_socket& socket) {
  std::erase(listeners_, &socket);
  for (simulated_socket* each : socket.waiting) {
    wire_.send_reset(*each);
    abandon(*each);
  }
  sockets_.destroy(socket);
}

// Nobody can see any more what is between two ends that are both closed.
void simulated_network::abandon(simulated_socket& socket) {
  socket.is_abandoned = true;
  simulated_socket* peer = socket.peer;
  if (peer != nullptr && !peer->is_abandoned) return;
  sockets_.destroy(socket);
  if (peer != nullptr) sockets_.destroy(*peer);
}

// What is there.

reasons simulated_network::readiness(int descriptor) {
  simulated_socket* socket = sockets_.at(descriptor);
  return socket == nullptr ? reasons::none : socket->readiness();
}

std::size_t simulated_network::bytes_under_way(int descriptor) const {
  const simulated_socket* socket = sockets_.at(descriptor);
  return socket == nullptr ? 0 : socket->outgoing.size();
}

std::size_t simulated_network::bytes_unread(int descriptor) const {
  const simulated_socket* socket = sockets_.at(descriptor);
  return socket == nullptr ? 0 : socket->incoming.size();
}

address simulated_network::local_address(int descriptor) const noexcept {
  const simulated_socket* socket = sockets_.at(descriptor);
  return socket == nullptr ? address() : socket->local;
}

address simulated_network::peer_address(int descriptor) const noexcept {
  const simulated_socket* socket = sockets_.at(descriptor);
  return socket == nullptr ? address() : socket->remote;
}

}  // namespace v0
}  // namespace pinwheel
