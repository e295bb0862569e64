// Letters moved out of where producers put them, and given to a taker one by one: what a taker that throws leaves is
// given again, first, by the next take_all().
//
// Threads:   loop-bound.
#pragma once

#include <cstddef>
#include <vector>

#include "pinwheel/reactor/letter.h"

namespace pinwheel {
inline namespace v0 {

class letter_batch {
 public:
  // Calls `take(letter&)` for each, in order. The letter at which it throws is given again.
  template <class Take>
  void take_all(Take&& take) {
    for (; next_ < letters_.size(); ++next_) take(letters_[next_]);
    letters_.clear();
    next_ = 0;
  }

  // Where more are put. REQUIRES: not inside take_all().
  [[nodiscard]] std::vector<letter>& letters() noexcept { return letters_; }

 private:
  std::vector<letter> letters_;
  std::size_t next_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
