// One loop: waits for descriptors, timers, signals and other threads, and runs their callbacks by priority.
//
//   auto base = pinwheel::event_base::create({}).value();
//   pinwheel::event tick(*base, pinwheel::event_life::persistent, [](auto&, auto) { std::puts("tick"); });
//   (void)tick.add(std::chrono::seconds(1));
//   base->loop();
//
// Every rule of what it promises has a number (SEMANTICS L1 to D6), and its test bears that number in its name.
//
// Threads:   loop-bound: everything here belongs to the thread inside loop(), or to the owner while nobody is.
//            Other threads hold an event_base_handle.
// Ownership: borrows its clock and its events; all events are destroyed before it.
// Errors:    a callback's exception leaves loop(); the base can be run again (SEMANTICS C7).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pinwheel/reactor/active_queues.h"
#include "pinwheel/reactor/backend.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/base/task.h"
#include "pinwheel/reactor/current_loop.h"
#include "pinwheel/reactor/delete_queue.h"
#include "pinwheel/reactor/descriptor_map.h"
#include "pinwheel/reactor/dispatch.h"
#include "pinwheel/reactor/event_base_handle.h"
#include "pinwheel/reactor/event_ref.h"
#include "pinwheel/reactor/event_slots.h"
#include "pinwheel/reactor/loop_exits.h"
#include "pinwheel/reactor/mail_taker.h"
#include "pinwheel/reactor/notifier.h"
#include "pinwheel/reactor/posted_to.h"
#include "pinwheel/reactor/signal_watcher.h"
#include "pinwheel/reactor/task_queue.h"
#include "pinwheel/reactor/timing_wheel.h"

