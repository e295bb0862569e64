// Descriptors of closed streams whose peers may still be sending: closing them now would answer the peer's bytes with a
// reset, and the reset would take the last response from it.
//
// So a place here takes the descriptor over as its stream closes, and tells the owner of the stream that it is closed.
// It shuts the sending side down, and reads and drops what comes until the peer has closed its side, a timeout, or a
// bound on the bytes.
//
// Threads:   loop-bound.
// Ownership: owns the descriptors that it took over; part of its streams, which end_all() before they die.
// Limits:    lingering_options; a stream above connections_max does not linger.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pinwheel/net/slab_pool.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/base/intrusive_list.h"
#include "pinwheel/reactor/io_watch.h"

namespace pinwheel {
inline namespace v0 {

class stream;
class streams;
class timer_node;

struct lingering_options {
  std::size_t connections_max = 4096;
  std::size_t bytes_max = 8 << 20;  // Dropped of one peer: a body that was refused may be on its way.
};

class lingering {
 public:
  lingering(streams& home, const lingering_options& options) : home_(home), options_(options) {}
  lingering(const lingering&) = delete;
  lingering& operator=(const lingering&) = delete;

  // Takes the descriptor of a stream that closes over, and completes the stream with `closed` in a later pass; false
  // when there is no place for it, and nothing has changed.
  bool take_over(stream& closing, duration timeout);

  // Completes now what is still to be completed.
  void finish_closing();
  // Every descriptor is closed now; what is still to be completed will be.
  void end_all() noexcept;
  // After a fork, in the child.
  void part_from_parent() noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return rooms_.rooms_in_use(); }

 private:
  struct tag;
  struct place;

  using place_list = intrusive_list<place, tag>;

  static void run(active_item& self);
  static void expired(timer_node& self);

  void complete(place& at);
  void start(place& at);
  void drop_input(place& at);
  [[nodiscard]] bool discard(place& at);
  void close_descriptor(place& at) noexcept;
  void end(place& over) noexcept;

  streams& home_;
  const lingering_options options_;
  slab_pool rooms_;
  place_list places_;
};

}  // namespace v0
}  // namespace pinwheel
