// Tells a base's events of signals: every base may watch any signal, and each watcher hears every delivery.
//
// A signal handler counts deliveries for the process and wakes the loops that watch; each loop compares the counts with
// what it has seen. So nothing is lost to a full pipe (SEMANTICS S3).
//
// Threads:   loop-bound; the counts are the process's.
// Ownership: borrows its events. The disposition that a signal had is restored when the last watcher of all bases
//            goes (S2).
#pragma once

#include <cstdint>
#include <vector>

#include "pinwheel/reactor/base/io_result.h"

namespace pinwheel {
inline namespace v0 {

class event;

class signal_watcher {
 public:
  // `loop_number` is the base's own; the handler writes to `wake_descriptor`.
  signal_watcher(unsigned loop_number, int wake_descriptor);
  ~signal_watcher();
  signal_watcher(const signal_watcher&) = delete;
  signal_watcher& operator=(const signal_watcher&) = delete;

  // EINVAL for what sigaction(2) refuses.
  io_result add(event& watcher, int signal);
  void remove(event& watcher, int signal);

  // Activates the watchers of what was delivered since the last call, each with its number of deliveries.
  void collect();
  // Activates the watchers of one signal, for so many deliveries.
  void deliver(int signal, std::uint64_t deliveries);

  [[nodiscard]] std::size_t size() const noexcept { return watched_.size(); }

 private:
  static void activate(event& watcher, std::uint64_t deliveries);
  void wake_no_more_if_idle() noexcept;

  struct watched_signal {
    int signal;
    event* watcher;
    std::uint64_t seen;
  };

  const unsigned loop_number_;
  const int wake_descriptor_;
  std::vector<watched_signal> watched_;  // In order of adding.
};

}  // namespace v0
}  // namespace pinwheel
