// Where a server's log lines go unless the user has set a hook: to standard error, written by a thread of their own.
//
// Threads:   made and ended by any thread; several may live at a time and share one writer.
// Ownership: the last one alive writes out what waits, ends the writer and restores the hook that was there before.
// Limits:    at most 8,192 lines wait; then the oldest is dropped. Logging never waits for the terminal or the disk.
#pragma once

namespace pinwheel {
inline namespace v0 {

class async_log {
 public:
  // Does nothing while a hook of the user's is set.
  async_log();
  ~async_log();
  async_log(const async_log&) = delete;
  async_log& operator=(const async_log&) = delete;
};

}  // namespace v0
}  // namespace pinwheel
