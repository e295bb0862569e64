// Who watches which descriptor: tells the backend of the first and the last for each direction, and every watcher, in
// order of adding, what became ready.
//
// Threads:   loop-bound.
// Ownership: borrows its backend, its queues and the watches in it.
// Errors:    what the kernel answers (EBADF, EPERM, ENOSPC …), EINVAL for edge-triggered beside level-triggered watches
//            of one descriptor (SEMANTICS I4), and ENOTSUP for edge-triggered over a backend that has no edges. After
//            an error nothing has changed.
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
  descriptor_map(backend& kernel, active_queues& queues);

  // REQUIRES: not added; a target was set.
  io_result add(io_watch& watch);
  // REQUIRES: added. A descriptor that was closed meanwhile is fine (SEMANTICS I8). Does not touch an activation.
  void remove(io_watch& watch);
  // The same for a descriptor that is closed next, and has no duplicate: the kernel forgets it by itself (epoll(7)),
  // which saves a system call. REQUIRES: the only watch of its descriptor.
  void remove_before_close(io_watch& watch);

  // Adds an edge-triggered watch over any backend, for an owner who promises to rearm() a direction each time the
  // kernel had no more in it. Without edges a direction that was reported is silent until then, and so are errors once
  // they were. REQUIRES: as add(), and interest::edge.
  io_result add_rearmed(io_watch& watch);
  // Free where the backend has edges: no system call and no virtual one. REQUIRES: added by add_rearmed().
  void rearm(io_watch& watch, interest directions) {
    if (!has_edges_) rearm_by_hand(watch, directions);
  }

  // The backend's report: activates each watch that waits for any of it; after an error, every watch.
  void report(int descriptor, reasons what);
  // The same activations, though the backend reported nothing (SEMANTICS I11).
  void activate(int descriptor, reasons what);

  // In the child, after backend::reopen(): the backend is told of everything again. What the kernel refuses now is
  // reported to its watches as `failed`; the answer is then the first such error (SEMANTICS I13).
  io_result register_again();

  // Watches that are not internal.
  [[nodiscard]] std::size_t counted() const noexcept { return counted_; }

  // Whether a watch has this priority or a less important one. Walks all.
  [[nodiscard]] bool has_priority_from(unsigned priority) const noexcept;

  void validate() const;

 private:
  struct entry {
    io_watch* first = nullptr;
    io_watch* last = nullptr;
    interest registered = interest::none;  // What the backend was last told: the union over the list, or, of edges that
                                           // it does not have, what of it is armed.
  };

  [[nodiscard]] entry& entry_of(const io_watch& watch) { return entries_[static_cast<std::size_t>(watch.descriptor_)]; }
  [[nodiscard]] bool is_armed_by_hand(const entry& at) const;
  [[nodiscard]] int objection(const io_watch& watch) const;
  io_result link(io_watch& watch);
  void unlink(entry& at, io_watch& watch);
  io_result tell_backend(int descriptor, entry& at, interest wanted);
  void disarm(int descriptor, reasons reported);
  void rearm_by_hand(io_watch& watch, interest directions);
  static interest united(const entry& at);

  backend& backend_;
  active_queues& queues_;
  const bool has_edges_;
  std::vector<entry> entries_;  // By descriptor; the kernel hands out the lowest free number, so it is dense.
  std::size_t counted_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
