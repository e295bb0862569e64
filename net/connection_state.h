// Where a connection is in its life, as connection::state() answers it.
//
//   from                      when                                                         to
//   (a socket was accepted)   connection_handler::on_open is called                        open
//   (a socket was accepted)   there is a filter that begins with a handshake               opening
//   opening                   an address has answered; on_open is called                   open
//   opening                   the filter's handshake is over; on_open is called            open
//   opening                   no address has answered, or nobody waits for one any more    closed
//   opening                   the filter has failed; what it has for the peer leaves       closing
//   open                      the peer's end is received                                   peer_ended
//   open                      shutdown_write()                                             write_ended
//   peer_ended                shutdown_write()                                             both_ended
//   write_ended               the peer's end is received                                   both_ended
//   both_ended                on_eof was called, what was written has left, nothing that   closed
//                             is unread waits to be offered
//   the four above            close()                                                      closing
//   closing                   what was written has left                                    closed
//   all but closed            abort(); a failure; an exception of the handler              closed
//
// A timeout does what the handler's on_timeout does with it, and abort() while closing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pinwheel {
inline namespace v0 {

enum class connection_state : std::uint8_t {
  opening,      // Not connected yet: a connector is at it. Or connected, and the filter's handshake is not over.
  open,         // Bytes go both ways.
  peer_ended,   // Half-closed by the peer: its last byte was received, and may still be unread. Writes are taken.
  write_ended,  // Half-closed by shutdown_write(): what was written leaves, no more is taken. Bytes come.
  both_ended,   // Both of these.
  closing,      // close() was called: nothing is offered or taken any more, what was written leaves.
  closed,       // on_close was called, or is the next call.
};

inline constexpr std::size_t connection_states = static_cast<std::size_t>(connection_state::closed) + 1;

[[nodiscard]] std::string_view to_string(connection_state state);

}  // namespace v0
}  // namespace pinwheel
