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

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
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
#include "pinwheel/reactor/event_registry.h"
#include "pinwheel/reactor/event_slots.h"
#include "pinwheel/reactor/loop_exits.h"
#include "pinwheel/reactor/loop_watcher.h"
#include "pinwheel/reactor/mail_taker.h"
#include "pinwheel/reactor/notifier.h"
#include "pinwheel/reactor/once_callbacks.h"
#include "pinwheel/reactor/posted_to.h"
#include "pinwheel/reactor/signal_watcher.h"
#include "pinwheel/reactor/task_queue.h"
#include "pinwheel/reactor/timing_wheel.h"

namespace pinwheel {
inline namespace v0 {

struct event_base_options {
  std::string backend = "auto";  // Or its name: epoll, poll (SEMANTICS I10; see backend_choice.h).
  std::vector<std::string> avoid_backends = {};
  backend_features required_features = backend_features::none;
  bool change_list = false;  // Over epoll: a turn's changes are gathered (I7); see backend_options.
  unsigned priorities = 1;   // 1 to 255; 0 is the most important (SEMANTICS A1).
  dispatch_options dispatch = {};
  notifier_kind notifier = notifier_kind::eventfd;
  bool precise_timeouts = false;
  bool cache_time = true;  // now() in a turn is the turn's one reading of the clock (T10); else the time now.
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

// How much is in a base (SEMANTICS D1).
struct event_counts {
  std::size_t added = 0;   // Events that wait for a descriptor, a signal or a timeout.
  std::size_t active = 0;  // Callbacks to be run, now or from the next turn on; internal ones count nowhere.
  std::size_t holds = 0;
};

enum class signal_number : int;

enum class loop_result {
  left,            // Told to, or what the flags ask for is done.
  left_active,     // Under nonblock what it asks for is done, and callbacks wait to be run by the next call.
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

  // For an owner who touches a base that nobody runs while other threads may still remove_and_wait() from it (N7):
  // keeps them out, as loop() does, which is refused meanwhile.
  class owner_scope {
   public:
    // REQUIRES: nobody runs the base.
    explicit owner_scope(event_base& base);
    ~owner_scope();
    owner_scope(const owner_scope&) = delete;
    owner_scope& operator=(const owner_scope&) = delete;

   private:
    friend class event_base;
    struct run_begun {};  // The run flag is taken already.

    static event_base& begin_run(event_base& base);
    owner_scope(event_base& base, run_begun) : base_(base), current_(base, *base.posted_to_) {}

    event_base& base_;
    current_loop::scope current_;
  };

  // Leaves once `after` is over and what is active at that moment has run (L12, L13).
  void loop_exit(duration after = duration::zero());
  // Leaves when the running callback returns (L14).
  void loop_break();
  // Ends the pass when the running callback returns, polls, and starts again from the highest priority (L15). Under
  // nonblock the next call does.
  void loop_continue();
  // What ended the last loop(); cleared by the next one's start (L16).
  [[nodiscard]] bool got_exit() const noexcept { return got_exit_; }
  [[nodiscard]] bool got_break() const noexcept { return got_break_; }

  // Runs `work` on a later turn. Answers and order as event_base_handle::post: what was posted in this loop's
  // callbacks and what was posted outside of every loop are two producers.
  post_result post(task&& work) { return handle_.post(std::move(work)); }
  // Runs `work` once, after `delay`; in a callback counted from the end of this turn's callbacks (T11).
  void after(duration delay, task&& work);

  // Calls back once, without an event of the caller's; answers what event::add does (I12).
  io_result once(duration timeout, once_callback called) { return once_.add(timeout, std::move(called)); }
  io_result once(int descriptor, interest what, once_callback called) {
    return once_.add(descriptor, what, std::move(called));
  }
  io_result once(int descriptor, interest what, duration timeout, once_callback called) {
    return once_.add(descriptor, what, timeout, std::move(called));
  }

  // Activates whatever watches this descriptor for any of `what`, or hears this signal, as if the kernel had (I11).
  void activate_descriptor(int descriptor, reasons what);
  void activate_signal(signal_number signal);

  // Destroys `object` after every callback of this turn has unwound; before the next run when no loop runs.
  template <class T>
  void delete_later(std::unique_ptr<T> object) {
    assert_on_loop("event_base::delete_later");
    deletes_.add(std::move(object));
  }
  // An event is finalized at once: its callback does not run any more (C5).
  void delete_later(std::unique_ptr<event> doomed);

  // The time read once this turn, after the wait; outside of loop(), or uncached, the time now (T10).
  [[nodiscard]] time_point now() const;
  // Reads the clock again for the rest of this turn.
  void refresh_time();
  [[nodiscard]] clock_source& clock() const noexcept { return *clock_; }

  [[nodiscard]] const event_base_handle& handle() const noexcept { return handle_; }
  // The number of this base among the process's: small, unique while it lives, below loops_max.
  [[nodiscard]] unsigned number() const noexcept { return posted_to_->lease()->number(); }
  [[nodiscard]] std::string_view backend_name() const { return backend_->name(); }
  [[nodiscard]] unsigned priorities() const noexcept { return queues_.priorities(); }
  // Changes their number, and with it the priority of tasks to come; events keep theirs. Answers false, and changes
  // nothing, while anything is active or an event or a stream has a priority that would go (A1).
  // REQUIRES: 1 <= priorities <= priorities_max.
  bool set_priorities(unsigned priorities);
  [[nodiscard]] unsigned middle_priority() const noexcept { return queues_.priorities() / 2; }  // A2, and of tasks.

  // A held base waits for other threads though nothing is registered (N12).
  void hold() noexcept;
  void release() noexcept;

  // When the loop will next have something to do by time alone; a simulation moves its clock there.
  [[nodiscard]] std::optional<time_point> next_deadline() const;
  // Whether the next turn has something to run already: active, to be active then, or in the mailbox.
  [[nodiscard]] bool has_work() const;

  // What is in the base, and the most that it was since reset_maxima() (D1).
  [[nodiscard]] event_counts counts() const;
  [[nodiscard]] event_counts maxima() const;
  void reset_maxima();
  // Calls for each pending event, in order of construction, until it answers false (D2).
  // REQUIRES: `visit` neither makes nor destroys an event.
  void for_each_event(absl::FunctionRef<bool(event&)> visit) const;
  // All of that and every pending event, to be read by people, or as one JSON object (D2).
  [[nodiscard]] std::string dump() const;
  [[nodiscard]] std::string dump_json() const;
  // The event whose callback runs; null outside of callbacks, and when it was destroyed (D6).
  [[nodiscard]] event* running_event() const;
  // Checks every invariant of the base and of what is in it (D3).
  void validate() const;

  // In the child after fork(2): gives it a kernel's side of its own, adds again what is added, and runs the fork
  // watchers (I13). REQUIRES: called by the thread that forked, before anything of this base is removed or destroyed
  // there; no other thread was posting to it, and no signal handler of ours was running, at the fork.
  absl::Status reinit_after_fork();

  // For those who build on the base rather than on events (streams, timeouts inside larger objects).
  [[nodiscard]] timing_wheel& timers() { return on_loop("event_base::timers", timers_); }
  [[nodiscard]] descriptor_map& descriptors() { return on_loop("event_base::descriptors", descriptors_); }
  [[nodiscard]] active_queues& queues() { return on_loop("event_base::queues", queues_); }
  [[nodiscard]] delete_queue& deletes() { return on_loop("event_base::deletes", deletes_); }
  [[nodiscard]] loop_watchers& prepare_watchers() { return on_loop("prepare_watcher", prepare_); }
  [[nodiscard]] loop_watchers& check_watchers() { return on_loop("check_watcher", check_); }
  [[nodiscard]] loop_watchers& fork_watchers() { return on_loop("fork_watcher", forked_); }
  // Arms a raw timer for `delay` from now, by T11 when in a turn.
  void arm_after(timer_node& node, duration delay);

  // The event that the reference names; null when it is gone.
  [[nodiscard]] event* find(event_ref which) const;
  // Notifications written to this base, ever (N5).
  [[nodiscard]] std::size_t notifications() const noexcept;

  // Debug builds: aborts with the name of the call when another thread runs this base (N1).
  void assert_on_loop([[maybe_unused]] const char* call) const {
#ifndef NDEBUG
    if (current_loop::base() != this && is_held()) {
      base::check_failed(__FILE__, __LINE__, call, "called on another thread than the loop's; use event_base_handle");
    }
#endif
  }

 private:
  friend class event;
  friend class loop_wait;
  friend class removal;

  class turn_scope;

  event_base(const event_base_options& options, std::unique_ptr<backend> kernel, notifier wake,
             std::shared_ptr<loop_number_lease> number);

  template <class T>
  T& on_loop(const char* call, T& part) const {
    assert_on_loop(call);
    return part;
  }

  io_result watch_notifier();
  [[nodiscard]] bool is_held() const noexcept;  // By a loop() or by a remover; see run_flag.
  std::optional<loop_result> leave_if_asked();
  loop_result leave();
  [[nodiscard]] bool has_nothing_to_do() const noexcept;
  [[nodiscard]] std::optional<duration> choose_wait(bool nonblock) const;
  bool wait_for_work(loop_flags flags);
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
  event_registry registry_;
  loop_watchers prepare_;
  loop_watchers check_;
  loop_watchers forked_;
  loop_exits exits_;
  delete_queue deletes_;
  task_queue tasks_;  // Behind all that what an unrun task holds needs to be destroyed.
  mail_taker mail_;
  dispatcher dispatcher_;
  once_callbacks once_;
  io_watch notifier_watch_;
  event* running_event_ = nullptr;  // Set exactly while its callback runs and it has not been destroyed.
  time_point turn_time_{};
  const bool cache_time_;
  gauge holds_;
  std::uint32_t round_ = 0;  // Of runs under once and nonblock (L4).
  bool in_turn_ = false;     // Set exactly from the reading of the clock to the end of the turn.
  bool got_exit_ = false;
  bool got_break_ = false;
};

}  // namespace v0
}  // namespace pinwheel
