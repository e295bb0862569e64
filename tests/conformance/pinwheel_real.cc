#include <cstdlib>
#include <string>

#include "conformance/channels.h"
#include "conformance/kernel_calls.h"
#include "conformance/pinwheel_kernel.h"

namespace pinwheel::conformance {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ",") + each;
  return list;
}

class real final : public pinwheel_kernel {
 public:
  real(std::string_view backend, notifier_kind notifier) : backend_(backend), notifier_(notifier) {}

  absl::StatusOr<std::unique_ptr<event_base>> make_base(const loop_options& options) override {
    event_base_options wanted = to_base_options(options, notifier_);
    const bool chooses =
        !options.avoid_backends.empty() || !options.avoid_by_environment.empty() || options.require_edge_triggered;
    wanted.backend = chooses ? "auto" : backend_;
    wanted.avoid_backends = options.avoid_backends;
    if (!options.avoid_by_environment.empty()) {
      ::setenv("PINWHEEL_AVOID_BACKENDS", joined(options.avoid_by_environment).c_str(), 1);
    }
    if (options.require_edge_triggered) wanted.required_features = backend_features::edge_triggered;
    wanted.change_list = options.change_list;
    return event_base::create(wanted);
  }

  std::unique_ptr<channel> open_channel() override { return std::make_unique<socket_channel>(); }

  [[nodiscard]] bool time_is_virtual() const override { return false; }
  [[nodiscard]] notifier_kind notifier() const override { return notifier_; }

  void let_pass(duration time) override {
    const monotonic_clock& clock = monotonic_clock::instance();
    const time_point end = clock.now() + time;
    while (clock.now() < end) {
    }
  }

  void another_thread(duration delay, action what, case_threads& threads) override {
    threads.start_after(delay, std::move(what));
  }

  [[nodiscard]] std::size_t polls() const override { return kernel_calls::polls(); }
  [[nodiscard]] std::size_t changes() const override { return kernel_calls::changes(); }
  void fail_next_poll(int error) override { kernel_calls::fail_next_poll(error); }

 private:
  std::string backend_;
  notifier_kind notifier_;
};

}  // namespace

std::unique_ptr<pinwheel_kernel> real_kernel(std::string_view backend, notifier_kind notifier) {
  return std::make_unique<real>(backend, notifier);
}

}  // namespace pinwheel::conformance
