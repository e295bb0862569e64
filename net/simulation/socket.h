// One end of a simulated connection, or one listening socket.
//
// Threads:   one.
// Ownership: owned by its simulated_sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "pinwheel/net/address.h"
#include "pinwheel/net/simulation/bytes.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel {
inline namespace v0 {

struct simulated_socket {
  enum class role : std::uint8_t { connecting, connected, listening };

  // Free to be sent into. As the kernel's, it is not called writable before a third of the buffer is free.
  [[nodiscard]] std::size_t room() const noexcept { return send_buffer_bytes - outgoing.size(); }
  [[nodiscard]] bool has_room() const noexcept { return room() >= outgoing.size() / 2 && room() > 0; }
  [[nodiscard]] std::size_t unsent() const noexcept { return outgoing.size() - in_flight; }
  // How much more its peer may send it.
  [[nodiscard]] std::size_t window() const noexcept {
    const std::size_t taken = incoming.size() + (peer == nullptr ? 0 : peer->in_flight);
    return receive_buffer_bytes - (taken < receive_buffer_bytes ? taken : receive_buffer_bytes);
  }

  // What poll(2) would say. Who is told that there is no room hears of it when there is.
  [[nodiscard]] reasons readiness();

  std::uint64_t number = 0;      // In order of making, from 1.
  std::size_t place = 0;         // In its simulated_sockets.
  std::uint32_t generation = 0;  // Bumped when what it has sent is lost on the way.
  int descriptor = -1;           // -1 before it was accepted, and once it is closed.
  role is = role::connected;
  bool is_outside = false;           // A peer's, which a test drives.
  bool is_abandoned = false;         // Closed; its last bytes may still be on their way.
  bool is_parted = false;            // In the child of a fork.
  bool is_broken = false;            // Reset, by itself or by its peer, or its connect failed.
  bool end_asked = false;            // Nothing more is sent.
  bool end_sent = false;             // The end is on its way, or was.
  bool end_received = false;         // The peer's.
  bool wants_room = false;           // Was told that there is none.
  bool window_was_full = false;      // Its peer's; counted once each time.
  bool shares_port = false;          // Of a listening one: SO_REUSEPORT.
  unsigned requests = 0;             // That its connect has sent.
  int error = 0;                     // Not told yet.
  simulated_socket* peer = nullptr;  // The other end; lives until both are abandoned.
  address local;
  address remote;
  simulated_bytes incoming;   // Arrived, not received.
  simulated_bytes outgoing;   // Sent, not arrived.
  std::size_t in_flight = 0;  // Of `outgoing`.
  std::size_t receive_buffer_bytes = 0;
  std::size_t send_buffer_bytes = 0;
  time_point last_arrival{};              // Nothing that it sends arrives before this.
  std::optional<std::size_t> cut_after;   // So many more bytes of it arrive before the connection breaks.
  std::size_t backlog = 0;                // Of a listening one.
  std::deque<simulated_socket*> waiting;  // To be accepted from it.
};

}  // namespace v0
}  // namespace pinwheel
