// What can wait in an active queue and be run by its loop: an event, a posted task, a stream's completions.
//
// Threads:   loop-bound.
// Ownership: none; its owner takes it out of the queue before it dies.
#pragma once

#include <cstdint>

#include "pinwheel/reactor/base/intrusive_list.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel {
inline namespace v0 {

struct active_tag;

class active_item : public list_hook<active_tag> {
 public:
  // Called with the item out of its queue, so it may activate, change or destroy the item (SEMANTICS C6).
  using run_function = void (*)(active_item& self);

  enum class kind : std::uint8_t {
    user,      // Counted in budgets; satisfies `once`; keeps a base from being empty.
    internal,  // The loop's own, such as its notifier: none of these (SEMANTICS N10).
  };

  active_item(run_function run, unsigned priority, kind counted) noexcept
      : run_(run), priority_(static_cast<std::uint8_t>(priority)), kind_(counted) {}

  [[nodiscard]] unsigned priority() const noexcept { return priority_; }
  [[nodiscard]] bool is_internal() const noexcept { return kind_ == kind::internal; }
  // In an active queue, or to be at the next turn.
  [[nodiscard]] bool is_waiting() const noexcept { return state_ != state::idle; }
  [[nodiscard]] reasons why() const noexcept { return why_; }
  // Tells items of one class from all others.
  [[nodiscard]] bool is_run_by(run_function run) const noexcept { return run_ == run; }

  // Takes the reasons gathered so far.
  reasons take_reasons() noexcept {
    const reasons taken = why_;
    why_ = reasons::none;
    return taken;
  }

 private:
  friend class active_queues;

  enum class state : std::uint8_t { idle, active, later };

  run_function run_;
  std::uint8_t priority_;
  kind kind_;
  state state_ = state::idle;
  reasons why_ = reasons::none;
  std::uint32_t round_ = 0;  // The run under once and nonblock that ran it last (SEMANTICS L4).
};

static_assert(sizeof(active_item) == 32, "two in a cache line: a turn touches one for each callback");

}  // namespace v0
}  // namespace pinwheel
