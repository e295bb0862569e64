// The bounds and timeouts of a listener's connections.
#pragma once

#include <chrono>
#include <cstddef>

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
  duration idle_timeout = std::chrono::seconds(60);   // Without a byte in or out; zero: none, also while closing.
  duration linger_timeout = std::chrono::seconds(2);  // After close(): how long the peer may take to close its side.
  unsigned priority = 0;                              // Of its callbacks; clamped to the base's least important.
};

}  // namespace v0
}  // namespace pinwheel
