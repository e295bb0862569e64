// A program: what a user of an event base does outside of the loop, and what each callback does when it runs. Values
// only, so that it can be written at random, made smaller, printed, and played on anything that is a `subject`.
//
// Each run of a callback has a script of its own, so every operation is performed at most once.
#pragma once

#include <cstddef>
#include <vector>

#include "pinwheel/reactor/dispatch.h"
#include "pinwheel/reactor/event.h"

namespace pinwheel::testing::model {

// Times are in milliseconds from now.
enum class verb : unsigned char {
  // Of the event `target`.
  add,
  add_timeout,  // `amount`: the time.
  add_at,       // `amount`: the time, or one that has passed.
  remove,
  remove_timeout,
  activate,        // `amount`: reasons.
  activate_later,  // `amount`: reasons.
  set_priority,    // `amount`: the priority.
  set_repeat,      // `amount`: event_repeat.
  finalize,
  destroy,
  delete_later,
  create,  // Where it was destroyed.
  // The same through the base's handle.
  send_activate,  // `amount`: reasons.
  send_add,
  send_add_timeout,  // `amount`: the time.
  send_remove,
  send_remove_async,   // `amount`: the task for when it is removed.
  elsewhere_activate,  // `amount`: the time at which another thread does it.
  // Of the base.
  loop,       // `amount`: loop_flags.
  loop_exit,  // `amount`: the time.
  loop_break,
  loop_continue,
  send_exit,  // `amount`: the time.
  send_break,
  send_continue,
  elsewhere_break,  // `amount`: the time at which another thread does it.
  hold,
  release,
  refresh_time,
  set_priorities,  // `amount`: how many.
  reset_maxima,
  post,            // `target`: the task.
  elsewhere_post,  // `target`: the task; `amount`: the time at which another thread posts it.
  after,           // `target`: the task; `amount`: the time.
  once_timer,      // The same.
  once_ready,      // `target`: the task; `amount`: the descriptor, to be readable; `when`: the time, or -1 for none.
  watch,           // `target`: the watcher.
  unwatch,         // `target`: the watcher.
  // Of the world.
  set_ready,            // `target`: the descriptor; `amount`: reasons.
  set_ready_at,         // The same; `when`: the time.
  activate_descriptor,  // `target`: the descriptor; `amount`: reasons.
  pass_time,            // `amount`: how much.
  throw_out,            // Of a callback.
};
inline constexpr std::size_t verbs = static_cast<std::size_t>(verb::throw_out) + 1;

struct operation {
  verb what{};
  int target = 0;
  int amount = 0;
  int when = 0;

  friend bool operator==(const operation&, const operation&) = default;
};

using script = std::vector<operation>;

struct event_plan {
  int descriptor = -1;  // Below descriptors_max, or -1: none.
  interest watched = interest::none;
  event_life life = event_life::one_shot;
  unsigned priority = 0;
  std::vector<script> runs;  // What its callback does, by run; nothing in later ones.
};

// The first half of the watchers look before the wait, the others behind it.
inline constexpr int watchers_max = 4;
[[nodiscard]] constexpr bool is_prepare(int watcher) { return watcher < watchers_max / 2; }

struct program {
  unsigned priorities = 1;
  dispatch_options dispatch;
  bool cache_time = true;
  std::vector<event_plan> events;
  std::vector<script> tasks;                       // Those of once_… as well.
  std::vector<script> watcher_runs[watchers_max];  // What each does, by run.
  script outside;
};

inline constexpr int descriptors_max = 3;
// A run of the loop with more callbacks than this is broken off, so that every program ends.
inline constexpr int callbacks_in_a_run_max = 30;

[[nodiscard]] constexpr bool is_of_event(verb what) { return what <= verb::elsewhere_activate; }
[[nodiscard]] constexpr bool is_sent_to_event(verb what) {
  return what >= verb::send_activate && what <= verb::elsewhere_activate;
}
[[nodiscard]] constexpr bool is_of_task(verb what) { return what >= verb::post && what <= verb::once_ready; }
[[nodiscard]] constexpr bool takes_reasons(verb what) {
  return what == verb::activate || what == verb::activate_later || what == verb::send_activate;
}
[[nodiscard]] constexpr bool is_amount_a_time(verb what) {
  switch (what) {
    case verb::add_timeout:
    case verb::add_at:
    case verb::send_add_timeout:
    case verb::elsewhere_activate:
    case verb::loop_exit:
    case verb::send_exit:
    case verb::elsewhere_break:
    case verb::elsewhere_post:
    case verb::after:
    case verb::once_timer:
    case verb::pass_time:
      return true;
    default:
      return false;
  }
}

}  // namespace pinwheel::testing::model
