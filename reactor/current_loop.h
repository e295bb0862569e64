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
        : mine_(base),
          outer_(std::exchange(innermost_, this)),
          base_before_(std::exchange(base_, &base)),
          producer_before_(std::exchange(producer_, &producer)) {}
    ~scope() {
      innermost_ = outer_;
      base_ = base_before_;
      producer_ = producer_before_;
    }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

    [[nodiscard]] event_base& base() const noexcept { return mine_; }
    // The one that this one interrupts; null when there is none.
    [[nodiscard]] const scope* outer() const noexcept { return outer_; }

   private:
    event_base& mine_;
    const scope* outer_;
    event_base* base_before_;
    posted_to* producer_before_;
  };

  // For the length of what is done as if by a thread that is in no turn. Those it is in stay known by innermost(): they
  // do not go on before this is over, so nothing here can wait for them.
  class absence {
   public:
    absence() noexcept
        : base_before_(std::exchange(base_, nullptr)), producer_before_(std::exchange(producer_, nullptr)) {}
    ~absence() {
      base_ = base_before_;
      producer_ = producer_before_;
    }
    absence(const absence&) = delete;
    absence& operator=(const absence&) = delete;

   private:
    event_base* base_before_;
    posted_to* producer_before_;
  };

  // Null outside of every turn.
  [[nodiscard]] static event_base* base() noexcept { return base_; }
  [[nodiscard]] static posted_to* producer() noexcept { return producer_; }
  // The loops whose turns this thread is in, beginning with the one it entered last.
  [[nodiscard]] static const scope* innermost() noexcept { return innermost_; }

 private:
  static inline thread_local constinit event_base* base_ = nullptr;
  static inline thread_local constinit posted_to* producer_ = nullptr;
  static inline thread_local constinit const scope* innermost_ = nullptr;
};

}  // namespace v0
}  // namespace pinwheel
