// One byte stream of a loop, as a base class of its owner: it lies where its owner lies, so that its operations look
// nothing up. What can be done with it is in streams.
//
// Threads:   loop-bound.
// Ownership: its streams outlive it. Once adopted, it has completed with `closed` before it dies.
#pragma once

#include <cstdint>

#include "pinwheel/net/stream_id.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/io_watch.h"

namespace pinwheel {
inline namespace v0 {

class streams;

class stream : private io_watch {
 public:
  [[nodiscard]] streams& home() const noexcept { return *home_; }
  // Names no stream before it was adopted; stale after streams::close().
  [[nodiscard]] stream_id id() const noexcept { return {static_cast<std::uint32_t>(descriptor()), generation_}; }

 protected:
  explicit stream(streams& home) noexcept : io_watch(&stream::run, 0, kind::user), home_(&home) {}
  ~stream() { PINWHEEL_DCHECK(!is_added(), "a stream died before it was closed"); }

 private:
  friend class streams;
  friend class readiness_streams;
  friend class sending;
  friend class lingering;

  // What it is doing, as far as the kernel does not know it.
  struct state {
    bool receiving : 1 = false;       // The owner wants what comes.
    bool maybe_readable : 1 = false;  // An edge was reported, and reading has not stopped at a short read since.
    bool read_to_end : 1 = false;     // The end or an error lies behind the data: a short read is not the last.
    bool ended : 1 = false;           // The end of the stream was read.
    bool catching_up : 1 = false;     // receive_now() was asked for and not answered.
    bool blocked : 1 = false;         // The kernel took less than it was given, and has not said "writable" since.
    bool sending : 1 = false;         // A send is in flight.
    bool cancelling : 1 = false;      // Receiving is to stop a turn late.
    bool waking : 1 = false;          // wake() was asked for and not answered.
    bool quieting : 1 = false;        // quiesce() was asked for and not answered.
    bool closing : 1 = false;         // close() was called.
    bool resets : 1 = false;          // Closing is to reset the peer.
  };

  static void run(active_item& self);  // In streams.cc.

  state is_;
  streams* home_;
  std::uint32_t generation_ = 0;  // Of its name (net/stream_generations.h); 0 before it has one.
};

static_assert(sizeof(stream) <= 64, "an idle connection is to stay small");

}  // namespace v0
}  // namespace pinwheel
