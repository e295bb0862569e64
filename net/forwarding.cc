#include "pinwheel/net/forwarding.h"

#include <bit>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {
namespace {

std::uint64_t bits_of(connection_id name) { return std::bit_cast<std::uint64_t>(name); }

}  // namespace

void forwarding::put(connection_id was, connection_id now) {
  const bool is_new = entries_.emplace(bits_of(was), now).second;
  PINWHEEL_DCHECK(is_new, "a connection left, or came, twice under one name");
}

std::optional<forwarding::step> forwarding::next(connection_id name) const {
  const auto found = entries_.find(bits_of(name));
  if (found == entries_.end()) return std::nullopt;
  return step{.is_here = found->second.generation != 0, .name = found->second};
}

void forwarding::forget(connection_id was) { entries_.erase(bits_of(was)); }

}  // namespace v0
}  // namespace pinwheel
