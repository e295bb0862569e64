// The kernel's readiness by epoll(7).
//
// Threads:   loop-bound.
// Ownership: owns the epoll descriptor.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pinwheel/reactor/backend.h"
#include "pinwheel/reactor/change_list.h"

namespace pinwheel {
inline namespace v0 {

class epoll_backend final : public backend {
 public:
  static constexpr std::string_view known_as = "epoll";
  static constexpr backend_features offered =
      backend_features::edge_triggered | backend_features::early_close | backend_features::constant_time;

  static absl::StatusOr<std::unique_ptr<backend>> create(const backend_options& options);
  ~epoll_backend() override;

  [[nodiscard]] std::string_view name() const override { return known_as; }
  [[nodiscard]] backend_features features() const override { return offered; }

  // Mends itself (SEMANTICS I8): a descriptor that was closed and opened again in between is added where it was to be
  // modified, and the other way round; deleting one that is gone is fine.
  io_result change(int descriptor, interest before, interest after) override;
  // No system call: the kernel forgets by itself what is closed (epoll(7)).
  void forget(int descriptor) override;

  io_result wait(std::optional<duration> timeout, descriptor_map& ready) override;

  // Changes made through the descriptor that the child inherited would be the parent's.
  io_result reopen() override;

 private:
  static constexpr std::size_t ready_min = 64;
  static constexpr std::size_t ready_max = 4096;  // Of one wait; the next brings the rest.

  epoll_backend(int descriptor, const backend_options& options);

  io_result change_in_kernel(int descriptor, interest before, interest after) const;
  std::int64_t make_changes(descriptor_map& refused);
  int wait_in_kernel(std::optional<duration> timeout);

  const int epoll_;
  const bool precise_;
  const bool gathers_changes_;
  change_list changes_;             // Empty unless changes are gathered.
  std::vector<epoll_event> ready_;  // Doubles when a wait fills it (I9).
};

}  // namespace v0
}  // namespace pinwheel
