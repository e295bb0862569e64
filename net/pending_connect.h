// One connect that is under way: its connection, which address is tried, and until when.
//
// Everything happens in callbacks of its one event, which waits for the socket, for a deadline, or to be run at all.
//
// Threads:   loop-bound.
// Ownership: owned by its connector, which it tells when it is over; owns the socket that connects, and its connection
//            until that is open or closed. Copies the addresses.
// Errors:    an address that fails is passed over; what became of the last is what the handler hears.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "pinwheel/net/address.h"
#include "pinwheel/net/close_reason.h"
#include "pinwheel/net/connect_id.h"
#include "pinwheel/net/connect_options.h"
#include "pinwheel/net/socket.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/event.h"

namespace pinwheel {
inline namespace v0 {

class connection;
class connection_host;

class pending_connect {
 public:
  // A unix listener with a full backlog answers EAGAIN, and nothing tells when there is room: it is asked again.
  static constexpr duration retry_interval = std::chrono::milliseconds(10);

  // Begins in a later pass; the total timeout counts from now.
  pending_connect(connection_host& host, connection& opens, connect_id id, std::span<const address> in_order,
                  const connect_options& how);
  pending_connect(const pending_connect&) = delete;
  pending_connect& operator=(const pending_connect&) = delete;

  // The handler hears `why`, in a later pass. Answers false, and changes nothing, when it is to hear another already.
  bool end(close_status why);
  // The handler hears `why` now, and this is destroyed. REQUIRES: not inside a call of the user's.
  void end_now(close_status why);

  [[nodiscard]] connect_id id() const noexcept { return id_; }
  [[nodiscard]] bool goes_on_while_draining() const noexcept { return how_.while_draining; }

 private:
  void run(reasons why);
  void finish_attempt();
  void try_addresses();
  int try_address();
  void give_up(close_status why);
  event& make_event();
  void run_later();

  connection_host& host_;
  connection& connection_;
  const connect_id id_;
  const std::vector<address> addresses_;
  std::size_t at_ = 0;  // The address that is tried, or is to be next.
  const connect_options how_;
  const time_point total_deadline_;
  time_point address_deadline_ = time_point::max();  // Of the address that is tried.
  socket_descriptor socket_;                         // Open exactly while it connects.
  std::optional<event> event_;                       // Destroyed before its socket is closed.
  std::optional<close_status> ended_;                // What the next callback is to tell.
  close_status last_;                                // What became of the address before.
};

}  // namespace v0
}  // namespace pinwheel
