// What asks the kernel, or a simulation of it, which descriptors are ready. Virtual calls here come once a turn.
//
// Threads:   loop-bound.
// Errors:    errno values in io_result.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
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

  // From now on watch `after` where `before` was watched; interest::none on either side adds or deletes.
  virtual io_result change(int descriptor, interest before, interest after) = 0;

  // Waits for at most `timeout`, for ever without one, and reports what is ready. An interrupted wait (EINTR) is a wait
  // that found nothing (SEMANTICS L17). Never returns before a positive timeout is over unless something is ready.
  virtual io_result wait(std::optional<duration> timeout, descriptor_map& ready) = 0;
};

struct backend_options {
  // Below a millisecond (epoll_pwait2(2)); otherwise rounded up, never early (SEMANTICS T12).
  bool precise_timeouts = false;
};

// By name: "epoll". A name that is not known is an InvalidArgument that lists those that are.
absl::StatusOr<std::unique_ptr<backend>> make_backend(std::string_view name, const backend_options& options);

}  // namespace v0
}  // namespace pinwheel
