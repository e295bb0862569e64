// The three ways to leave a pass or a loop early, from asking to honouring (SEMANTICS L9, L12 to L16).
//
// Threads:   loop-bound; other threads ask through the mailbox.
// Cost:      the clock is read only while an exit with a deadline is asked for.
#pragma once

#include <optional>

#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

class loop_exits {
 public:
  // The earliest of several exits counts.
  void ask_exit(time_point when) noexcept {
    if (!exit_at_ || when < *exit_at_) exit_at_ = when;
  }
  void ask_break() noexcept { break_ = true; }
  void ask_continue() noexcept { continue_ = true; }

  [[nodiscard]] bool break_asked() const noexcept { return break_; }
  [[nodiscard]] bool continue_asked() const noexcept { return continue_; }
  [[nodiscard]] bool exit_due(const clock_source& clock) const { return exit_at_ && *exit_at_ <= clock.now(); }
  // What is asked of the running pass: to end after this callback.
  [[nodiscard]] bool pass_must_end(const clock_source& clock) const { return break_ || continue_ || exit_due(clock); }
  // The wait may not last longer.
  [[nodiscard]] std::optional<time_point> deadline() const noexcept { return exit_at_; }

  // A continue is honoured by the pass it ended.
  void begin_turn() noexcept { continue_ = false; }
  // The run that leaves because of it consumes it; another keeps what came early (L9).
  void consume_break() noexcept { break_ = false; }
  void consume_exit() noexcept { exit_at_.reset(); }

 private:
  std::optional<time_point> exit_at_;
  bool break_ = false;
  bool continue_ = false;
};

}  // namespace v0
}  // namespace pinwheel
