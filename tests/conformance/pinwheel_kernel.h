// What Pinwheel's base runs on in a case: the real kernel or a simulated one. All that differs between the two is here.
#pragma once

#include <memory>
#include <string_view>

#include "conformance/adapter.h"
#include "conformance/threads.h"

namespace pinwheel::conformance {

class pinwheel_kernel {
 public:
  pinwheel_kernel() = default;
  pinwheel_kernel(const pinwheel_kernel&) = delete;
  pinwheel_kernel& operator=(const pinwheel_kernel&) = delete;
  virtual ~pinwheel_kernel() = default;

  // One at a time.
  virtual absl::StatusOr<std::unique_ptr<event_base>> make_base(const loop_options& options) = 0;
  virtual std::unique_ptr<channel> open_channel() = 0;

  // As tested_loop's of the same names.
  [[nodiscard]] virtual notifier_kind notifier() const = 0;
  [[nodiscard]] virtual bool time_is_virtual() const = 0;
  virtual void let_pass(duration time) = 0;
  virtual void another_thread(duration delay, action what, case_threads& threads) = 0;
  [[nodiscard]] virtual std::size_t polls() const = 0;
  [[nodiscard]] virtual std::size_t changes() const = 0;
  virtual void fail_next_poll(int error) = 0;
};

// `backend`: "epoll", "poll".
std::unique_ptr<pinwheel_kernel> real_kernel(std::string_view backend, notifier_kind notifier);
std::unique_ptr<pinwheel_kernel> simulated_kernel(notifier_kind notifier);

// What both take over from a case's options.
event_base_options to_base_options(const loop_options& options, notifier_kind notifier);

}  // namespace pinwheel::conformance
