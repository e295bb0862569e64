// Counts what this process asks of the kernel about readiness, and makes the next wait fail: the program defines these
// C functions itself, in front of the C library's, so that any loop linked into it is seen.
//
// Threads: any.
#pragma once

#include <cstddef>

namespace pinwheel::conformance {

struct kernel_calls {
  static std::size_t polls();    // epoll_wait(2), epoll_pwait2(2), poll(2), ppoll(2).
  static std::size_t changes();  // epoll_ctl(2).
  static void fail_next_poll(int error);
};

}  // namespace pinwheel::conformance