namespace pinwheel {
inline namespace v0 {

struct event_base_options {
  std::string backend = "epoll";
  unsigned priorities = 1;  // 1 to 255; 0 is the most important (SEMANTICS A1).
  dispatch_options dispatch = {};
  notifier_kind notifier = notifier_kind::eventfd;
  bool precise_timeouts = false;
  std::size_t mailbox_tasks_max = 1 << 20;
  clock_source* clock = nullptr;  // Null: CLOCK_MONOTONIC.
};

// How one call of loop() runs; combine with |. None: until there is nothing to do, or told to stop (L1).
enum class loop_flags : unsigned {
  none = 0,
  once = 1,      // Leaves when a callback ran and none is active (L2).
  nonblock = 2,  // One turn without waiting (L3); with once: also what its callbacks activated (L4).
  stay = 4,      // Goes on waiting when nothing is registered (L5).
};
[[nodiscard]] constexpr loop_flags operator|(loop_flags a, loop_flags b) {
  return static_cast<loop_flags>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

enum class loop_result {
  left,            // Told to, or what the flags ask for is done.
  left_active,     // The same under nonblock, and callbacks wait to be run by the next call.
  nothing_to_do,   // Nothing is registered or active.
  backend_failed,  // The wait failed; the reason was logged.
  refused,         // Called inside a callback, or while another thread runs this base (L7).
};

class event_base {
 public:
  // Fails when the kernel gives no descriptor, or an option is out of range.
  static absl::StatusOr<std::unique_ptr<event_base>> create(const event_base_options& options);
  // Over a backend of the caller's making, such as a simulated_backend.
  static absl::StatusOr<std::unique_ptr<event_base>> create(const event_base_options& options,
                                                            std::unique_ptr<backend> kernel);
  ~event_base();
  event_base(const event_base&) = delete;
  event_base& operator=(const event_base&) = delete;

  // The base whose turn this thread is in; null outside.
  [[nodiscard]] static event_base* current() noexcept;

  loop_result loop(loop_flags flags = loop_flags::none);

  // Leaves once `after` is over and what is active at that moment has run (L12, L13).
  void loop_exit(duration after = duration::zero());
  // Leaves when the running callback returns (L14).
  void loop_break();
  // Ends the pass when the running callback returns, polls, and starts again from the highest priority (L15).
  void loop_continue();
  // What ended the last loop(); cleared by the next one's start (L16).
  [[nodiscard]] bool got_exit() const noexcept { return got_exit_; }
  [[nodiscard]] bool got_break() const noexcept { return got_break_; }

  // Runs `work` on a later turn. Answers and order as event_base_handle::post: what was posted in this loop's
  // callbacks and what was posted outside of every loop are two producers.
  post_result post(task&& work) { return handle_.post(std::move(work)); }
  // Runs `work` once, after `delay`; in a callback counted from the end of this turn's callbacks (T11).
  void after(duration delay, task&& work);

  // Destroys `object` after every callback of this turn has unwound; before the next run when no loop runs.
  template <class T>
  void delete_later(std::unique_ptr<T> object) {
    assert_on_loop("event_base::delete_later");
    deletes_.add(std::move(object));
  }

  // The time read once this turn, after the wait; outside of loop() the time now (T10).
  [[nodiscard]] time_point now() const;
  [[nodiscard]] clock_source& clock() const noexcept { return *clock_; }

  [[nodiscard]] const event_base_handle& handle() const noexcept { return handle_; }
  // The number of this base among the process's: small, unique while it lives, below loops_max.
  [[nodiscard]] unsigned number() const noexcept { return posted_to_->lease()->number(); }
  [[nodiscard]] std::string_view backend_name() const { return backend_->name(); }
  [[nodiscard]] unsigned priorities() const noexcept { return queues_.priorities(); }
  [[nodiscard]] unsigned middle_priority() const noexcept { return queues_.priorities() / 2; }  // A2, and of tasks.

  // A held base waits for other threads though nothing is registered (N12).
  void hold() noexcept;
  void release() noexcept;

  // When the loop will next have something to do by time alone; a simulation moves its clock there.
  [[nodiscard]] std::optional<time_point> next_deadline() const;

  // Checks every invariant of the base and of what is in it (D3).
  void validate() const;

  // For those who build on the base rather than on events (streams, timeouts inside larger objects).
  [[nodiscard]] timing_wheel& timers() noexcept { return timers_; }
  [[nodiscard]] descriptor_map& descriptors() noexcept { return descriptors_; }
  [[nodiscard]] active_queues& queues() noexcept { return queues_; }
  // Arms a raw timer for `delay` from now, by T11 when in a turn.
  void arm_after(timer_node& node, duration delay);
  [[nodiscard]] delete_queue& deletes() noexcept { return deletes_; }

  // The event that the reference names; null when it is gone.
  [[nodiscard]] event* find(event_ref which) const noexcept { return slots_.find(which); }
  // Notifications written to this base, ever (N5).
  [[nodiscard]] std::size_t notifications() const noexcept;

  // Debug builds: aborts with the name of the call when another thread runs this base (N1).
  void assert_on_loop([[maybe_unused]] const char* call) const {
#ifndef NDEBUG
    if (running_.load(std::memory_order_relaxed) && current_loop::base() != this) {
      base::check_failed(__FILE__, __LINE__, call, "called on another thread than the loop's; use event_base_handle");
    }
#endif
  }

 private:
  friend class event;

  class run_scope;
  class turn_scope;

  event_base(const event_base_options& options, std::unique_ptr<backend> kernel, notifier wake,
             std::shared_ptr<loop_number_lease> number);

  io_result watch_notifier();
  std::optional<loop_result> leave_if_asked();
  loop_result leave();
  [[nodiscard]] bool has_nothing_to_do() const noexcept;
  [[nodiscard]] std::optional<duration> choose_wait(bool nonblock) const;
  bool wait_for_work(bool nonblock);
  std::size_t run_active(loop_flags flags);
  void end_turn();
  void place_timers();

  std::unique_ptr<backend> backend_;
  clock_source* clock_;
  active_queues queues_;
  timing_wheel timers_;
  descriptor_map descriptors_;
  mailbox* mailbox_;  // Alive while handle_ is.
  event_base_handle handle_;
  std::unique_ptr<posted_to> posted_to_;
  signal_watcher signals_;
  event_slots slots_;
  loop_exits exits_;
  delete_queue deletes_;
  task_queue tasks_;  // Behind all that what an unrun task holds needs to be destroyed.
  mail_taker mail_;
  dispatcher dispatcher_;
  io_watch notifier_watch_;
  event* running_event_ = nullptr;  // Set exactly while its callback runs and it has not been destroyed.
  time_point turn_time_{};
  std::size_t holds_ = 0;
  std::uint32_t round_ = 0;  // Of `once_nonblock` runs.
  std::atomic<bool> running_{false};
  bool in_turn_ = false;  // Set exactly from the reading of the clock to the end of the turn.
  bool got_exit_ = false;
  bool got_break_ = false;
};

}  // namespace v0
}  // namespace pinwheel
