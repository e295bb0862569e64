// How the streams of one loop are made, and what they count.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pinwheel/net/lingering.h"
#include "pinwheel/net/loop_counter.h"

namespace pinwheel {
inline namespace v0 {

class socket_network;

// What makes one loop's streams behave otherwise than the kernel does.
enum class stream_mode : std::uint8_t {
  immediate,
  late,  // For tests: sends complete a turn late and partly, and receiving goes on for a turn after stop_receiving().
};

struct stream_options {
  std::size_t receive_bytes = 64 << 10;  // Received at once.
  stream_mode mode = stream_mode::immediate;
  lingering_options lingering = {};
  socket_network* network = nullptr;  // Whose the sockets are; null: the kernel's.
};

struct alignas(64) stream_counters {
  loop_counter receives;  // System calls.
  loop_counter sends;
  loop_counter bytes_in;
  loop_counter bytes_out;
};

}  // namespace v0
}  // namespace pinwheel
