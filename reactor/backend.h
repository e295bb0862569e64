// What asks the kernel, or a simulation of it, which descriptors are ready. Virtual calls here come once a turn.
//
// Threads:   loop-bound.
// Errors:    errno values in io_result.
#pragma once

#include <optional>
#include <string_view>

#include "pinwheel/reactor/backend_features.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/base/io_result.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel {
inline namespace v0 {

class descriptor_map;

class backend {
 public:
  backend() = default;
  backend(const backend&) = delete;
  backend& operator=(const backend&) = delete;
  virtual ~backend() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  // The same at any time.
  [[nodiscard]] virtual backend_features features() const = 0;

  // From now on watch `after` where `before` was watched; interest::none on either side adds or deletes. What is wrong
  // with the descriptor is answered here or, by a backend that gathers changes, reported as `failed` by the next wait.
  virtual io_result change(int descriptor, interest before, interest after) = 0;
  // The same as a change to interest::none, of a descriptor that has no duplicate and is closed next.
  virtual void forget(int descriptor) = 0;

  // Waits for at most `timeout`, for ever without one, and reports what is ready. An interrupted wait (EINTR) is a wait
  // that found nothing (SEMANTICS L17). Never returns before a positive timeout is over unless something is ready.
  virtual io_result wait(std::optional<duration> timeout, descriptor_map& ready) = 0;

  // In the child, after fork(2): parts from what is shared with the parent, whose loop hears nothing of it. No
  // descriptor is watched then; see descriptor_map::register_again (SEMANTICS I13).
  virtual io_result reopen() = 0;

  // Names the descriptor by which other threads end a wait: it is the kernel's, even where others are simulated.
  virtual void set_wake_descriptor(int /*descriptor*/) {}
};

struct backend_options {
  // Below a millisecond (epoll_pwait2(2)); otherwise rounded up, never early (SEMANTICS T12). Over poll always.
  bool precise_timeouts = false;
  // Over epoll: a turn's changes are gathered and made before its wait, at most one epoll_ctl(2) a descriptor (I7).
  // A descriptor that the kernel refuses is reported as `failed` then. Not for descriptors that are removed and closed
  // while a duplicate of them is open (dup(2), fork(2)): the kernel would go on reporting those.
  bool change_list = false;
};

}  // namespace v0
}  // namespace pinwheel
