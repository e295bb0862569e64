#include "pinwheel/reactor/signal_watcher.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include "absl/base/thread_annotations.h"
#include "pinwheel/reactor/base/mutex.h"
#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/loop_number.h"

namespace pinwheel {
inline namespace v0 {
namespace {

// What the handler touches: lock-free atomics only (signal-safety(7)).
struct handler_state {
  std::array<std::atomic<std::uint64_t>, NSIG> delivered{};
  std::array<std::atomic<int>, loops_max> wake_descriptor{};  // One more than it is; 0: that loop watches no signal.
  std::atomic<unsigned> loops{0};                             // One past the highest that ever watched one.
  std::atomic<int> running{0};                                // Handlers inside on_signal().
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

constinit handler_state state;

void on_signal(int signal) {
  const int saved_errno = errno;
  state.running.fetch_add(1);
  state.delivered[static_cast<std::size_t>(signal)].fetch_add(1);
  const unsigned loops = state.loops.load();
  for (unsigned at = 0; at < loops; ++at) {
    const int descriptor = state.wake_descriptor[at].load();
    if (descriptor == 0) continue;
    const std::uint64_t one = 1;
    if (::write(descriptor - 1, &one, sizeof one) < 0) {
      // Full: it is readable already, and the delivery is counted.
    }
  }
  state.running.fetch_sub(1);
  errno = saved_errno;
}

// How many watch each signal, and what its disposition was before the first did.
class dispositions {
 public:
  io_result acquire(int signal) {
    const mutex_lock lock(mutex_);
    entry& at = entries_[static_cast<std::size_t>(signal)];
    if (at.watchers == 0) {
      struct sigaction ours{};
      ours.sa_handler = &on_signal;
      ours.sa_flags = SA_RESTART;
      ::sigfillset(&ours.sa_mask);
      if (::sigaction(signal, &ours, &at.before) != 0) return io_result::failure(errno);
    }
    ++at.watchers;
    return io_result::bytes(0);
  }

  void release(int signal) {
    const mutex_lock lock(mutex_);
    entry& at = entries_[static_cast<std::size_t>(signal)];
    if (--at.watchers == 0) ::sigaction(signal, &at.before, nullptr);
  }

 private:
  struct entry {
    std::size_t watchers = 0;
    struct sigaction before{};
  };

  mutex mutex_;
  std::array<entry, NSIG> entries_ ABSL_GUARDED_BY(mutex_);
};

dispositions& process_dispositions() {
  static auto* instance = new dispositions;  // Outlives every base.
  return *instance;
}

}  // namespace

signal_watcher::signal_watcher(unsigned loop_number, int wake_descriptor)
    : loop_number_(loop_number), wake_descriptor_(wake_descriptor) {}

signal_watcher::~signal_watcher() {
  state.wake_descriptor[loop_number_].store(0);
  // A handler that read the descriptor before may still write to it; it is closed after this.
  while (state.running.load() != 0) {
  }
}

io_result signal_watcher::add(event& watcher, int signal) {
  if (signal <= 0 || signal >= NSIG) return io_result::failure(EINVAL);
  unsigned loops = state.loops.load();
  while (loops <= loop_number_ && !state.loops.compare_exchange_weak(loops, loop_number_ + 1)) {
  }
  state.wake_descriptor[loop_number_].store(wake_descriptor_ + 1);
  watched_.push_back({signal, &watcher, state.delivered[static_cast<std::size_t>(signal)].load()});
  if (const io_result acquired = process_dispositions().acquire(signal); !acquired.ok()) {
    watched_.pop_back();
    wake_no_more_if_idle();
    return acquired;
  }
  return io_result::bytes(0);
}

void signal_watcher::remove(event& watcher, int signal) {
  const auto found = std::find_if(watched_.begin(), watched_.end(),
                                  [&](const watched_signal& each) { return each.watcher == &watcher; });
  if (found == watched_.end()) return;
  watched_.erase(found);
  process_dispositions().release(signal);
  wake_no_more_if_idle();
}

void signal_watcher::wake_no_more_if_idle() noexcept {
  if (watched_.empty()) state.wake_descriptor[loop_number_].store(0);
}

void signal_watcher::collect() {
  for (watched_signal& each : watched_) {
    const std::uint64_t delivered = state.delivered[static_cast<std::size_t>(each.signal)].load();
    if (delivered == each.seen) continue;
    activate(*each.watcher, delivered - each.seen);
    each.seen = delivered;
  }
}

void signal_watcher::deliver(int signal, std::uint64_t deliveries) {
  for (const watched_signal& each : watched_) {
    if (each.signal == signal) activate(*each.watcher, deliveries);
  }
}

void signal_watcher::activate(event& watcher, std::uint64_t deliveries) {
  watcher.deliveries_ += deliveries;
  watcher.base().queues().activate(watcher, reasons::signal);
}

}  // namespace v0
}  // namespace pinwheel
