// All that can be seen of a program that is played.
#pragma once

#include <optional>
#include <vector>

#include "subject.h"

namespace pinwheel::testing::model {

// One line of a trace: an operation, what it answered and what could be seen behind it; or a callback that began.
struct trace_line {
  enum class kind : unsigned char {
    performed,
    skipped,
    event_runs,
    task_runs,
    watcher_runs,
    finalizer_runs,
    broken_off
  };

  kind what = kind::performed;
  operation done = {};
  int number = 0;  // The event, task or watcher that runs, or the operation's answer.
  reasons why = reasons::none;
  std::optional<duration> wait = {};
  event_view event = {};
  base_view base = {};

  friend bool operator==(const trace_line&, const trace_line&) = default;
};

using trace = std::vector<trace_line>;

inline constexpr int loop_threw = -1;  // What a loop() answers that a callback's exception has left.

}  // namespace pinwheel::testing::model
