// How a peer takes the output that waits for it: exists only while some does.
//
// What counts is what the peer has acknowledged, not what our kernel has taken. The kernel buffers megabytes and asks
// for more only when a third of them has left, so that a peer which reads steadily is seen to take nothing, sometimes
// for minutes, and then very much at once.
//
// A peer that has acknowledged everything waits for us, and is not judged.
//
// Threads:   loop-bound.
// Limits:    a stall is found after its time, and at most one looks_per_stall-th of it later; a rate as
//            rate_floor says, and where the peer took bytes faster before, at most one grace later.
#pragma once

#include <cstddef>

#include "pinwheel/net/rate_floor.h"
#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

struct output_terms {
  duration stall{};      // Without a byte for so long; zero: not judged.
  rate_terms slowest{};  // 0 bytes_per_second: not judged.

  [[nodiscard]] constexpr bool judge() const noexcept {
    return stall > duration::zero() || slowest.bytes_per_second > 0;
  }
};

class output_watch {
 public:
  enum class verdict { waits, stalled, too_slow };

  // The kernel is asked so often in a stall's time, and a stall is found a part of it late at most.
  static constexpr int looks_per_stall = 4;

  // `unacknowledged`: what the kernel had taken before and the peer has not acknowledged.
  output_watch(time_point now, std::size_t unacknowledged, const output_terms& terms) noexcept;

  // The kernel took so much more.
  void took(std::size_t bytes, time_point now, const output_terms& terms) noexcept;

  // When the kernel is to be asked next. REQUIRES: terms.judge().
  [[nodiscard]] time_point next_look(const output_terms& terms) const noexcept;
  verdict look(time_point now, std::size_t unacknowledged, const output_terms& terms) noexcept;

 private:
  void begin(time_point now, const output_terms& terms) noexcept;

  std::size_t unacknowledged_;  // At the last look.
  std::size_t taken_ = 0;       // Since then.
  time_point looked_at_;
  time_point moved_at_;  // The last look that saw bytes acknowledged, or all of them; or the beginning.
  rate_floor floor_;
};

}  // namespace v0
}  // namespace pinwheel
