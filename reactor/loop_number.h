// The small number of a base among all of the process's: the index of its slot in every mailbox it posts to.
//
// Threads:   any.
// Ownership: a lease is shared by the base and by every ring it has filled, so that a number is given to a new base
//            only after all of them were drained.
// Limits:    loops_max bases at a time.
#pragma once

#include <atomic>
#include <memory>

namespace pinwheel {
inline namespace v0 {

inline constexpr unsigned loops_max = 1024;

class loop_number_lease {
 public:
  // The smallest free number; null when all are taken.
  static std::shared_ptr<loop_number_lease> take();
  ~loop_number_lease();
  loop_number_lease(const loop_number_lease&) = delete;
  loop_number_lease& operator=(const loop_number_lease&) = delete;

  [[nodiscard]] unsigned number() const noexcept { return number_; }

  // The base has ended: nothing more will come from this number.
  void end() noexcept { ended_.store(true, std::memory_order_release); }
  [[nodiscard]] bool has_ended() const noexcept { return ended_.load(std::memory_order_acquire); }

 private:
  explicit loop_number_lease(unsigned number) noexcept : number_(number) {}

  const unsigned number_;
  std::atomic<bool> ended_{false};
};

}  // namespace v0
}  // namespace pinwheel
