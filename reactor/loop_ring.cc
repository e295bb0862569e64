#include "pinwheel/reactor/loop_ring.h"

namespace pinwheel {
inline namespace v0 {

bool loop_ring::push(letter& mail, std::size_t overflow_max) {
  // boost's push(T&&) copies; a range of move iterators does not.
  const auto fits_in_ring = [&] {
    return ring_.push(std::make_move_iterator(&mail), std::make_move_iterator(&mail + 1)) !=
           std::make_move_iterator(&mail);
  };
  if (!spilling_ && fits_in_ring()) return true;
  const mutex_lock lock(mutex_);
  if (overflow_.empty() && fits_in_ring()) {
    spilling_ = false;
    return true;
  }
  if (overflow_.size() >= overflow_max) return false;
  overflow_.push_back(std::move(mail));
  spilling_ = true;
  has_overflow_.store(true, std::memory_order_release);
  return true;
}

void loop_ring::take_rest() {
  const mutex_lock lock(mutex_);
  std::vector<letter>& rest = rest_.letters();
  while (ring_.consume_one([&rest](letter& each) { rest.push_back(std::move(each)); })) {
  }
  rest.insert(rest.end(), std::make_move_iterator(overflow_.begin()), std::make_move_iterator(overflow_.end()));
  overflow_.clear();
  has_overflow_.store(false, std::memory_order_relaxed);
}

}  // namespace v0
}  // namespace pinwheel
