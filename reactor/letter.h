// What lies in a mailbox: work for a loop, and whether it takes effect at once or waits in a queue.
#pragma once

#include "pinwheel/reactor/base/task.h"

namespace pinwheel {
inline namespace v0 {

struct letter {
  enum class delivery : unsigned char {
    queued,              // Becomes an active callback at the base's task priority.
    at_once,             // A command: takes effect as the mailbox is taken. An activation, an exit.
    at_once_always,      // A command that is never refused: its sender sends no second one before the first was taken.
    at_once_and_queues,  // A command that queues a task, and counts as one.
  };

  [[no_unique_address]] task work;  // Its tail padding holds `how`.
  delivery how = delivery::queued;
};

static_assert(sizeof(letter) == 64, "a mailbox slot is one cache line");

}  // namespace v0
}  // namespace pinwheel
