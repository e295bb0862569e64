// Streams whose owner is gone but whose peer may still be sending: closing the descriptor now would answer the peer's
// bytes with a reset, and the reset would take the last response from it.
//
// So the sending side is shut down, and what comes is read and dropped until the peer has closed its side, a timeout,
// or a bound on the bytes.
//
// Threads:   loop-bound.
// Ownership: borrows the streams, which close the descriptor when told that lingering is over.
// Limits:    lingering_options; a stream above connections_max does not linger.
#pragma once

#include <cstddef>
#include <span>

#include "pinwheel/net/slab_pool.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/timing_wheel.h"

namespace pinwheel {
inline namespace v0 {

class event_base;
struct stream_slot;

struct lingering_options {
  std::size_t connections_max = 4096;
  std::size_t bytes_max = 8 << 20;  // Dropped of one peer: a body that was refused may be on its way.
};

struct lingering_stream : timer_node {
  using timer_node::timer_node;

  stream_slot* slot = nullptr;
  void* owner = nullptr;  // Of the stream, until it has heard `closed`.
  duration timeout{};
  std::size_t bytes_left = 0;  // That may still be dropped.
};

class lingering {
 public:
  lingering(event_base& base, const lingering_options& options) : base_(base), options_(options) {}

  // Keeps a place for a stream that closes; false when there is none.
  bool reserve(stream_slot& slot, duration timeout, timer_node::expired_function expired);
  static lingering_stream& of(const stream_slot& slot) noexcept;

  // Shuts the sending side down, and starts the timeout.
  void start(stream_slot& slot);
  // Reads once into `scrap` and drops it; answers whether the stream is to go on lingering.
  static bool discard(stream_slot& slot, std::span<char> scrap);
  // The place is free again.
  void end(stream_slot& slot) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return places_.rooms_in_use(); }

 private:
  event_base& base_;
  const lingering_options options_;
  slab_pool places_;
};

}  // namespace v0
}  // namespace pinwheel
