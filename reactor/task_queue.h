// The tasks that a loop has taken and is to run: each waits as an active item of the base's task priority.
//
// Threads:   loop-bound.
// Ownership: owns its tasks; those unrun are destroyed by clear() or with it.
// Cost:      nodes are kept for reuse: no allocation once as many tasks waited at the same time before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "pinwheel/reactor/active_queues.h"
#include "pinwheel/reactor/base/task.h"
#include "pinwheel/reactor/timing_wheel.h"

namespace pinwheel {
inline namespace v0 {

class task_queue {
 public:
  task_queue(active_queues& queues, timing_wheel& timers, unsigned priority)
      : queues_(queues), timers_(timers), priority_(priority) {}
  ~task_queue() { clear(); }
  task_queue(const task_queue&) = delete;
  task_queue& operator=(const task_queue&) = delete;

  // Runs `work` behind all that was pushed before.
  void push(task&& work);
  // A timer, still unarmed, that pushes `work` when it expires.
  timer_node& push_when_expired(task&& work);

  // Tasks that wait to be run; those of timers are not among them.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

  // Destroys every task, waiting or delayed, and what their captures hand over as they die.
  void clear();
  // No task waits or is delayed.
  [[nodiscard]] bool empty() const noexcept { return free_.size() == nodes_.size(); }

  // REQUIRES: no task waits to be run.
  void set_priority(unsigned priority);

  // What is pushed from now on counts as run in this round already (SEMANTICS L4: nothing runs a third time).
  void set_round(std::uint32_t round) noexcept { round_ = round; }

 private:
  struct node : active_item, timer_node {
    explicit node(task_queue& home);

    task_queue& home;
    task work;
  };

  static void run(active_item& self);
  static void expired(timer_node& self);

  node& obtain(task&& work);
  void recycle(node& done) { free_.push_back(&done); }

  active_queues& queues_;
  timing_wheel& timers_;
  unsigned priority_;
  std::size_t waiting_ = 0;
  std::uint32_t round_ = 0;
  std::vector<std::unique_ptr<node>> nodes_;  // All, in use or not.
  std::vector<node*> free_;                   // Has room for all of them, so recycling does not allocate.
};

}  // namespace v0
}  // namespace pinwheel
