// The states that an event can be in, as the reference model sees them: the columns of the coverage table.
#pragma once

#include <string>
#include <vector>

#include "reference_base.h"

namespace pinwheel::testing::model {

enum class event_condition : unsigned char {
  fresh,
  removed,  // Was added or activated once, and has nothing left to wait for.
  added,
  added_timed,
  timed,
  active_by_timeout,
  active_by_readiness,
  active_by_activation,
  later_active,
  running,
  running_added,  // For its descriptor, for a timeout, or both.
  running_active,
  running_later,
  running_destroyed,
  finalized,
  doomed,  // By delete_later.
  destroyed,
};

inline std::vector<std::string> event_condition_names() {
  return {"fresh",
          "removed",
          "added",
          "added with a timeout",
          "added with only a timeout",
          "active by timeout",
          "active by readiness",
          "active by activation",
          "later-active",
          "running",
          "running and added",
          "running and active again",
          "running and later-active",
          "running and destroyed",
          "finalized",
          "waiting to be deleted",
          "destroyed"};
}

inline event_condition condition_of_running(bool waits_added, bool later, bool active) {
  if (later) return event_condition::running_later;
  if (active) return event_condition::running_active;
  return waits_added ? event_condition::running_added : event_condition::running;
}

inline event_condition condition_of(const reference_base& base, int event) {
  const auto& state = base.of(event);
  const auto& queues = base.queues();
  const bool called = base.called() == event;
  const bool timed = base.look_at(event).timed;
  if (!state.exists) return called ? event_condition::running_destroyed : event_condition::destroyed;
  if (state.doomed) return event_condition::doomed;
  if (state.finalized) return event_condition::finalized;
  if (called && base.called_lives()) {
    return condition_of_running(state.watching || timed, queues.is_later(event), queues.is_active(event));
  }
  if (queues.is_later(event)) return event_condition::later_active;
  if (queues.is_active(event)) {
    const reasons why = queues.why(event);
    if (why == reasons::timeout) return event_condition::active_by_timeout;
    return any(why, reasons::readable | reasons::writable | reasons::failed) ? event_condition::active_by_readiness
                                                                             : event_condition::active_by_activation;
  }
  if (state.watching) return timed ? event_condition::added_timed : event_condition::added;
  if (timed) return event_condition::timed;
  return state.touched ? event_condition::removed : event_condition::fresh;
}

}  // namespace pinwheel::testing::model
