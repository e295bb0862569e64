#include "pinwheel/framework/allowed_cpus.h"

#include <sched.h>

#include <cerrno>
#include <cstddef>
#include <memory>

#include "absl/status/status.h"

namespace pinwheel {
inline namespace v0 {
namespace {

// More than any kernel can be built for.
constexpr std::size_t cpus_max = 1 << 16;

struct free_cpu_set {
  void operator()(cpu_set_t* set) const { CPU_FREE(set); }
};

}  // namespace

absl::StatusOr<std::vector<unsigned>> allowed_cpus() {
  // EINVAL says that the kernel knows of more CPUs than the set has room for.
  for (std::size_t room = CPU_SETSIZE; room <= cpus_max; room *= 2) {
    const std::unique_ptr<cpu_set_t, free_cpu_set> set(CPU_ALLOC(room));
    const std::size_t bytes = CPU_ALLOC_SIZE(room);
    if (::sched_getaffinity(0, bytes, set.get()) != 0) {
      if (errno == EINVAL) continue;
      break;
    }
    std::vector<unsigned> allowed;
    for (std::size_t cpu = 0; cpu < room; ++cpu) {
      if (CPU_ISSET_S(cpu, bytes, set.get())) allowed.push_back(static_cast<unsigned>(cpu));
    }
    return allowed;
  }
  return absl::ErrnoToStatus(errno, "cannot learn which CPUs this process may use (sched_getaffinity)");
}

}  // namespace v0
}  // namespace pinwheel
