// Who watches which descriptor: tells the backend of the first and the last for each direction, and every watcher, in
// order of adding, what became ready.
//
// Threads:   loop-bound.
// Ownership: borrows its backend, its queues and the watches in it.
// Errors:    what the kernel answers (EBADF, EPERM, ENOSPC …), and EINVAL for edge-triggered beside level-triggered
//            watches of one descriptor (SEMANTICS I4). After an error nothing has changed.
#pragma once

#include <cstddef>
#include <vector>

#include "pinwheel/reactor/base/io_result.h"
#include "pinwheel/reactor/io_watch.h"

namespace pinwheel {
inline namespace v0 {

class active_queues;
class backend;

class descriptor_map {
 public:
  descriptor_map(backend& kernel, active_queues& queues) : backend_(kernel), queues_(queues) {}

  // REQUIRES: not added; a target was set.
  io_result add(io_watch& watch);
  // REQUIRES: added. A descriptor that was closed meanwhile is fine (SEMANTICS I8). Does not touch an activation.
  void remove(io_watch& watch);
  // The same for a descriptor that is closed next, and has no duplicate: the kernel forgets it by itself (epoll(7)),
  // which saves a system call. REQUIRES: the only watch of its descriptor.
  void remove_before_close(io_watch& watch);

  // The backend's report: activates each watch that waits for any of it.
  void report(int descriptor, reasons what);

  // Watches that are not internal.
  [[nodiscard]] std::size_t counted() const noexcept { return counted_; }

  void validate() const;

 private:
  struct entry {
    io_watch* first = nullptr;
    io_watch* last = nullptr;
    interest registered = interest::none;  // What the backend was last told: the union over the list.
  };

  void unlink(entry& at, io_watch& watch);
  io_result tell_backend(int descriptor, entry& at, interest wanted);
  static interest united(const entry& at);

  backend& backend_;
  active_queues& queues_;
  std::vector<entry> entries_;  // By descriptor; the kernel hands out the lowest free number, so it is dense.
  std::size_t counted_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
