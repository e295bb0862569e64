#include "conformance/loops.h"

#include "conformance/libevent_loop.h"
#include "conformance/pinwheel_loop.h"

namespace pinwheel::conformance {
namespace {

loop_factory over_kernel(std::string_view backend, notifier_kind notifier) {
  return [backend, notifier](const loop_options& options) {
    return pinwheel_loop::create(real_kernel(backend, notifier), options);
  };
}

loop_factory simulated(notifier_kind notifier) {
  return [notifier](const loop_options& options) { return pinwheel_loop::create(simulated_kernel(notifier), options); };
}

}  // namespace

const std::vector<loop_column>& all_loops() {
  static const std::vector<loop_column> loops = {
      {"epoll eventfd", over_kernel("epoll", notifier_kind::eventfd)},
      {"epoll pipe", over_kernel("epoll", notifier_kind::pipe)},
      {"poll eventfd", over_kernel("poll", notifier_kind::eventfd)},
      {"poll pipe", over_kernel("poll", notifier_kind::pipe)},
      {"simulated eventfd", simulated(notifier_kind::eventfd)},
      {"simulated pipe", simulated(notifier_kind::pipe)},
      {"libevent", &libevent_loop::create},
  };
  return loops;
}

}  // namespace pinwheel::conformance
