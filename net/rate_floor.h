// Whether bytes move at least at a given rate, with some grace: a bucket that leaks at that rate and is filled by
// bytes.
//
// It is full when judging begins, and holds what leaks in `grace`; a byte more than it holds is lost. Bytes are too
// slow from the moment it is empty. So whatever moves at the rate, in lumps no further apart than `grace`, is never too
// slow; nothing at all is too slow after `grace`; a steady fraction f of the rate is after grace / (1 - f); and what
// came fast before earns no more than `grace`. All of this is one point in time, so to ask costs a compare and nothing
// runs meanwhile. (ITU-T I.371 calls it the leaky bucket as a meter.)
//
// Threads:   a value.
// Limits:    rounded in favour of the peer, by less than 1 ns for each call of moved().
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

struct rate_terms {
  std::uint32_t bytes_per_second = 0;  // At least 1 where it is judged.
  duration grace{};
};

class rate_floor {
 public:
  constexpr rate_floor(time_point now, const rate_terms& terms) noexcept : empty_at_(later_by(terms.grace, now)) {}

  // REQUIRES of all: times do not go backwards, and the terms are those it began with.
  constexpr void moved(std::size_t bytes, time_point now, const rate_terms& terms) noexcept {
    empty_at_ = std::min(later_by(worth(bytes, terms), empty_at_), later_by(terms.grace, now));
  }

  // The first moment at which it is too slow if nothing moves until then.
  [[nodiscard]] constexpr time_point empty_at() const noexcept { return empty_at_; }
  [[nodiscard]] constexpr bool is_too_slow(time_point now) const noexcept { return now >= empty_at_; }

 private:
  // The time in which so many bytes move at the rate.
  [[nodiscard]] static constexpr duration worth(std::size_t bytes, const rate_terms& terms) noexcept {
    constexpr std::uint64_t second = 1'000'000'000;
    const std::uint64_t rate = terms.bytes_per_second;
    const std::uint64_t seconds = bytes / rate;
    if (seconds >= duration::max().count() / second) return duration::max();
    const std::uint64_t rest = (bytes % rate * second + rate - 1) / rate;  // Below 2^32 * 2^30, before it is divided.
    return duration(static_cast<std::int64_t>(seconds * second + rest));
  }

  time_point empty_at_;
};

}  // namespace v0
}  // namespace pinwheel
