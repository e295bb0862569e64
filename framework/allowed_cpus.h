// The CPUs that the kernel lets this process run on.
//
// Threads:   any; asks for the calling thread, which threads of a process share unless someone narrowed them.
#pragma once

#include <vector>

#include "absl/status/statusor.h"

namespace pinwheel {
inline namespace v0 {

// Their numbers in ascending order, at least one (sched_getaffinity(2): what taskset, a container's cpuset or systemd's
// CPUAffinity= left).
[[nodiscard]] absl::StatusOr<std::vector<unsigned>> allowed_cpus();

}  // namespace v0
}  // namespace pinwheel
