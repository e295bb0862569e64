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

#include "pinwheel/reactor/base/io_result.h"
#include "pinwheel/reactor/descriptor_table.h"
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

  // `to` watches from now on what `from` did, in its place; the backend learns of nothing. Touches no activation.
  // REQUIRES: `from` is added and `to` is not; both are internal, or neither is.
  void hand_over(io_watch& from, io_watch& to);

  // The backend's report: activates each watch that waits for any of it; after an error, every watch.
  void report(int descriptor, reasons what);
  // The same activations, though the backend reported nothing (SEMANTICS I11).
  void activate(int descriptor, reasons what);

  // In the child, after backend::reopen(): the backend is told of everything again. What the kernel refuses now is
  // reported to its watches as `failed`; the answer is then the first such error (SEMANTICS I13).
  io_result register_again();

  // The first watch of the descriptor that is run by `run`; null when there is none.
  [[nodiscard]] io_watch* find(int descriptor, active_item::run_function run) const noexcept {
    return find_in(table_.at(descriptor), run);
  }
  // Calls visit(io_watch&) for each that find() answers, by descriptor; it may add, remove and hand over.
  template <class Visit>
  void for_each(active_item::run_function run, Visit visit) const {
    table_.for_each([&](io_watch& last) {
      if (io_watch* const found = find_in(&last, run); found != nullptr) visit(*found);
    });
  }

  // Watches that are not internal.
  [[nodiscard]] std::size_t counted() const noexcept { return counted_; }

  // Whether a watch has this priority or a less important one. Walks all.
  [[nodiscard]] bool has_priority_from(unsigned priority) const noexcept;

  void validate() const;

 private:
  // Calls visit(io_watch&) for each of a ring, in order of adding, until it answers false. `last` may be null: none.
  template <class Visit>
  static void walk(io_watch* last, Visit visit) {
    if (last == nullptr) return;
    io_watch* each = last;
    do {
      each = each->next_;
      if (!visit(*each)) return;
    } while (each != last);
  }

  [[nodiscard]] static io_watch* find_in(io_watch* last, active_item::run_function run) noexcept;
  [[nodiscard]] bool is_armed_by_hand(const io_watch& last) const;
  [[nodiscard]] int objection(const io_watch& watch) const;
  io_result link(io_watch& watch);
  io_watch* unlink(io_watch& watch);
  io_result tell_backend(io_watch& last, interest wanted);
  void disarm(int descriptor, reasons reported);
  void rearm_by_hand(io_watch& watch, interest directions);
  static interest united(io_watch* last);

  backend& backend_;
  active_queues& queues_;
  const bool has_edges_;
  descriptor_table table_;  // The last of each descriptor's ring.
  std::size_t counted_ = 0;
};

}  // namespace v0
}  // namespace pinwheel
