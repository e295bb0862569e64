// The sends in flight of streams in their test mode: what was lent is read a turn late, and taken partly, as an
// asynchronous kernel would. Whoever frees or moves lent bytes too early is found by the address sanitizer.
//
// Threads:   loop-bound.
// Ownership: borrows the bytes from lend() to forget().
#pragma once

#include <sys/uio.h>

#include <span>
#include <unordered_map>
#include <vector>

namespace pinwheel {
inline namespace v0 {

class stream;

class late_sends {
 public:
  void lend(const stream& sender, std::span<const iovec> pieces);
  // Half of what was lent, at least one byte.
  [[nodiscard]] std::vector<iovec> part_of(const stream& sender) const;
  void forget(const stream& sender) { lent_.erase(&sender); }

 private:
  std::unordered_map<const stream*, std::vector<iovec>> lent_;
};

}  // namespace v0
}  // namespace pinwheel
