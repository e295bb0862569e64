// The sends in flight of streams in their test mode: what was lent is read a turn late, and taken partly, as an
// asynchronous kernel would. Whoever frees or moves lent bytes too early is found by the address sanitizer, whoever
// closes a lent file by what arrives.
//
// Threads:   loop-bound.
// Ownership: borrows the bytes, or the file's descriptor, from lend() to forget().
#pragma once

#include <sys/uio.h>

#include <unordered_map>
#include <utility>
#include <vector>

#include "pinwheel/net/file_range.h"

namespace pinwheel {
inline namespace v0 {

class stream;

struct lent_send {
  std::vector<iovec> pieces;  // Empty: the file.
  file_part file;
  bool more_follows;
};

class late_sends {
 public:
  void lend(const stream& sender, lent_send&& lent) { lent_.insert_or_assign(&sender, std::move(lent)); }
  // Half of what was lent, at least one byte.
  [[nodiscard]] lent_send part_of(const stream& sender) const;
  void forget(const stream& sender) { lent_.erase(&sender); }

 private:
  std::unordered_map<const stream*, lent_send> lent_;
};

}  // namespace v0
}  // namespace pinwheel
