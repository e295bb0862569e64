#include "pinwheel/net/output_watch.h"

#include <algorithm>

namespace pinwheel {
inline namespace v0 {

output_watch::output_watch(time_point now, std::size_t unacknowledged, const output_terms& terms) noexcept
    : unacknowledged_(unacknowledged), looked_at_(now), moved_at_(now), floor_(now, terms.slowest) {}

void output_watch::begin(time_point now, const output_terms& terms) noexcept {
  moved_at_ = now;
  floor_ = rate_floor(now, terms.slowest);
}

void output_watch::took(std::size_t bytes, time_point now, const output_terms& terms) noexcept {
  if (unacknowledged_ + taken_ == 0) begin(now, terms);  // Only from here on it is the peer's turn.
  taken_ += bytes;
}

time_point output_watch::next_look(const output_terms& terms) const noexcept {
  time_point next = time_point::max();
  if (terms.stall > duration::zero()) {
    next = std::min(later_by(terms.stall / looks_per_stall, looked_at_), later_by(terms.stall, moved_at_));
  }
  if (terms.slowest.bytes_per_second > 0) next = std::min(next, floor_.empty_at());
  return next;
}

output_watch::verdict output_watch::look(time_point now, std::size_t unacknowledged,
                                         const output_terms& terms) noexcept {
  const std::size_t given = unacknowledged_ + taken_;
  const std::size_t moved = given > unacknowledged ? given - unacknowledged : 0;
  unacknowledged_ = unacknowledged;
  taken_ = 0;
  looked_at_ = now;
  if (unacknowledged == 0) {
    begin(now, terms);
    return verdict::waits;
  }
  if (moved > 0) moved_at_ = now;
  if (terms.stall > duration::zero() && now - moved_at_ >= terms.stall) return verdict::stalled;
  if (terms.slowest.bytes_per_second == 0) return verdict::waits;
  floor_.moved(moved, now, terms.slowest);
  return floor_.is_too_slow(now) ? verdict::too_slow : verdict::waits;
}

}  // namespace v0
}  // namespace pinwheel
