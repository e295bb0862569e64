// What a case of the conformance suite may ask of the loop under test, in words that fit every loop.
//
// A case says what it expects in these calls alone, so the same text runs over every backend of Pinwheel and over
// libevent. An operation that a loop has no public call for ends the case with the outcome `absent`.
//
// Threads:   a loop and its events belong to the thread that runs the case, `elsewhere` to any.
// Ownership: a loop owns the events it made; each stays a valid object, also after destroy(), until the loop dies.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pinwheel/reactor/event_base.h"

namespace pinwheel::conformance {

using called = std::function<void(reasons)>;
using action = std::function<void()>;

// What an event waits for. Nothing named: a timer, or a user event.
struct watch {
  int descriptor = -1;
  interest what = interest::none;
  int signal = 0;
  bool persistent = false;
};

class tested_event {
 public:
  tested_event() = default;
  tested_event(const tested_event&) = delete;
  tested_event& operator=(const tested_event&) = delete;
  virtual ~tested_event() = default;

  // Each answers whether it was taken.
  virtual bool add() = 0;
  virtual bool add(duration timeout) = 0;
  virtual bool add_at(time_point deadline) = 0;

  virtual void remove() = 0;
  virtual void remove_timeout() = 0;
  virtual void activate(reasons why = reasons::user) = 0;
  virtual void activate_later(reasons why = reasons::user) = 0;
  virtual bool set_priority(unsigned priority) = 0;  // False: refused.
  [[nodiscard]] virtual unsigned priority() const = 0;
  [[nodiscard]] virtual bool is_pending() const = 0;  // Added or active.
  [[nodiscard]] virtual bool has_timeout() const = 0;

  virtual void repeat_at_fixed_rate() = 0;
  virtual void repeat_at_fixed_delay() = 0;

  virtual void finalize(action finalizer) = 0;
  virtual void finalize_and_delete(action finalizer) = 0;
  virtual void destroy() = 0;  // At once, also inside its own callback. No other call may follow.
};

// One end of a connection that a case makes readable, writable or broken at will. Not readable and writable at first.
class channel {
 public:
  channel() = default;
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  virtual ~channel() = default;

  [[nodiscard]] virtual int descriptor() const = 0;
  virtual void make_readable() = 0;  // Any thread over a real kernel; simulated: also in another_thread().
  virtual void read_empty() = 0;
  virtual void make_unwritable() = 0;
  virtual void shut_down_peer() = 0;  // The peer sends no more: readable, and an early close.
  virtual void close_peer() = 0;      // The whole connection has failed.
  virtual void reopen() = 0;          // Closed, and a new one under the same number.
  // The number is closed while another keeps the file open; then it means that file again.
  virtual void hide_number() = 0;
  virtual void show_number() = 0;
};

// The same calls as seen by another thread.
class elsewhere {
 public:
  elsewhere() = default;
  elsewhere(const elsewhere&) = delete;
  elsewhere& operator=(const elsewhere&) = delete;
  virtual ~elsewhere() = default;

  virtual void activate(tested_event& which) = 0;
  virtual void add(tested_event& which) = 0;
  virtual void add(tested_event& which, duration timeout) = 0;
  virtual void remove(tested_event& which) = 0;           // Does not wait for a running callback.
  virtual void remove_and_wait(tested_event& which) = 0;  // Waits while its callback runs.
  virtual void remove_async(tested_event& which, action removed) = 0;
  virtual post_result post(action work) = 0;
  virtual void exit_loop(duration after = duration::zero()) = 0;
  virtual void break_loop() = 0;
  virtual void continue_loop() = 0;
};

struct loop_options {
  unsigned priorities = 1;
  dispatch_options dispatch = {};
  bool cache_time = true;
  bool precise_timeouts = false;
  bool change_list = false;
  std::size_t mailbox_tasks_max = 1 << 20;  // Of Pinwheel only.
  // Any of these: the loop chooses its backend itself.
  std::vector<std::string> avoid_backends = {};
  std::vector<std::string> avoid_by_environment = {};
  bool require_edge_triggered = false;
  bool debug_mode = false;       // libevent's; Pinwheel's debug builds always check.
  bool announce_threads = true;  // libevent's: whether the program says that it has any.
};

class tested_loop {
 public:
  tested_loop() = default;
  tested_loop(const tested_loop&) = delete;
  tested_loop& operator=(const tested_loop&) = delete;
  virtual ~tested_loop() = default;

