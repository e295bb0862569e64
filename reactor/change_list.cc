#include "pinwheel/reactor/change_list.h"

namespace pinwheel {
inline namespace v0 {

void change_list::add(int descriptor, interest before, interest after) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= places_.size()) places_.resize(index + 1, none);
  std::size_t& place = places_[index];
  if (place == none) {
    changes_.push_back({descriptor, before, after, after == interest::none});
    place = changes_.size();
    return;
  }
  change& known = changes_[place - 1];
  known.wanted = after;
  known.was_unwatched = known.was_unwatched || after == interest::none;
}

void change_list::forget(int descriptor) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= places_.size() || places_[index] == none) return;
  const std::size_t place = places_[index];
  places_[index] = none;
  if (place != changes_.size()) {
    changes_[place - 1] = changes_.back();
    places_[static_cast<std::size_t>(changes_.back().descriptor)] = place;
  }
  changes_.pop_back();
}

void change_list::clear() {
  for (const change& each : changes_) places_[static_cast<std::size_t>(each.descriptor)] = none;
  changes_.clear();
}

}  // namespace v0
}  // namespace pinwheel
