// An event loop as the measurements here see it: Pinwheel or libevent, each under a few settings.
//
// Threads:   one.
// Ownership: owns its events and what they call; borrows their descriptors.
// Errors:    what cannot be set up ends the program with a message.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace pinwheel::perf {

// What `--loop` names, and the pictures show.
inline constexpr std::array<std::string_view, 5> loop_names = {"pinwheel-strict", "pinwheel-strict-budget",
                                                               "pinwheel-aged-budget", "libevent", "libevent-budget"};

inline constexpr unsigned priorities = 8;
inline constexpr std::size_t budget_callbacks = 16;  // Of a pass, where there is a budget.
inline constexpr unsigned aging_interval = 16;
inline constexpr std::chrono::milliseconds aging_bound{10};

class measured_loop {
 public:
  measured_loop() = default;
  measured_loop(const measured_loop&) = delete;
  measured_loop& operator=(const measured_loop&) = delete;
  virtual ~measured_loop() = default;

  // Calls back, level-triggered, for as long as the descriptor is readable.
  virtual void watch(int descriptor, unsigned priority, std::function<void()> called) = 0;
  // The one timer, of the most important priority.
  virtual void set_timer(std::function<void()> called) = 0;
  // Arms it once. REQUIRES: called by its callback, or before run().
  virtual void arm_timer(std::chrono::microseconds delay) = 0;

  virtual void run() = 0;
  // Leaves run() when the running callback returns.
  virtual void stop() = 0;
};

// Of a name above; null for another.
std::unique_ptr<measured_loop> make_pinwheel_loop(std::string_view name);
std::unique_ptr<measured_loop> make_libevent_loop(std::string_view name);

}  // namespace pinwheel::perf
