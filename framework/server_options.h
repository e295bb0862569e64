// What a server is told once, when it is made.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "pinwheel/framework/loop_placement.h"
#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/dispatch.h"

namespace pinwheel {
inline namespace v0 {

class server;

struct server_options {
  unsigned loops = one_per_cpu;
  bool pin = true;               // Each loop's thread to one of the CPUs that the process may use.
  std::string backend = "auto";  // Or its name: see event_base_options.

  // Of each loop. Tasks, and with them new connections, run at the middle priority.
  unsigned priorities = 1;
  dispatch_options dispatch = {.policy = dispatch_policy::aged, .pass_callbacks_max = 256};
  std::size_t mailbox_tasks_max = 1 << 20;  // That wait for one loop; what is posted beyond them is refused.

  // run() drains for at most so long once it was told to end.
  duration drain_deadline = std::chrono::seconds(10);

  // Called by run() when the server serves, before it waits.
  std::function<void(const server&)> on_ready = {};
};

}  // namespace v0
}  // namespace pinwheel
