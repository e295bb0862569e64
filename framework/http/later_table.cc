#include "pinwheel/framework/http/later_table.h"

#include <utility>

namespace pinwheel {
inline namespace v0 {
namespace http {

later_ticket later_table::issue(later_target target) {
  if (first_free_ == none) {
    first_free_ = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  }
  const std::uint32_t slot = first_free_;
  entry& taken = entries_[slot];
  first_free_ = std::exchange(taken.next_free, none);
  taken.target = target;
  taken.is_out = true;
  ++in_flight_;
  return {slot, taken.generation};
}

std::optional<later_target> later_table::take(later_ticket ticket) {
  if (ticket.slot >= entries_.size()) return std::nullopt;
  entry& named = entries_[ticket.slot];
  if (!named.is_out || named.generation != ticket.generation) return std::nullopt;
  named.is_out = false;
  if (++named.generation == 0) named.generation = 1;
  named.next_free = std::exchange(first_free_, ticket.slot);
  --in_flight_;
  return named.target;
}

}  // namespace http
}  // namespace v0
}  // namespace pinwheel
