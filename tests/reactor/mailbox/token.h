// A capture whose life is counted: shows that a task was destroyed, once, whoever did it.
//
// Threads:   any; may be made on one and destroyed on another.
// Ownership: borrows its counts.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace pinwheel {
inline namespace v0 {

struct token_counts {
  std::atomic<std::size_t> made{0};
  std::atomic<std::size_t> destroyed{0};

  // REQUIRES: no token is being made or destroyed.
  [[nodiscard]] std::size_t alive() const { return made.load() - destroyed.load(); }
};

// Movable: what it was moved from no longer counts.
class token {
 public:
  explicit token(token_counts& counts) : counts_(&counts) { ++counts.made; }
  token(token&& other) noexcept : counts_(std::exchange(other.counts_, nullptr)) {}
  token& operator=(token&&) = delete;
  ~token() {
    if (counts_ != nullptr) ++counts_->destroyed;
  }

 private:
  token_counts* counts_;
};

}  // namespace v0
}  // namespace pinwheel
