// The mailbox that a user of libevent or libuv writes, for these bring none: a mutex and a vector, swapped out whole.
//
// Threads:   push() on any, run_all() on the loop's.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

namespace pinwheel::perf {

template <class Task>
class mutex_queue {
 public:
  // Answers whether nothing waited: only then does the loop need to be woken.
  template <class Work>
  bool push(const Work& work) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(Task(work));
    return waiting_.size() == 1;
  }

  void run_all() {
    {
      const std::lock_guard lock(mutex_);
      std::swap(waiting_, running_);
    }
    for (Task& each : running_) each();
    running_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<Task> waiting_;
  std::vector<Task> running_;  // Empty but while run_all() runs.
};

}  // namespace pinwheel::perf
