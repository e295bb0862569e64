// Names a loop from any thread, also when that loop may be gone: the one way to give work to another thread's loop.
//
// Threads:   any; a value, cheap to copy.
// Ownership: keeps the loop's mailbox alive, not the loop.
// Errors:    every call says whether it was taken.
// Limits:    at most `mailbox_tasks_max` tasks may wait; then `full`.
#pragma once

#include <utility>

#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/base/task.h"
#include "pinwheel/reactor/event_ref.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel {
inline namespace v0 {

class mailbox;

enum class post_result {
  taken,  // Will be run, or destroyed unrun: by the loop as it ends, or by whoever drops the last handle.
  gone,   // The loop has ended; nothing was kept.
  full,   // Too much waits already; nothing was kept.
};

class event_base_handle {
 public:
  event_base_handle() noexcept = default;             // Names no loop; everything answers `gone`.
  explicit event_base_handle(mailbox* box) noexcept;  // Shares an existing mailbox.
  event_base_handle(const event_base_handle& other) noexcept : event_base_handle(other.mailbox_) {}
  event_base_handle(event_base_handle&& other) noexcept : mailbox_(std::exchange(other.mailbox_, nullptr)) {}
  event_base_handle& operator=(event_base_handle other) noexcept {
    std::swap(mailbox_, other.mailbox_);
    return *this;
  }
  ~event_base_handle();

  // Runs `work` on the loop, at the base's task priority. The tasks of one producer (a loop, or a thread that is in no
  // loop's turn) run in the order it posted them (SEMANTICS N14). When the answer is not `taken`, `work` is left with
  // the caller. A task that holds a handle to the very loop it is posted to keeps that loop's mailbox alive if it is
  // never run. REQUIRES: `work` is not empty.
  post_result post(task&& work) const;

  // As the calls of event_base of the same names; taken effect within one callback (SEMANTICS L12, L14, L15).
  [[nodiscard]] post_result loop_exit(duration after = duration::zero()) const;
  [[nodiscard]] post_result loop_break() const;
  [[nodiscard]] post_result loop_continue() const;

  // As the calls of event of the same names; a reference that is stale over there does nothing. Where adding fails, the
  // event is activated with reasons::failed. REQUIRES: timeout >= 0.
  [[nodiscard]] post_result activate(event_ref which, reasons why = reasons::user) const;
  // As activate(), and never `full`. REQUIRES: the event has run since the last of these, whosever it was.
  [[nodiscard]] post_result activate_always(event_ref which) const;
  [[nodiscard]] post_result add(event_ref which) const;
  [[nodiscard]] post_result add(event_ref which, duration timeout) const;
  [[nodiscard]] post_result remove(event_ref which) const;

  // Removes, and returns when the callback neither runs nor will: within one callback of that loop, however long it
  // takes. In that loop's own turn it never waits. A base that nobody runs is touched by the caller instead, for as
  // long as it takes to take its mailbox; its owner may run or destroy it at that time, and does everything else inside
  // an event_base::owner_scope (debug builds abort otherwise). An event that is gone counts as removed (SEMANTICS N7).
  // REQUIRES: that loop does not wait for this thread. Two loops that wait for each other: debug builds abort, release
  // builds hang; use remove_async().
  [[nodiscard]] post_result remove_and_wait(event_ref which) const;
  // Removes without waiting; `removed` runs as a task on that loop when the callback neither runs nor will. Answers and
  // ownership are those of post(): when the answer is not `taken`, nothing was removed (SEMANTICS N8).
  [[nodiscard]] post_result remove_async(event_ref which, task&& removed) const;

  explicit operator bool() const noexcept { return mailbox_ != nullptr; }
  friend bool operator==(const event_base_handle&, const event_base_handle&) noexcept = default;

 private:
  friend class posted_to;

  // A command: takes effect as the mailbox is taken, not in a queue.
  post_result send_command(task&& command) const;

  mailbox* mailbox_ = nullptr;
};

}  // namespace v0
}  // namespace pinwheel
