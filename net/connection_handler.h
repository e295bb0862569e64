// What a user subclasses: one object for each connection, called only on that connection's loop.
//
// Promises, whatever is called from whichever callback:
//   alone      No callback comes inside another one of its connection, or inside a call on it.
//   first      on_open comes before every other callback, once for each handler.
//   last       on_close comes exactly once, with the reason, and nothing after it. From close() or abort() on, nothing
//              comes before it.
//   in order   on_data sees every byte that the peer sent, once it was consumed never again, and none too early: what
//              is not consumed comes again in front of what follows. on_eof comes behind all of them.
//   as told    Nothing is offered while reading is paused. From connection::become() on, the old handler hears nothing,
//              unless the connection is closed before the change.
//   apart      What a callback throws closes its own connection and no other. on_close and destructors cannot throw; a
//              constructor that does has its connection refused.
// Of what connection::write took the peer gets every byte, in order, unless the connection is aborted or fails.
//
// Threads:   the connection's loop.
// Ownership: owned by its connection; lies inside the connection's block, made by a handler_factory.
// Errors:    whatever a callback throws closes its connection with close_reason::handler_threw.
#pragma once

#include <cstddef>
#include <string_view>

#include "pinwheel/net/close_reason.h"

namespace pinwheel {
inline namespace v0 {

class connection;

class connection_handler {
 public:
  virtual ~connection_handler() = default;

  virtual void on_open(connection& peer) { static_cast<void>(peer); }

  // All bytes that are unread, oldest first; the view dies with the call. Answers how many were consumed; the rest is
  // offered again with more behind it, or after resume_reading(). REQUIRES: no more are consumed than were offered.
  virtual std::size_t on_data(connection& peer, std::string_view bytes) = 0;

  // The peer has sent its last byte. Unless overridden: close().
  virtual void on_eof(connection& peer);

  // Output has fallen to the low mark after it was above the high one.
  virtual void on_drained(connection& peer) { static_cast<void>(peer); }

  // The deadline that the handler set is over, or one of connection_options' timeouts (close_reason::idle, write_stall,
  // slow_input, slow_output); who goes on is told again when it is over once more. Unless overridden: abort with `why`.
  virtual void on_timeout(connection& peer, close_reason why);

  // The server drains: finish what is open, then close. All that the kernel had received of this peer was offered
  // before; also called after each connection::receive_now() from then on, at least. Unless overridden: close() with
  // what is unread left alone.
  virtual void on_drain(connection& peer);

  // Whether it may leave its loop now that connection::move_to() was called: while it may not, the connection is served
  // as usual, and asks again after each callback.
  [[nodiscard]] virtual bool can_move(const connection& peer) const noexcept {
    static_cast<void>(peer);
    return true;
  }

  // The connection has moved, and this is the first call on its new loop: what belongs to the old one is out of reach,
  // such as what core_local::local() gave there. The connection has a new id.
  virtual void on_moved(connection& peer) { static_cast<void>(peer); }

  // It has not: where it was to go takes no connections any more or has a full mailbox, or it has moved
  // connection_move::moves_max times.
  virtual void on_stayed(connection& peer) { static_cast<void>(peer); }

  // The last call, exactly once. The peer takes no bytes any more.
  virtual void on_close(connection& peer, close_status why) noexcept {
    static_cast<void>(peer);
    static_cast<void>(why);
  }

 protected:
  connection_handler() = default;
  connection_handler(const connection_handler&) = default;
  connection_handler& operator=(const connection_handler&) = default;
};

}  // namespace v0
}  // namespace pinwheel
