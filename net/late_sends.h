// The sends in flight of streams in their test mode: what was lent is read a turn late, and taken partly, as an
// asynchronous kernel would. Whoever frees or moves lent bytes too early is found by the address sanitizer.
//
// Threads:   loop-bound.
// Ownership: borrows the bytes from lend() to forget().
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace pinwheel {
inline namespace v0 {

class late_sends {
 public:
  void lend(std::uint32_t slot, std::span<const iovec> pieces);
  // Half of what was lent, at least one byte.
  [[nodiscard]] std::vector<iovec> part_of(std::uint32_t slot) const;
  void forget(std::uint32_t slot) { lent_.erase(slot); }

 private:
  std::unordered_map<std::uint32_t, std::vector<iovec>> lent_;
};

}  // namespace v0
}  // namespace pinwheel
