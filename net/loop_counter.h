// A number that one loop counts and any thread may read.
//
// Threads:   add() on the loop that owns it; value() anywhere, and perhaps a little late.
#pragma once

#include <atomic>
#include <cstdint>

namespace pinwheel {
inline namespace v0 {

class loop_counter {
 public:
  // A plain load and a plain store: with one writer nothing can come between them.
  void add(std::uint64_t more) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace v0
}  // namespace pinwheel
