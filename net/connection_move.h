// How a connection changes loops while it is open, and what its moves have left behind.
//
//   asked     At the end of the callback, and when the handler can: the stream is told to become quiet. What the kernel
//             still completes is delivered, nothing new is received or sent.
//   quieting  Until nothing of it is in the kernel's hands. A send that only waits for room is taken back.
//   leaving   Until the end of the turn: every callback has unwound, and what was deleted in them is gone. Then, in one
//             step, it leaves its loop: descriptor, buffers and timers go along, a forwarding entry stays.
//   none      Arrived: the other loop has taken it in and calls connection_handler::on_moved first of all.
//
// Up to that one step the connection belongs to its old loop whole. So it may be closed, asked to move elsewhere, or
// find the other loop gone: it just stays. Every move_to() of an open connection is followed by on_moved, on_stayed or
// on_close; several that were asked for before it left are one, to the last target.
//
// Threads:   the loop that the connection is on; between two loops nobody's, in the keeping of a connection_home.
// Ownership: part of its connection, from the first move_to() until it dies.
// Limits:    moves_max moves in the life of a connection, since every one leaves a name behind that works until then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pinwheel/net/block_pool.h"
#include "pinwheel/net/connection_home.h"
#include "pinwheel/net/connection_host_handle.h"
#include "pinwheel/net/connection_id.h"
#include "pinwheel/net/streams.h"
#include "pinwheel/reactor/delete_queue.h"

namespace pinwheel {
inline namespace v0 {

class connection;
class connection_host;

class connection_move : private delete_queue::last_call {
 public:
  static constexpr std::size_t moves_max = 1024;

  explicit connection_move(connection& mover) noexcept;
  connection_move(const connection_move&) = delete;
  connection_move& operator=(const connection_move&) = delete;

  // REQUIRES: it was asked to move before.
  static connection_move& of(connection& moving) noexcept;

  void ask(const connection_host_handle& target);

  // At the end of each callback: begins to leave, or gives it up.
  void advance();
  // The stream has become quiet.
  void stream_is_quiet();
  // The connection ends where it is.
  void call_off() noexcept;

  // Between two loops, in the child of a fork: the stream stays the parent's.
  void part_from_parent() noexcept { stream_.socket.close(); }

  // Takes the connection in on a loop that it was admitted to.
  void arrive(connection_host& at);

  // The connection is dead; gives its room back where it is from, and takes back the names that it had.
  void end(connection_host& last, connection_home::room room) noexcept;

 private:
  enum class step : std::uint8_t { none, asked, quieting, leaving };

  // What one loop knows of the moves.
  struct known_by {
    connection_host_handle host;
    std::vector<connection_id> names;  // That the connection had there, and that it came there with.
  };

  [[nodiscard]] bool may_go_on();
  void fall_back(step to);
  void tell(std::uint8_t due);
  void depart();
  void leave_for(const connection_host_handle& to);
  void end_homeless(int error);
  void note(const connection_host_handle& loop, connection_id name);

  connection& mover_;
  connection_host_handle target_;  // Set exactly while a move is asked for.
  std::vector<known_by> loops_;    // That it was on, and that it is on; the first is where its room is from.
  std::size_t moves_ = 0;
  connection_id was_;       // Before the last of them.
  detached_stream stream_;  // These two: between two loops.
  block_pool::holding buffers_;
  step step_ = step::none;
};

}  // namespace v0
}  // namespace pinwheel
