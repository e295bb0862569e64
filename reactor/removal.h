// Removes an event of any loop so that the caller learns when its callback is over: by waiting, or by a task.
//
// Where the base is run, the removal is a command that takes effect between two callbacks. Where this thread is in the
// base's turn, it is done here and now. Where nobody runs the base, the caller serves it under its run flag: takes the
// mailbox, as loop() would first, so that what was sent before comes before; and removes.
//
// Threads:   any.
// Errors:    answers as event_base_handle's calls.
#pragma once

#include "pinwheel/reactor/base/task.h"
#include "pinwheel/reactor/event_base_handle.h"
#include "pinwheel/reactor/event_ref.h"

namespace pinwheel {
inline namespace v0 {

class event_base;

class removal {
 public:
  // See event_base_handle, remove_and_wait() and remove_async(). REQUIRES: the caller shares the mailbox.
  static post_result and_wait(mailbox& box, event_ref which);
  static post_result async(mailbox& box, event_ref which, task&& removed);

 private:
  struct asked;

  static event_base* entered_here(const mailbox& box) noexcept;
  static void take_out(event_base& base, event_ref which);
  static void remove_here(event_base& base, event_ref which);
  static void serve(mailbox& box, event_ref which);
  static post_result ask_and_wait(mailbox& box, event_ref which);
};

}  // namespace v0
}  // namespace pinwheel
