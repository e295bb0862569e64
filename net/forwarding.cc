#include "pinwheel/net/forwarding.h"

#include <algorithm>
#include <bit>

#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {
namespace {

std::uint64_t bits_of(connection_id name) { return std::bit_cast<std::uint64_t>(name); }

}  // namespace

void forwarding::left_for(connection_id was, const connection_host_handle& to) {
  const std::size_t place = place_of(to);
  ++neighbours_[place].names;
  put(was, {.slot = place & 0x3fffffU});
}

void forwarding::put(connection_id was, connection_id now) {
  const bool is_new = entries_.emplace(bits_of(was), now).second;
  PINWHEEL_DCHECK(is_new, "a connection left, or came, twice under one name");
}

// There are few: the loops of a server.
std::size_t forwarding::place_of(const connection_host_handle& host) {
  auto found = std::ranges::find(neighbours_, host, &neighbour::host);
  if (found == neighbours_.end()) found = std::ranges::find(neighbours_, 0U, &neighbour::names);
  if (found == neighbours_.end()) found = neighbours_.emplace(found);
  found->host = host;
  return static_cast<std::size_t>(found - neighbours_.begin());
}

std::optional<forwarding::step> forwarding::next(connection_id name) const {
  const auto found = entries_.find(bits_of(name));
  if (found == entries_.end()) return std::nullopt;
  if (found->second.generation != 0) return step{.elsewhere = {}, .here = found->second};
  return step{.elsewhere = neighbours_[found->second.slot].host, .here = {}};
}

void forwarding::forget(connection_id was) {
  const auto found = entries_.find(bits_of(was));
  if (found == entries_.end()) return;
  if (found->second.generation == 0) {
    neighbour& led_to = neighbours_[found->second.slot];
    if (--led_to.names == 0) led_to.host = {};
  }
  entries_.erase(found);
  if (entries_.size() <= entries_.capacity() / 8) entries_.rehash(0);  // To what it holds.
}

void forwarding::forget_all() {
  entries_ = {};
  neighbours_ = {};
}

}  // namespace v0
}  // namespace pinwheel
