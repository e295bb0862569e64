// One watcher of one descriptor: the part of an event, or of a stream, that the backend reports to.
//
// Threads:   loop-bound.
// Ownership: does not own the descriptor; leaves its descriptor_map before it dies.
#pragma once

#include "pinwheel/reactor/active_item.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel {
inline namespace v0 {

class io_watch : public active_item {
 public:
  io_watch(run_function run, unsigned priority, kind counted) noexcept : active_item(run, priority, counted) {}

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] interest watched() const noexcept { return interest_; }
  [[nodiscard]] bool is_added() const noexcept { return next_ != nullptr; }

  // What add() will watch. REQUIRES: not added.
  void set_target(int descriptor, interest what) noexcept {
    PINWHEEL_DCHECK(!is_added(), "the target of an added watch was changed");
    descriptor_ = descriptor;
    interest_ = what;
  }

 private:
  friend class descriptor_map;

  // The watches of a descriptor are a ring in order of adding (SEMANTICS I2): behind the last comes the first.
  io_watch* next_ = nullptr;  // Set exactly while added.
  int descriptor_ = -1;
  interest interest_ = interest::none;
  // Of the last of a ring alone. What the backend was last told of the descriptor: the union over the ring, or, of
  // edges that the backend does not have, what of it is armed.
  interest registered_ = interest::none;
};

static_assert(sizeof(io_watch) == 48);

}  // namespace v0
}  // namespace pinwheel
