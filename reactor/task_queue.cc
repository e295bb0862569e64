#include "pinwheel/reactor/task_queue.h"

#include <utility>

namespace pinwheel {
inline namespace v0 {

task_queue::node::node(task_queue& owner)
    : active_item(&task_queue::run, owner.priority_, active_item::kind::user),
      timer_node(&task_queue::expired),
      home(owner) {}

void task_queue::clear() {
  while (!empty()) {
    for (std::size_t at = 0; at < nodes_.size(); ++at) {  // Dying captures may add to them.
      node& each = *nodes_[at];
      if (!each.work) continue;
      if (each.is_waiting()) --waiting_;
      queues_.remove(each);
      timers_.cancel(each);
      each.work.reset();
      recycle(each);
    }
  }
}

void task_queue::push(task&& work) {
  ++waiting_;
  node& next = obtain(std::move(work));
  active_queues::enter_round(next, round_);
  queues_.activate(next);
}

void task_queue::set_priority(unsigned priority) {
  priority_ = priority;
  for (const auto& each : nodes_) queues_.set_priority(*each, priority);
}

timer_node& task_queue::push_when_expired(task&& work) { return obtain(std::move(work)); }

task_queue::node& task_queue::obtain(task&& work) {
  if (free_.empty()) {
    nodes_.push_back(std::make_unique<node>(*this));
    free_.reserve(nodes_.capacity());
    free_.push_back(nodes_.back().get());
  }
  node& next = *free_.back();
  free_.pop_back();
  next.work = std::move(work);
  return next;
}

void task_queue::run(active_item& self) {
  auto& mine = static_cast<node&>(self);
  static_cast<void>(mine.take_reasons());
  task work = std::move(mine.work);
  --mine.home.waiting_;
  mine.home.recycle(mine);  // Before the call: the task may throw, and may push.
  work();
}

void task_queue::expired(timer_node& self) {
  auto& mine = static_cast<node&>(self);
  ++mine.home.waiting_;
  mine.home.queues_.activate(mine, reasons::timeout);
}

}  // namespace v0
}  // namespace pinwheel
