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
  [[nodiscard]] bool is_added() const noexcept { return added_; }

  // What add() will watch. REQUIRES: not added.
  void set_target(int descriptor, interest what) noexcept {
    PINWHEEL_DCHECK(!added_, "the target of an added watch was changed");
    descriptor_ = descriptor;
    interest_ = what;
  }

 private:
  friend class descriptor_map;

  io_watch* next_ = nullptr;  // Behind it on the same descriptor, in order of adding (SEMANTICS I2).
  int descriptor_ = -1;
  interest interest_ = interest::none;
  bool added_ = false;
};

static_assert(sizeof(io_watch) == 48);

}  // namespace v0
}  // namespace pinwheel
