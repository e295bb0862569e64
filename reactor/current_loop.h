// Which loop's turn this thread is in: a thread-local that a turn sets and restores, so that one thread may step
// several bases.
#pragma once

#include <utility>

namespace pinwheel {
inline namespace v0 {

class event_base;
class posted_to;

class current_loop {
 public:
  // For the length of a run of one base; restores what was current before.
  class scope {
   public:
    scope(event_base& base, posted_to& producer) noexcept
        : base_before_(std::exchange(base_, &base)), producer_before_(std::exchange(producer_, &producer)) {}
    ~scope() {
      base_ = base_before_;
      producer_ = producer_before_;
    }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

   private:
    event_base* base_before_;
    posted_to* producer_before_;
  };

  // Null outside of every turn.
  [[nodiscard]] static event_base* base() noexcept { return base_; }
  [[nodiscard]] static posted_to* producer() noexcept { return producer_; }

 private:
  static inline thread_local constinit event_base* base_ = nullptr;
  static inline thread_local constinit posted_to* producer_ = nullptr;
};

}  // namespace v0
}  // namespace pinwheel
