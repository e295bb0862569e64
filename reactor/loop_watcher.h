// What runs at a fixed point of every turn: before the wait, or after it (SEMANTICS D4, L10).
//
//   pinwheel::prepare_watcher before(*base, [](std::optional<pinwheel::duration> wait) { … });
//   pinwheel::check_watcher behind(*base, [] { … });
//
// Threads:   loop-bound.
// Ownership: borrows its base; may be destroyed at any time, also by its own callback. Neither copied nor moved.
// Errors:    a callback's exception leaves loop(), as an event's does (SEMANTICS C7).
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>

#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/base/inline_function.h"
#include "pinwheel/reactor/base/intrusive_list.h"

namespace pinwheel {
inline namespace v0 {

class event_base;
class loop_watchers;

struct loop_watcher_tag;

class loop_watcher : public list_hook<loop_watcher_tag> {
 public:
  loop_watcher(const loop_watcher&) = delete;
  loop_watcher& operator=(const loop_watcher&) = delete;

 protected:
  using callback = inline_function<void(std::optional<duration> wait)>;

  loop_watcher(loop_watchers& home, callback called);
  ~loop_watcher();

  template <std::invocable Callable>
  static callback without_wait(Callable&& called) {
    return [called = std::forward<Callable>(called)](std::optional<duration>) mutable { called(); };
  }

 private:
  friend class loop_watchers;

  loop_watchers& home_;
  callback callback_;        // Empty exactly while it runs.
  std::uint64_t order_ = 0;  // Of registration.
};

// Called before the wait with what it will be unless a watcher changes it; nullopt is for ever. What watchers add or
// activate counts for this very wait.
class prepare_watcher final : public loop_watcher {
 public:
  prepare_watcher(event_base& base, callback called);
};

// Called after the wait, before timers expire and callbacks run.
class check_watcher final : public loop_watcher {
 public:
  template <std::invocable Callable>
  check_watcher(event_base& base, Callable called) : loop_watcher(point_of(base), without_wait(std::move(called))) {}

 private:
  static loop_watchers& point_of(event_base& base);
};

// Called in the child by event_base::reinit_after_fork(), before any descriptor is watched again (SEMANTICS I13).
class fork_watcher final : public loop_watcher {
 public:
  template <std::invocable Callable>
  fork_watcher(event_base& base, Callable called) : loop_watcher(point_of(base), without_wait(std::move(called))) {}

 private:
  static loop_watchers& point_of(event_base& base);
};

// The watchers of one point, in order of registration.
class loop_watchers {
 public:
  // Runs those that were registered when it began; answers whether there was one.
  bool run(std::optional<duration> wait = std::nullopt);

  [[nodiscard]] bool empty() const noexcept { return watchers_.empty(); }

 private:
  friend class loop_watcher;

  class running;

  void enter(loop_watcher& made);
  void leave(loop_watcher& dying);

  intrusive_list<loop_watcher, loop_watcher_tag> watchers_;
  loop_watcher* running_ = nullptr;  // Set exactly while its callback is on the stack and it has not been destroyed.
  loop_watcher* next_ = nullptr;     // What run() comes to next.
  std::uint64_t registered_ = 0;     // Ever.
};

}  // namespace v0
}  // namespace pinwheel
