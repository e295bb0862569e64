// One loop's wait for another, noted while it lasts: in debug builds a circle of them aborts instead of hanging.
//
// Threads:   made on the thread that waits; end() on any.
// Ownership: borrows nothing: it knows mailboxes by their address. The waiter shares the one it waits for.
// Errors:    a circle is the caller's error; release builds hang in it.
// Cost:      nothing in release builds.
#pragma once

namespace pinwheel {
inline namespace v0 {

class mailbox;

class loop_wait {
 public:
  // From now on every loop whose turn this thread is in waits for `awaited`'s.
  explicit loop_wait(const mailbox& awaited);
  ~loop_wait() { end(); }
  loop_wait(const loop_wait&) = delete;
  loop_wait& operator=(const loop_wait&) = delete;

  // What was waited for has come, or will not: said by whoever made it so, before anything that could wait in turn.
  void end() noexcept;
};

}  // namespace v0
}  // namespace pinwheel
