#include "pinwheel/reactor/descriptor_map.h"

#include <cerrno>

#include "pinwheel/reactor/active_queues.h"
#include "pinwheel/reactor/backend.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr interest directions_of(interest what) { return what & (interest::read_write | interest::closed); }

constexpr interest without(interest all, interest some) {
  return static_cast<interest>(static_cast<unsigned>(all) & ~static_cast<unsigned>(some));
}

}  // namespace

descriptor_map::descriptor_map(backend& kernel, active_queues& queues)
    : backend_(kernel), queues_(queues), has_edges_(has_all(kernel.features(), backend_features::edge_triggered)) {}

io_result descriptor_map::add(io_watch& watch) {
  int error = objection(watch);
  if (error == 0 && any(watch.interest_, interest::edge) && !has_edges_) error = ENOTSUP;
  return error == 0 ? link(watch) : io_result::failure(error);
}

io_result descriptor_map::add_rearmed(io_watch& watch) {
  PINWHEEL_DCHECK(any(watch.interest_, interest::edge), "only an edge-triggered watch is re-armed");
  const int error = objection(watch);
  return error == 0 ? link(watch) : io_result::failure(error);
}

int descriptor_map::objection(const io_watch& watch) const {
  PINWHEEL_CHECK(!watch.added_, "a watch was added twice");
  if (watch.descriptor_ < 0) return EBADF;
  const auto index = static_cast<std::size_t>(watch.descriptor_);
  if (index >= entries_.size() || entries_[index].first == nullptr) return 0;
  return (entries_[index].first->interest_ & interest::edge) == (watch.interest_ & interest::edge) ? 0 : EINVAL;
}

io_result descriptor_map::link(io_watch& watch) {
  const auto index = static_cast<std::size_t>(watch.descriptor_);
  if (index >= entries_.size()) entries_.resize(index + 1);
  entry& at = entries_[index];
  if (const io_result told = tell_backend(watch.descriptor_, at, at.registered | watch.interest_); !told.ok())
    return told;
  (at.first == nullptr ? at.first : at.last->next_) = &watch;
  at.last = &watch;
  watch.added_ = true;
  if (!watch.is_internal()) ++counted_;
  return io_result::bytes(0);
}

void descriptor_map::remove(io_watch& watch) {
  PINWHEEL_CHECK(watch.added_, "a watch was removed that is not added");
  entry& at = entry_of(watch);
  unlink(at, watch);
  // The kernel may refuse, because the descriptor was closed before; the next change mends that (SEMANTICS I8).
  const interest left = at.registered & united(at);
  static_cast<void>(tell_backend(watch.descriptor_, at, left));
  at.registered = left;
}

void descriptor_map::remove_before_close(io_watch& watch) {
  PINWHEEL_CHECK(watch.added_, "a watch was removed that is not added");
  entry& at = entry_of(watch);
  unlink(at, watch);
  PINWHEEL_DCHECK(at.first == nullptr, "a descriptor is closed while others watch it");
  backend_.forget(watch.descriptor_);
  at.registered = interest::none;
}

void descriptor_map::unlink(entry& at, io_watch& watch) {
  io_watch* before = nullptr;
  for (io_watch* each = at.first; each != &watch; each = each->next_) before = each;
  (before == nullptr ? at.first : before->next_) = watch.next_;
  if (at.last == &watch) at.last = before;
  watch.next_ = nullptr;
  watch.added_ = false;
  if (!watch.is_internal()) --counted_;
}

void descriptor_map::report(int descriptor, reasons what) {
  activate(descriptor, what);
  if (!has_edges_) disarm(descriptor, what);
}

void descriptor_map::activate(int descriptor, reasons what) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= entries_.size()) return;
  for (io_watch* each = entries_[index].first; each != nullptr; each = each->next_) {
    const reasons heard = what & (static_cast<reasons>(directions_of(each->interest_)) | reasons::failed);
    if (heard != reasons::none) queues_.activate(*each, heard);
  }
}

void descriptor_map::disarm(int descriptor, reasons reported) {
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= entries_.size() || !is_armed_by_hand(entries_[index])) return;
  entry& at = entries_[index];
  const bool failed = any(reported, reasons::failed);
  const interest left =
      failed ? interest::none : without(at.registered, directions_of(static_cast<interest>(reported)));
  static_cast<void>(tell_backend(descriptor, at, left));
}

void descriptor_map::rearm_by_hand(io_watch& watch, interest directions) {
  PINWHEEL_DCHECK(watch.added_, "a watch was re-armed that is not added");
  entry& at = entry_of(watch);
  const interest wanted = at.registered | (watch.interest_ & (directions | interest::edge));
  if (!tell_backend(watch.descriptor_, at, wanted).ok()) activate(watch.descriptor_, failed_both_ways);
}

io_result descriptor_map::register_again() {
  io_result answer = io_result::bytes(0);
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    entry& at = entries_[index];
    if (at.first == nullptr) continue;
    const interest wanted = united(at);
    at.registered = interest::none;
    const io_result told = tell_backend(static_cast<int>(index), at, wanted);
    at.registered = wanted;  // Also when it was refused: the next change mends that (SEMANTICS I8).
    if (told.ok()) continue;
    activate(static_cast<int>(index), failed_both_ways);
    if (answer.ok()) answer = told;
  }
  return answer;
}

interest descriptor_map::united(const entry& at) {
  interest all = interest::none;
  for (const io_watch* each = at.first; each != nullptr; each = each->next_) all |= each->interest_;
  return all;
}

bool descriptor_map::is_armed_by_hand(const entry& at) const {
  return !has_edges_ && at.first != nullptr && any(at.first->interest_, interest::edge);
}

io_result descriptor_map::tell_backend(int descriptor, entry& at, interest wanted) {
  if (wanted == at.registered) return io_result::bytes(0);
  const io_result told = backend_.change(descriptor, at.registered, wanted);
  if (told.ok()) at.registered = wanted;
  return told;
}

bool descriptor_map::has_priority_from(unsigned priority) const noexcept {
  for (const entry& at : entries_) {
    for (const io_watch* each = at.first; each != nullptr; each = each->next_) {
      if (each->priority() >= priority) return true;
    }
  }
  return false;
}

void descriptor_map::validate() const {
  std::size_t counted = 0;
  for (const entry& at : entries_) {
    const io_watch* last = nullptr;
    for (const io_watch* each = at.first; each != nullptr; each = each->next_) {
      PINWHEEL_CHECK(each->added_, "a watch in the map does not know it");
      if (!each->is_internal()) ++counted;
      last = each;
    }
    PINWHEEL_CHECK(at.last == last, "the last watch of a descriptor is wrong");
    const interest expected = is_armed_by_hand(at) ? at.registered & united(at) : united(at);
    PINWHEEL_CHECK(at.registered == expected, "the backend watches other than what is asked for");
  }
  PINWHEEL_CHECK(counted == counted_, "the count of watches is wrong");
}

}  // namespace v0
}  // namespace pinwheel
