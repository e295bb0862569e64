// The bounds and timeouts of a listener's connections.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "pinwheel/net/filter_factory.h"
#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

struct connection_options {
  std::size_t input_bytes_max = 64 << 10;  // Unread input kept for the handler.
  // Marks of all that was written. Constants, strings and files that are sent from where they lie are also counted one
  // by one, with the marks output_queue::pieces_high and pieces_low.
  std::size_t output_high_bytes = 64 << 10;  // Above it, reading pauses and write answers above_high.
  std::size_t output_low_bytes = 16 << 10;   // At or below it again, reading resumes and on_drained is called.
  // Of what was copied or moved: at or above it, a write closes with output_overflow; 0: four times high. So does
  // writing a constant or a file while output_queue::pieces_max wait.
  std::size_t output_bytes_max = 0;

  // Timeouts; connection_handler::on_timeout is told of each, but while closing the connection just ends. None is
  // early. Zero turns one off.

  // Without a byte in or out. While output waits, write_stall_timeout judges instead, unless it is zero.
  duration idle_timeout = std::chrono::seconds(60);
  // Output waits, and the peer acknowledges none; found a quarter of it late at most. As long as the idle timeout,
  // since either of them says how long a peer may be out of reach.
  duration write_stall_timeout = std::chrono::seconds(60);

  // The least that a peer has to send while a message of its is unfinished: bytes are left unread, or
  // connection::expect_input() was called, and reading is not paused. Against peers that keep a connection busy with a
  // byte now and then; the idle timeout does not see them. Off by default: only who knows the protocol knows that
  // nobody types at the other end.
  std::uint32_t input_rate_min = 0;  // Bytes a second.
  // The least that a peer has to acknowledge while output waits. Off by default: memory is bounded without it, and a
  // client that plays what it downloads reads no faster than it plays.
  std::uint32_t output_rate_min = 0;  // Bytes a second.
  // For both rates: nothing at all is too slow after this, and whatever comes at the rate, in lumps no further apart,
  // never is (net/rate_floor.h). More than zero. Lumps are the rule: a peer's kernel tells what its program has read
  // when that is a sixteenth of its receive buffer, mostly 8 KiB.
  duration rate_grace = std::chrono::seconds(30);

  duration linger_timeout = std::chrono::seconds(2);  // After close(): how long the peer may take to close its side.
  filter_factory filter = {};                         // What the bytes go through on their way; none: nothing.
  duration handshake_timeout = std::chrono::seconds(10);  // Of the filter, from when the connection stands; zero: none.
  unsigned priority = 0;                                  // Of its callbacks; clamped to the base's least important.
};

}  // namespace v0
}  // namespace pinwheel
