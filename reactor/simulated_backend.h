// A kernel in memory: descriptors become ready when a test says so, and waiting moves a virtual clock instead of the
// world's.
//
//   pinwheel::virtual_clock clock;
//   auto owned = std::make_unique<pinwheel::simulated_backend>(clock);
//   auto& kernel = *owned;
//   auto base = pinwheel::event_base::create({.clock = &clock}, std::move(owned)).value();
//   kernel.set_ready(1000, pinwheel::reasons::readable);
//
// A simulated descriptor is a number; it is to be one that no real descriptor of the base has, such as its wake-up's.
//
// Threads:   one; several bases stepped on it may share the clock.
// Ownership: borrows the clock; owns an epoll descriptor, for the wake-up alone.
// Errors:    a wait that nothing could ever end fails with EDEADLK instead of hanging the test.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "pinwheel/reactor/backend.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/base/task.h"

namespace pinwheel {
inline namespace v0 {

class simulated_backend final : public backend {
 public:
  static constexpr backend_features offered =
      backend_features::edge_triggered | backend_features::early_close | backend_features::any_descriptor;

  // Simulates a backend with fewer features if told to: without edge_triggered, one such as poll.
  explicit simulated_backend(virtual_clock& clock, backend_features features = offered)
      : clock_(clock), features_(features) {}

  [[nodiscard]] std::string_view name() const override { return "simulated"; }
  [[nodiscard]] backend_features features() const override { return features_; }
  io_result change(int descriptor, interest before, interest after) override;
  void forget(int descriptor) override;
  io_result wait(std::optional<duration> timeout, descriptor_map& ready) override;
  io_result reopen() override;
  void set_wake_descriptor(int descriptor) override { wake_descriptor_ = descriptor; }

  // The descriptor's readiness from now on, or from `at` on. Level-triggered watches report it at each wait;
  // edge-triggered ones once for each call.
  void set_ready(int descriptor, reasons what);
  void set_ready_at(time_point at, int descriptor, reasons what);

  // Runs `work` inside the wait that reaches `at`, outside of every loop's turn: what it does, such as posting through
  // a handle, is done as by another thread while the loop sleeps. What it makes ready, the wake-up included, ends the
  // wait. Of one time, in order of the calls.
  void call_at(time_point at, task work);

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

  io_result change_wake_up(interest before, interest after);
  void run_calls();
  std::int64_t report_ready(descriptor_map& ready);
  io_result report_wake_up(descriptor_map& ready);

  virtual_clock& clock_;
  const backend_features features_;
  std::map<int, simulated_descriptor> descriptors_;  // Ordered, so that every run reports in the same order.
  std::multimap<time_point, task> calls_;
  std::unique_ptr<backend> real_;  // Watches the wake-up; made with its first watch.
  int wake_descriptor_ = -1;
  std::size_t waits_ = 0;
  std::size_t changes_ = 0;
  int failure_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
