// Where a loop reads the time: the kernel's monotonic clock, or a virtual one that tests move by hand.
//
// Threads:   monotonic_clock: any. virtual_clock: one thread; bases stepped on that thread may share it.
// Ownership: borrowed by every base that uses it; must outlive them.
#pragma once

#include <algorithm>
#include <chrono>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

using duration = std::chrono::nanoseconds;
using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;

// `from` moved by `by`, or the end of time. REQUIRES: by >= 0.
[[nodiscard]] constexpr time_point later_by(duration by, time_point from) noexcept {
  return by > time_point::max() - std::max(from, time_point{}) ? time_point::max() : from + by;
}

class clock_source {
 public:
  virtual ~clock_source() = default;
  [[nodiscard]] virtual time_point now() const = 0;

 protected:
  clock_source() = default;
  clock_source(const clock_source&) = default;
  clock_source& operator=(const clock_source&) = default;
};

// CLOCK_MONOTONIC (clock_gettime(2)).
class monotonic_clock final : public clock_source {
 public:
  [[nodiscard]] time_point now() const override { return std::chrono::steady_clock::now(); }

  // The one that every base uses unless told otherwise.
  static monotonic_clock& instance() {
    static monotonic_clock clock;
    return clock;
  }
};

// Stands still until it is moved. Begins one second after the epoch of its time points.
class virtual_clock final : public clock_source {
 public:
  [[nodiscard]] time_point now() const override { return now_; }

  void advance(duration by) { advance_to(now_ + by); }

  // REQUIRES: time does not go backwards.
  void advance_to(time_point to) {
    PINWHEEL_CHECK(to >= now_, "a virtual clock was moved backwards");
    now_ = to;
  }

 private:
  time_point now_{std::chrono::seconds{1}};
};

}  // namespace v0
}  // namespace pinwheel
