// A network in memory: sockets that listen, connect, send and receive as the kernel's do, under a virtual clock, with
// every choice drawn from one seed. The loops whose bases run on a simulated_network_backend serve it with the code
// that serves the kernel's; what goes wrong is said by probability or by script.
//
//   pinwheel::virtual_clock clock;
//   pinwheel::simulated_network network(clock, {.seed = 7, .faults = {.short_read = 0.1}});
//   auto base = pinwheel::event_base::create({.clock = &clock}, network.make_backend()).value();
//   pinwheel::connection_host host(*base, {.network = &network});
//   auto ends = network.connected_pair();
//   host.open(std::move(ends.inside), pinwheel::make_handler<echo>, options);
//
// Descriptors are numbers above those of real ones. `Outside` are the ends that a test drives, as another process:
// their calls never fail by a fault, and they take no descriptors from the loops.
//
// Threads:   one.
// Ownership: borrows the clock; owns the sockets. Outlives the bases on it and every socket_descriptor it gave.
// Errors:    errno values as Linux gives them.
// Limits:    the buffers of each socket, backlogs, descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "pinwheel/net/address.h"
#include "pinwheel/net/listener.h"
#include "pinwheel/net/simulation/chance.h"
#include "pinwheel/net/simulation/faults.h"
#include "pinwheel/net/simulation/sockets.h"
#include "pinwheel/net/simulation/trace.h"
#include "pinwheel/net/simulation/wire.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/net/socket_network.h"
#include "pinwheel/reactor/backend.h"
#include "pinwheel/reactor/backend_features.h"
#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

class simulated_network_backend;

struct simulated_network_options {
  std::uint64_t seed = 1;
  fault_probabilities faults = {};
  wire_options wire = {};
  std::size_t receive_buffer_bytes = 128 << 10;  // Where no listener_options say otherwise.
  std::size_t send_buffer_bytes = 256 << 10;
};

class simulated_network final : public socket_network, private simulated_wire::receiver {
 public:
  explicit simulated_network(virtual_clock& clock, const simulated_network_options& options = {});
  ~simulated_network();  // REQUIRES: no backend of it is alive.
  simulated_network(const simulated_network&) = delete;
  simulated_network& operator=(const simulated_network&) = delete;

  // For one event_base, which reads the network's clock. Without edge_triggered it behaves as poll(2).
  [[nodiscard]] std::unique_ptr<backend> make_backend();
  [[nodiscard]] std::unique_ptr<backend> make_backend(backend_features features);

  // A listening socket; port 0 chooses one.
  [[nodiscard]] absl::StatusOr<socket_descriptor> listen(const address& where, const listener_options& options = {});
  // A peer's connect(), see below.
  [[nodiscard]] socket_descriptor connect_outside(const address& to, const address& from = {});

  struct pair {
    socket_descriptor inside;
    socket_descriptor outside;
  };
  // Both ends of a connection, without a listener; `options` are those of the inner end.
  [[nodiscard]] pair connected_pair(const listener_options& options = {});

  // --- as the kernel; see socket_network ---

  io_result receive(int descriptor, std::span<char> into) override;
  io_result send(int descriptor, std::span<const iovec> pieces) override;
  io_result send_file(int descriptor, int file, std::uint64_t offset, std::size_t bytes) override;
  void shut_down_write(int descriptor) override;
  void close(int descriptor) noexcept override;
  void reset(int descriptor) noexcept override;
  void part_from_parent(int descriptor) noexcept override;
  int pending_error(int descriptor) override;
  [[nodiscard]] std::size_t unacknowledged(int descriptor) const noexcept override {
    return bytes_under_way(descriptor);
  }
  io_result accept(int listening, sockaddr_storage& peer, socklen_t& length) override;
  io_result connect(const address& to, const address& from) override;
  [[nodiscard]] address local_address(int descriptor) const noexcept override;
  [[nodiscard]] address peer_address(int descriptor) const noexcept override;

  // --- what goes wrong ---

  [[nodiscard]] fault_plan& faults() noexcept { return faults_; }
  // From now on at most so many descriptors, as RLIMIT_NOFILE; those that are open stay.
  void limit_descriptors(std::size_t most) { sockets_.limit_descriptors(most); }
  // The connection breaks when `bytes` more of what this end has not yet got across have arrived at the other.
  void cut_after(int descriptor, std::size_t bytes);
  // Nobody answers a connect to this address from now on.
  void lose_connects_to(const address& where) { unreachable_.push_back(where); }

  // --- time ---

  // Lets arrive what is due, as receiving, sending and accepting do first.
  void deliver() { wire_.deliver(); }
  [[nodiscard]] std::optional<time_point> next_arrival() const { return wire_.next_arrival(); }
  [[nodiscard]] virtual_clock& clock() const noexcept { return clock_; }

  // --- what is there ---

  // What poll(2) would say; none for a descriptor that is not open.
  [[nodiscard]] reasons readiness(int descriptor);
  [[nodiscard]] bool is_open(int descriptor) const noexcept { return sockets_.at(descriptor) != nullptr; }
  // Sent by this end and not arrived at the other; arrived and not received by this end.
  [[nodiscard]] std::size_t bytes_under_way(int descriptor) const;
  [[nodiscard]] std::size_t bytes_unread(int descriptor) const;
  // Descriptors of the loops; ends of connections that are not abandoned on both sides, and listening sockets.
  [[nodiscard]] std::size_t descriptors() const noexcept { return sockets_.descriptors(); }
  [[nodiscard]] std::size_t sockets() const noexcept { return sockets_.size(); }
  // Calls on descriptors that were not open: every one is an error of the caller's.
  [[nodiscard]] std::uint64_t stale_calls() const noexcept { return stale_calls_; }

  [[nodiscard]] simulated_chance& chance() noexcept { return chance_; }
  [[nodiscard]] simulated_trace& trace() noexcept { return trace_; }

 private:
  friend class simulated_network_backend;

  void became_ready(simulated_socket& socket, reasons what) override;
  void request_arrived(simulated_socket& from) override;

  simulated_socket* find(int descriptor);
  simulated_socket& make_end(bool is_outside, const listener_options& options);
  simulated_socket& begin_connect(bool is_outside, const address& to, const address& from);
  static void join(simulated_socket& one, simulated_socket& other);
  [[nodiscard]] address next_address(sa_family_t family, bool is_outside);
  [[nodiscard]] simulated_socket* listener_for(const address& where);
  [[nodiscard]] bool is_unreachable(const address& where) const;

  bool occurs(const simulated_socket& at, simulated_fault fault);
  bool is_out_of_descriptors();
  [[nodiscard]] int receive_error(simulated_socket& socket);
  [[nodiscard]] int send_error(simulated_socket& socket);
  io_result take_incoming(simulated_socket& socket, std::span<char> into);
  std::size_t room_for_send(simulated_socket& socket, std::size_t bytes);
  io_result sent(simulated_socket& socket, traced what, std::size_t bytes, std::size_t asked);
  io_result failed(const simulated_socket& socket, traced what, int error);
  void close_listener(simulated_socket& socket);
  void abandon(simulated_socket& socket);

  virtual_clock& clock_;
  const simulated_network_options options_;
  simulated_chance chance_;
  fault_plan faults_;
  simulated_trace trace_;
  simulated_sockets sockets_;
  simulated_wire wire_;
  std::vector<simulated_socket*> listeners_;  // In order of listening.
  std::vector<address> unreachable_;
  std::vector<simulated_network_backend*> backends_;  // In order of making.
  std::uint16_t next_port_ = 20000;
  std::uint64_t stale_calls_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
