#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "measured_loop.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel::perf {
namespace {

void must(io_result done, const char* what) {
  if (done.ok()) return;
  std::fprintf(stderr, "%s: errno %d\n", what, done.error());
  std::exit(1);
}

class pinwheel_loop final : public measured_loop {
 public:
  explicit pinwheel_loop(const dispatch_options& dispatch)
      : base_(event_base::create({.backend = "epoll", .priorities = priorities, .dispatch = dispatch}).value()) {}

  void watch(int descriptor, unsigned priority, std::function<void()> called) override {
    auto watching = std::make_unique<event>(*base_, descriptor, interest::read, event_life::persistent,
                                            [called = std::move(called)](event&, reasons) { called(); });
    watching->set_priority(priority);
    must(watching->add(), "watching a descriptor");
    events_.push_back(std::move(watching));
  }

  void set_timer(std::function<void()> called) override {
    timer_ = std::make_unique<event>(*base_, event_life::one_shot,
                                     [called = std::move(called)](event&, reasons) { called(); });
    timer_->set_priority(0);
  }

  // Exact: a relative timeout would count from the end of this turn's callbacks.
  void arm_timer(std::chrono::microseconds delay) override {
    must(timer_->add_at(base_->clock().now() + delay), "arming the timer");
  }

  void run() override { base_->loop(); }
  void stop() override { base_->loop_break(); }

 private:
  std::unique_ptr<event_base> base_;
  std::vector<std::unique_ptr<event>> events_;
  std::unique_ptr<event> timer_;
};

}  // namespace

std::unique_ptr<measured_loop> make_pinwheel_loop(std::string_view name) {
  if (name == "pinwheel-strict") return std::make_unique<pinwheel_loop>(dispatch_options{});
  if (name == "pinwheel-strict-budget") {
    return std::make_unique<pinwheel_loop>(dispatch_options{.pass_callbacks_max = budget_callbacks});
  }
  if (name == "pinwheel-aged-budget") {
    return std::make_unique<pinwheel_loop>(dispatch_options{.policy = dispatch_policy::aged,
                                                            .pass_callbacks_max = budget_callbacks,
                                                            .aging_interval = aging_interval,
                                                            .aging_bound = aging_bound});
  }
  return nullptr;
}

}  // namespace pinwheel::perf