  virtual tested_event& make(watch what, called callback) = 0;
  // For a callback that does something with its own event.
  tested_event& make(watch what, std::function<void(tested_event& self, reasons why)> callback) {
    auto self = std::make_shared<tested_event*>(nullptr);
    tested_event& made = make(what, [self, callback = std::move(callback)](reasons why) { callback(**self, why); });
    return *(*self = &made);
  }
  virtual channel& open_channel() = 0;

  // Runs the loop. `refused` and `backend_failed` are one answer in libevent, which its adapter tells apart.
  virtual loop_result run(loop_flags flags = loop_flags::none) = 0;
  virtual void exit_loop(duration after = duration::zero()) = 0;
  virtual void break_loop() = 0;
  virtual void continue_loop() = 0;
  [[nodiscard]] virtual bool got_exit() const = 0;
  [[nodiscard]] virtual bool got_break() const = 0;

  virtual post_result post(action work) = 0;
  virtual void delete_later(action destroyed) = 0;  // Of an object whose destructor does this.
  virtual bool once(duration delay, called callback) = 0;
  virtual bool once(int descriptor, interest what, called callback) = 0;
  virtual bool once(int descriptor, interest what, duration timeout, called callback) = 0;
  virtual void activate_descriptor(int descriptor, reasons why) = 0;
  virtual void activate_signal(int signal) = 0;

  virtual bool set_priorities(unsigned count) = 0;  // False: refused.
  virtual void hold() = 0;
  virtual void release() = 0;

  // The loop's cached time, and what its clock says: over libevent not comparable with each other.
  [[nodiscard]] virtual time_point now() const = 0;
  [[nodiscard]] virtual time_point clock_now() const = 0;
  virtual void refresh_time() = 0;
  // Time passes only in waits and in let_pass(): upper bounds can be asserted.
  [[nodiscard]] virtual bool time_is_virtual() const = 0;
  // Lets time pass, in a callback or outside of the loop, without giving the processor away.
  virtual void let_pass(duration time) = 0;

  // `what` happens on another thread, `delay` from now on; where time is virtual, while the loop waits. Joined when the
  // loop object dies.
  virtual void another_thread(duration delay, action what) = 0;
  // At once, on a real thread everywhere: for what happens while a callback runs, without regard to time. Joined
  // likewise.
  virtual void real_thread(action what) = 0;
  virtual elsewhere& from_elsewhere() = 0;
  // The same, to be kept for longer than the loop.
  [[nodiscard]] virtual std::unique_ptr<elsewhere> outliving_handle() const = 0;
  // Adds an event that the loop does not know, or lets one outlive the loop: what it calls a misuse (D5).
  virtual void use_unknown_event() = 0;

  // Watchers live as long as what is returned.
  using watcher = std::shared_ptr<void>;
  virtual watcher watch_prepare(std::function<void(std::optional<duration> tentative_wait)> prepared) = 0;
  virtual watcher watch_check(action checked) = 0;

  [[nodiscard]] virtual event_counts counts() const = 0;
  [[nodiscard]] virtual event_counts maxima() const = 0;
  virtual void reset_maxima() = 0;
  [[nodiscard]] virtual std::vector<tested_event*> walk() = 0;
  [[nodiscard]] virtual tested_event* running_event() const = 0;  // Null: none.
  [[nodiscard]] virtual std::string dump() const = 0;
  [[nodiscard]] virtual std::string dump_json() const = 0;
  virtual void validate() const = 0;
  [[nodiscard]] virtual std::string backend_name() const = 0;
  [[nodiscard]] virtual notifier_kind notifier() const = 0;

  // How often the backend asked for readiness, and was told what to watch, in this process.
  [[nodiscard]] virtual std::size_t polls() const = 0;
  [[nodiscard]] virtual std::size_t changes() const = 0;
  // Wake-ups written to the loop and, over libevent, not yet seen by it.
  [[nodiscard]] virtual std::size_t notifications() const = 0;

  virtual void fail_next_poll(int error) = 0;  // With this errno.
  virtual bool reinit_after_fork() = 0;
  virtual void expect_exceptions() = 0;  // Callbacks of this case throw.
};

}  // namespace pinwheel::conformance
