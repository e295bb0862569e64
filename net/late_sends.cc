#include "pinwheel/net/late_sends.h"

#include <algorithm>

namespace pinwheel {
inline namespace v0 {

void late_sends::lend(const stream& sender, std::span<const iovec> pieces) {
  lent_[&sender].assign(pieces.begin(), pieces.end());
}

std::vector<iovec> late_sends::part_of(const stream& sender) const {
  const std::vector<iovec>& pieces = lent_.at(&sender);
  std::size_t total = 0;
  for (const iovec& each : pieces) total += each.iov_len;
  std::size_t left = std::max<std::size_t>(total / 2, 1);
  std::vector<iovec> part;
  for (const iovec& each : pieces) {
    if (left == 0) break;
    part.push_back({each.iov_base, std::min(each.iov_len, left)});
    left -= part.back().iov_len;
  }
  return part;
}

}  // namespace v0
}  // namespace pinwheel
