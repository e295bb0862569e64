#include "pinwheel/net/late_sends.h"

#include <algorithm>
#include <cstddef>

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr std::size_t half_of(std::size_t bytes) { return std::max<std::size_t>(bytes / 2, 1); }

std::vector<iovec> first_half(const std::vector<iovec>& pieces) {
  std::size_t total = 0;
  for (const iovec& each : pieces) total += each.iov_len;
  std::size_t left = half_of(total);
  std::vector<iovec> part;
  for (const iovec& each : pieces) {
    if (left == 0) break;
    part.push_back({each.iov_base, std::min(each.iov_len, left)});
    left -= part.back().iov_len;
  }
  return part;
}

}  // namespace

lent_send late_sends::part_of(const stream& sender) const {
  const lent_send& lent = lent_.at(&sender);
  const file_part& file = lent.file;
  return {first_half(lent.pieces), {file.descriptor, file.offset, half_of(file.bytes)}, lent.more_follows};
}

}  // namespace v0
}  // namespace pinwheel
