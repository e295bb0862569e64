// What a loop calls back for: a descriptor, a signal, a timeout, any of them together, or only an activation.
//
// Threads:   loop-bound. From elsewhere: event_base_handle with ref().
// Ownership: borrows its base and its descriptor; is owned by the user, and may be destroyed at any time, also by
//            its own callback. Neither copied nor moved.
// Errors:    add() answers what the kernel said; nothing was added then.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "pinwheel/reactor/base/inline_function.h"
#include "pinwheel/reactor/base/intrusive_list.h"
#include "pinwheel/reactor/base/io_result.h"
#include "pinwheel/reactor/base/task.h"
#include "pinwheel/reactor/event_ref.h"
#include "pinwheel/reactor/io_watch.h"
#include "pinwheel/reactor/timing_wheel.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

enum class event_life : std::uint8_t {
  one_shot,    // Removed, with its timeout, before its callback runs (SEMANTICS C1).
  persistent,  // Stays; its timeout is re-armed before its callback runs (SEMANTICS C2, T3).
};

// When a persistent event's timeout is due again (SEMANTICS T3).
enum class event_repeat : std::uint8_t {
  as_scheduled,  // After a timeout: an interval behind its deadline, or behind now if that is past. Else: behind now.
  fixed_rate,    // On the grid of whole intervals behind the first deadline, whatever else activates it; what was
                 // missed is skipped.
  fixed_delay,   // An interval after the callbacks of the turn in which it ran, whatever it ran for.
};

// A signal's number, as in signal(7).
enum class signal_number : int {};

// What can be seen of an event from outside (SEMANTICS D2).
struct event_state {
  enum class source : std::uint8_t { none, descriptor, signal };

  source waits_for = source::none;
  int number = -1;  // The descriptor or signal; -1 without.
  interest watched = interest::none;
  event_life life = event_life::one_shot;
  unsigned priority = 0;
  bool added = false;                  // Waits for its descriptor, signal or timeout.
  bool active = false;                 // Waits to be run, now or from the next turn on.
  reasons why = reasons::none;         // Gathered while it is active.
  std::optional<time_point> deadline;  // Of its timeout; none while a callback's timers await placing (T11).
  std::optional<duration> interval;    // The timeout it was last given.
};

struct event_tag;

class event : private io_watch, private timer_node, private list_hook<event_tag> {
 public:
  using callback = inline_function<void(event& self, reasons why)>;

  // Without a descriptor: a timer, or a user event (SEMANTICS I3).
  event(event_base& base, event_life life, callback called);
  // Watches a descriptor.
  event(event_base& base, int descriptor, interest what, event_life life, callback called);
  // Hears a signal; the callback runs once for each delivery (SEMANTICS C3, S1 to S3).
  event(event_base& base, signal_number signal, event_life life, callback called);
  ~event();

  // Starts watching, without a timeout; an armed timeout stays as it is (SEMANTICS T4). All three answer EINVAL once
  // the event is finalized.
  io_result add();
  // Starts watching, and arms or re-arms the timeout (T1, T2). In a callback the timeout counts from the end of this
  // turn's callbacks (T11). REQUIRES: timeout >= 0.
  io_result add(duration timeout);
  // The same with an exact deadline. A persistent event repeats at the timeout it was last given.
  io_result add_at(time_point deadline);

  // No callback any more, whatever had become of it (T13).
  void remove();
  // Disarms the timeout and keeps the rest (T5).
  void remove_timeout();

  // Runs the callback at its priority, once however often it is asked for (A4).
  void activate(reasons why = reasons::user);
  // The same, but from the next turn on (A10).
  void activate_later(reasons why = reasons::user);

  // Answers false, and changes nothing, while the event is active (A3).
  // REQUIRES: below the base's number of priorities.
  bool set_priority(unsigned priority);
  using io_watch::priority;

  // Of a persistent event; from the next time it runs on.
  void set_repeat(event_repeat repeat) noexcept { repeat_ = repeat; }

  // Removes the event for good: it is never added, activated or run again. `finalizer` runs once, on the loop, when
  // every callback of this turn has unwound, or with the base's end (SEMANTICS C5). It must not throw; it may destroy
  // the event. REQUIRES: not finalized before.
  void finalize(task finalizer);
  // The same, and destroys the event behind the finalizer.
  static void finalize_and_delete(std::unique_ptr<event> doomed, task finalizer);
  [[nodiscard]] bool is_finalized() const noexcept { return finalized_; }

  // Waits for a descriptor, a signal or a timeout.
  [[nodiscard]] bool is_added() const noexcept { return io_watch::is_added() || signal_added_ || is_armed(); }
  // Added or active.
  [[nodiscard]] bool is_pending() const noexcept { return is_added() || is_active(); }
  [[nodiscard]] bool is_active() const noexcept { return is_waiting(); }
  [[nodiscard]] bool has_timeout() const noexcept { return is_armed(); }
  [[nodiscard]] event_state state() const noexcept;
  using io_watch::descriptor;

  [[nodiscard]] event_base& base() const noexcept { return base_; }
  // Valid until the event is destroyed; stale, and harmless, afterwards.
  [[nodiscard]] event_ref ref();

 private:
  friend class event_base;
  friend class event_registry;
  friend class intrusive_list<event, event_tag>;
  friend class signal_watcher;

  using source = event_state::source;

  event(event_base& base, source from, event_life life, callback called);

  static void run(active_item& self);
  static void timed_out(timer_node& self);
  void run_callback(reasons why);
  void rearm_timeout(reasons why, duration interval);
  io_result start_watching();
  void stop_watching();
  void give_up() noexcept;
  void recount() noexcept;

  event_base& base_;
  callback callback_;                 // Empty exactly while it runs.
  std::optional<duration> interval_;  // The timeout it was last given.
  time_point scheduled_{};            // The deadline that the timeout last ran for.
  event_ref ref_;                     // Set at the first ref().
  std::uint64_t deliveries_ = 0;      // Of a signal, since it last began to run: to be called back for by the next run.
  std::uint64_t repeats_ = 0;         // Of the run in progress, still to come.
  source source_;
  event_life life_;
  event_repeat repeat_ = event_repeat::as_scheduled;
  bool signal_added_ = false;      // Set exactly while the base's signal watcher knows it.
  bool counted_as_added_ = false;  // In the base's count of added events.
  bool finalized_ = false;
};

}  // namespace v0
}  // namespace pinwheel
