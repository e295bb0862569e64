// Moves what lies in a loop's mailbox to where it takes effect: commands at once, tasks into the task queue.
//
// Threads:   loop-bound.
// Ownership: borrows both.
#pragma once

#include <atomic>
#include <cstddef>

namespace pinwheel {
inline namespace v0 {

class mailbox;
struct letter;
class task_queue;

class mail_taker {
 public:
  mail_taker(mailbox& box, task_queue& tasks);

  // Takes what lay there when it began.
  void take();
  // The same of one producer: in a callback, of what it has sent itself.
  void take_from(std::size_t producer);

  // A command has come: looked at after every callback (SEMANTICS A9, L12, L14).
  [[nodiscard]] bool wants_attention() const noexcept { return attention_.load(std::memory_order_acquire); }

 private:
  void take_one(letter& mail);

  mailbox& box_;
  task_queue& tasks_;
  const std::atomic<bool>& attention_;
};

}  // namespace v0
}  // namespace pinwheel
