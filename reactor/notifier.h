// Wakes a loop's wait from another thread: a descriptor that becomes readable.
//
// Threads:   notify(): any thread, and signal handlers. The rest: the loop's thread.
// Ownership: owns its descriptors.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel {
inline namespace v0 {

enum class notifier_kind {
  eventfd,  // eventfd(2); where the backend has edges it is watched edge-triggered and never read.
  pipe,     // pipe2(2), for where there is no eventfd; read empty at each wake-up.
};

class notifier {
 public:
  static absl::StatusOr<notifier> create(notifier_kind kind);
  notifier(notifier&& other) noexcept;
  notifier& operator=(notifier&&) = delete;
  ~notifier();

  // Async-signal-safe. A full pipe is fine: it is readable already.
  void notify() const noexcept;

  // To be watched for reading.
  [[nodiscard]] int descriptor() const noexcept { return read_; }
  [[nodiscard]] int written_descriptor() const noexcept { return write_; }

  // After the loop woke up: reads it empty where it would be reported again otherwise.
  void acknowledge(interest watched) const noexcept;

  // In the child, after fork(2): parts from what is shared with the parent. The descriptors keep their numbers, so that
  // who has copied them, such as a signal handler, need not be told (SEMANTICS I13).
  absl::Status reopen();

 private:
  notifier(notifier_kind kind, int read, int write) noexcept : kind_(kind), read_(read), write_(write) {}

  notifier_kind kind_;
  int read_;
  int write_;  // The same as read_ for an eventfd.
};

}  // namespace v0
}  // namespace pinwheel
