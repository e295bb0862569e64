// A kernel in memory: descriptors become ready when a test says so, and waiting moves a virtual clock instead of the
// world's.
//
//   pinwheel::virtual_clock clock;
//   auto owned = std::make_unique<pinwheel::simulated_backend>(clock);
//   auto& kernel = *owned;
//   auto base = pinwheel::event_base::create({.clock = &clock}, std::move(owned)).value();
//   kernel.set_ready(3, pinwheel::reasons::readable);
//
// Threads:   one; several bases stepped on it may share the clock.
// Ownership: borrows the clock.
// Errors:    a wait that nothing could ever end fails with EDEADLK instead of hanging the test.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "pinwheel/reactor/backend.h"
#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

class simulated_backend final : public backend {
 public:
  explicit simulated_backend(virtual_clock& clock) : clock_(clock) {}

  [[nodiscard]] std::string_view name() const override { return "simulated"; }
  io_result change(int descriptor, interest before, interest after) override;
  io_result wait(std::optional<duration> timeout, descriptor_map& ready) override;

  // The descriptor's readiness from now on, or from `at` on. Level-triggered watches report it at each wait;
  // edge-triggered ones once for each call.
  void set_ready(int descriptor, reasons what);
  void set_ready_at(time_point at, int descriptor, reasons what);

  // Waits that were asked for, and changes that the map made (SEMANTICS I1).
  [[nodiscard]] std::size_t waits() const noexcept { return waits_; }
  [[nodiscard]] std::size_t changes() const noexcept { return changes_; }
  // The next wait fails with this errno.
  void fail_next_wait(int error) noexcept { failure_ = error; }

 private:
  struct simulated_descriptor {
    interest watched = interest::none;
    reasons ready = reasons::none;
    bool edge_pending = false;  // Ready since the last report.
  };

  struct arrival {
    int descriptor;
    reasons what;
  };

  void let_arrive();
  std::int64_t report_ready(descriptor_map& ready);

  virtual_clock& clock_;
  std::map<int, simulated_descriptor> descriptors_;  // Ordered, so that every run reports in the same order.
  std::multimap<time_point, arrival> arrivals_;
  std::size_t waits_ = 0;
  std::size_t changes_ = 0;
  int failure_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
