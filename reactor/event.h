// What a loop calls back for: a descriptor, a signal, a timeout, any of them together, or only an activation.
//
// Threads:   loop-bound. From elsewhere: event_base_handle with ref().
// Ownership: borrows its base and its descriptor; is owned by the user, and may be destroyed at any time, also by
//            its own callback. Neither copied nor moved.
// Errors:    add() answers what the kernel said; nothing was added then.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "pinwheel/reactor/base/inline_function.h"
#include "pinwheel/reactor/base/io_result.h"
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

// A signal's number, as in signal(7).
enum class signal_number : int {};

class event : private io_watch, private timer_node {
 public:
  using callback = inline_function<void(event& self, reasons why)>;

  // Without a descriptor: a timer, or a user event (SEMANTICS I3).
  event(event_base& base, event_life life, callback called);
  // Watches a descriptor.
  event(event_base& base, int descriptor, interest what, event_life life, callback called);
  // Hears a signal; the callback runs once for each delivery (SEMANTICS C3, S1 to S3).
  event(event_base& base, signal_number signal, event_life life, callback called);
  ~event();

  // Starts watching, without a timeout; an armed timeout stays as it is (SEMANTICS T4).
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

  // Added (with a descriptor, a signal or a timeout) or active.
  [[nodiscard]] bool is_pending() const noexcept;
  [[nodiscard]] bool is_active() const noexcept { return is_waiting(); }
  [[nodiscard]] bool has_timeout() const noexcept { return is_armed(); }
  using io_watch::descriptor;

  [[nodiscard]] event_base& base() const noexcept { return base_; }
  // Valid until the event is destroyed; stale, and harmless, afterwards.
  [[nodiscard]] event_ref ref();

 private:
  friend class event_base;
  friend class signal_watcher;

  enum class source : std::uint8_t { none, descriptor, signal };

  event(event_base& base, source from, event_life life, callback called);

  static void run(active_item& self);
  static void timed_out(timer_node& self);
  void run_callback(reasons why);
  void rearm_timeout(reasons why, duration interval);
  io_result start_watching();
  void stop_watching();

  event_base& base_;
  callback callback_;                 // Empty exactly while it runs.
  std::optional<duration> interval_;  // The timeout it was last given.
  time_point scheduled_{};            // The deadline that the timeout last ran for.
  event_ref ref_;                     // Set at the first ref().
  std::uint64_t deliveries_ = 0;      // Of a signal, still to be called back for.
  source source_;
  event_life life_;
  bool signal_added_ = false;  // Set exactly while the base's signal watcher knows it.
};

}  // namespace v0
}  // namespace pinwheel
