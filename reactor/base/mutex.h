// std::mutex, and what waits under it, with the annotations that let clang check who holds it (-Wthread-safety).
//
// Off every request's path: for start-up, foreign threads and overflow. It is pthread's mutex underneath, so that tsan
// and a test that counts pthread_mutex_lock see it.
#pragma once

#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"

namespace pinwheel {
inline namespace v0 {

class ABSL_LOCKABLE mutex {
 public:
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  friend class condition;

  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE mutex_lock {
 public:
  explicit mutex_lock(mutex& held) ABSL_EXCLUSIVE_LOCK_FUNCTION(held) : held_(held) { held_.lock(); }
  ~mutex_lock() ABSL_UNLOCK_FUNCTION() { held_.unlock(); }
  mutex_lock(const mutex_lock&) = delete;
  mutex_lock& operator=(const mutex_lock&) = delete;

 private:
  mutex& held_;
};

// What has changed under a mutex: waited for by looking again after each wait.
class condition {
 public:
  void wait(mutex& held) ABSL_EXCLUSIVE_LOCKS_REQUIRED(held) {
    std::unique_lock<std::mutex> lock(held.mutex_, std::adopt_lock);
    changed_.wait(lock);
    lock.release();  // The caller's again.
  }
  void notify_all() noexcept { changed_.notify_all(); }

 private:
  std::condition_variable changed_;
};

}  // namespace v0
}  // namespace pinwheel
