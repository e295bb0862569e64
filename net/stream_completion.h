// What the streams of a loop answer: how far an operation came at once, and what has completed since.
//
// Threads:   values of one loop.
// Ownership: the bytes of a completion are lent for its call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pinwheel/reactor/base/io_result.h"

namespace pinwheel {
inline namespace v0 {

// What has completed. None of these comes inside the call that asked for it.
enum class stream_event : std::uint8_t {
  received,       // `bytes`, lent for the call. May still come after stop_receiving().
  end_of_stream,  // The peer has sent its last byte.
  caught_up,      // All that the kernel had after receive_now() has been received.
  sent,           // The send in flight is over, and took `count` bytes, perhaps none.
  failed,         // Receiving or sending failed with `error`; what was in flight is over.
  woken,          // After wake().
  quiet,          // After quiesce(): nothing is in flight, nothing lent.
  closed,         // After close(): the last one. Nothing is in flight, nothing lent; the stream's name is stale.
};

struct stream_completion {
  stream_event what;
  int error = 0;
  std::size_t count = 0;
  std::string_view bytes = {};
};

// How a send went so far.
struct send_result {
  bool in_flight;   // It completes later; until then its bytes neither move nor die.
  io_result taken;  // Otherwise what the kernel took of it, at least a byte, or an errno.
};

}  // namespace v0
}  // namespace pinwheel
