// The kernel's readiness by poll(2): the portable fallback, and the oracle that other backends are checked against.
//
// It has no edges: see descriptor_map::add_rearmed for what needs them. What is watched is checked at every wait, so
// a wait costs by how much is watched; a change costs no system call but for the first of a descriptor.
//
// Threads:   loop-bound.
// Limits:    as many descriptors as RLIMIT_NOFILE: the wait fails with EINVAL when the limit is lowered below
//            what is watched.
// Errors:    a descriptor that was closed while it is watched is reported as failed, once, and not watched any more
//            until the next change of what is watched on it. (Over epoll it would stay silent.)
#pragma once

#include <poll.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pinwheel/reactor/backend.h"

namespace pinwheel {
inline namespace v0 {

class poll_backend final : public backend {
 public:
  static constexpr std::string_view known_as = "poll";
  static constexpr backend_features offered = backend_features::early_close | backend_features::any_descriptor;

  static absl::StatusOr<std::unique_ptr<backend>> create(const backend_options& options);

  [[nodiscard]] std::string_view name() const override { return known_as; }
  [[nodiscard]] backend_features features() const override { return offered; }

  // Constant time. EBADF, at the first change, for what is not open. interest::edge without a direction waits for
  // errors and hang-ups alone.
  io_result change(int descriptor, interest before, interest after) override;
  void forget(int descriptor) override;

  // To the nanosecond (ppoll(2)).
  io_result wait(std::optional<duration> timeout, descriptor_map& ready) override;

  io_result reopen() override;

 private:
  static constexpr std::size_t none = 0;

  std::size_t& place_of(int descriptor);
  void collect_ready(std::size_t count);

  std::vector<pollfd> watched_;      // Without gaps.
  std::vector<std::size_t> places_;  // By descriptor: one more than its index in watched_, or none.
  std::vector<pollfd> ready_;        // Of this wait: reports change watched_.
};

}  // namespace v0
}  // namespace pinwheel
