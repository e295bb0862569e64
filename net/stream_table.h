// Where the streams of one loop lie: slots at stable addresses, found by stream_id or from the watch that became ready.
//
// Threads:   loop-bound.
// Ownership: owns the slots; they are kept for reuse until the table dies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "pinwheel/net/stream_id.h"
#include "pinwheel/reactor/io_watch.h"

namespace pinwheel {
inline namespace v0 {

class streams;

// What a stream is doing, as far as the kernel does not know it.
struct stream_state {
  bool used : 1 = false;
  bool receiving : 1 = false;       // The owner wants what comes.
  bool maybe_readable : 1 = false;  // An edge was reported, and reading has not stopped at a short read since.
  bool read_to_end : 1 = false;     // The end or an error lies behind the data: a short read is not the last.
  bool ended : 1 = false;           // The end of the stream was read.
  bool catching_up : 1 = false;     // receive_now() was asked for and not answered.
  bool blocked : 1 = false;         // The kernel took less than it was given, and has not said "writable" since.
  bool sending : 1 = false;         // A send is in flight.
  bool cancelling : 1 = false;      // Receiving is to stop a turn late.
  bool waking : 1 = false;          // wake() was asked for and not answered.
  bool closing : 1 = false;         // close() was called and `closed` not delivered.
  bool resets : 1 = false;          // Closing is to reset the peer.
  bool lingers : 1 = false;         // From close() until the descriptor is closed.
};

struct stream_slot : io_watch {
  stream_slot() noexcept : io_watch(&stream_slot::run, 0, kind::user) {}

  static void run(active_item& self);  // In streams.cc.

  void* owner = nullptr;  // Of the stream; its lingering_stream while it lingers; the next free slot while unused.
  std::uint32_t generation = 1;  // Never 0; bumped when the name it had is over.
  stream_state is;
};

static_assert(sizeof(stream_slot) == 64, "a ready stream touches one cache line");

class stream_table {
 public:
  static constexpr std::size_t streams_max = std::size_t{1} << 22;  // What connection_id has bits for.

  explicit stream_table(streams& owner) : owner_(owner) {}

  // Null when streams_max are in use.
  [[nodiscard]] stream_slot* allocate();
  void release(stream_slot& slot) noexcept;
  // Makes every name that the slot had stale.
  static void rename(stream_slot& slot) noexcept;

  // Null for a stale name.
  [[nodiscard]] stream_slot* find(stream_id named) const noexcept;
  [[nodiscard]] static stream_id id_of(const stream_slot& slot) noexcept;
  [[nodiscard]] static streams& owner_of(const stream_slot& slot) noexcept;

  [[nodiscard]] std::size_t used() const noexcept { return used_; }

  // Calls `visit(slot)` for each used slot; it may allocate and release.
  template <class Visit>
  void for_each(Visit visit) {
    for (std::size_t at = 0; at < chunks_.size() * slots_per_chunk; ++at) {
      stream_slot& slot = chunks_[at / slots_per_chunk]->slots[at % slots_per_chunk];
      if (slot.is.used) visit(slot);
    }
  }

 private:
  static constexpr std::size_t chunk_bytes = 4096;  // Also its alignment: a slot finds its chunk by its address.
  static constexpr std::size_t slots_per_chunk = chunk_bytes / sizeof(stream_slot) - 1;

  struct alignas(chunk_bytes) chunk {
    streams* owner = nullptr;
    std::size_t first_slot = 0;
    alignas(sizeof(stream_slot)) std::array<stream_slot, slots_per_chunk> slots;
  };
  static_assert(sizeof(chunk) == chunk_bytes);

  static const chunk& chunk_of(const stream_slot& slot) noexcept;
  void grow();

  streams& owner_;
  std::vector<std::unique_ptr<chunk>> chunks_;
  stream_slot* free_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
