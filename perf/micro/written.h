// How often this thread has called write(2): what a wake-up costs in system calls, the same for every library.
//
// The program's own write() stands before the C library's, also for the shared libraries; eventfd_write(3) would pass
// it by, but none of these libraries uses that.
#pragma once

#include <cstdint>

namespace pinwheel::perf {

[[nodiscard]] std::uint64_t writes_of_this_thread() noexcept;

}  // namespace pinwheel::perf
