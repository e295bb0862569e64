// A wait's length as the kernel takes it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <limits>

#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

[[nodiscard]] inline timespec to_timespec(duration wait) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((wait - seconds).count())};
}

// Rounded up: a loop that wakes early would find no timer due and wait again.
[[nodiscard]] inline int to_milliseconds(duration wait) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  return static_cast<int>(std::min<std::int64_t>(whole, std::numeric_limits<int>::max()));
}

}  // namespace v0
}  // namespace pinwheel
