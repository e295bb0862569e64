// A count that goes up and down, and the most it was since that was last reset.
//
// Threads: one.
#pragma once

#include <cstddef>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

class gauge {
 public:
  void up() noexcept {
    if (++value_ > maximum_) maximum_ = value_;
  }
  void down() noexcept {
    PINWHEEL_DCHECK(value_ > 0, "a gauge went below zero");
    --value_;
  }

  [[nodiscard]] std::size_t value() const noexcept { return value_; }
  [[nodiscard]] std::size_t maximum() const noexcept { return maximum_; }
  void reset_maximum() noexcept { maximum_ = value_; }

 private:
  std::size_t value_ = 0;
  std::size_t maximum_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
