#include "pinwheel/reactor/loop_wait.h"

#include <algorithm>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/base/mutex.h"
#include "pinwheel/reactor/current_loop.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

#ifdef NDEBUG

loop_wait::loop_wait(const mailbox&) {}
void loop_wait::end() noexcept {}

#else

namespace {

// A loop is run by one thread, which waits for one loop at a time: so there is at most one entry with the same waiter.
struct edge {
  const mailbox* waiter;
  const mailbox* awaited;
  const loop_wait* noted_by;
};

class waits {
 public:
  static waits& instance() {
    static auto* waits_of_process = new waits;  // Outlives every loop.
    return *waits_of_process;
  }

  void add(const loop_wait& noted_by, const std::vector<const mailbox*>& waiters, const mailbox& awaited) {
    const mutex_lock lock(mutex_);
    for (const mailbox* at = &awaited; at != nullptr; at = awaited_by(at)) {
      PINWHEEL_CHECK(std::find(waiters.begin(), waiters.end(), at) == waiters.end(),
                     "loops wait for each other in remove_and_wait: use event_base_handle::remove_async");
    }
    for (const mailbox* each : waiters) edges_.push_back({each, &awaited, &noted_by});
  }

  void remove(const loop_wait& noted_by) noexcept {
    const mutex_lock lock(mutex_);
    std::erase_if(edges_, [&](const edge& each) { return each.noted_by == &noted_by; });
  }

 private:
  const mailbox* awaited_by(const mailbox* waiter) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found =
        std::find_if(edges_.begin(), edges_.end(), [&](const edge& each) { return each.waiter == waiter; });
    return found != edges_.end() ? found->awaited : nullptr;
  }

  mutex mutex_;
  std::vector<edge> edges_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

loop_wait::loop_wait(const mailbox& awaited) {
  std::vector<const mailbox*> waiters;
  for (const auto* at = current_loop::innermost(); at != nullptr; at = at->outer()) {
    waiters.push_back(at->base().mailbox_);
  }
  waits::instance().add(*this, waiters, awaited);
}

void loop_wait::end() noexcept { waits::instance().remove(*this); }

#endif

}  // namespace v0
}  // namespace pinwheel
