#include "pinwheel/reactor/descriptor_map.h"

#include <cerrno>
#include <utility>

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
  PINWHEEL_CHECK(!watch.is_added(), "a watch was added twice");
  if (watch.descriptor_ < 0) return EBADF;
  const io_watch* const other = table_.at(watch.descriptor_);
  if (other == nullptr) return 0;
  return (other->interest_ & interest::edge) == (watch.interest_ & interest::edge) ? 0 : EINVAL;
}

io_result descriptor_map::link(io_watch& watch) {
  io_watch* const last = table_.at(watch.descriptor_);
  watch.registered_ = last == nullptr ? interest::none : last->registered_;
  table_.set(watch.descriptor_, &watch);
  if (const io_result told = tell_backend(watch, watch.registered_ | watch.interest_); !told.ok()) {
    table_.set(watch.descriptor_, last);
    return told;
  }
  watch.next_ = last == nullptr ? &watch : std::exchange(last->next_, &watch);
  if (!watch.is_internal()) ++counted_;
  return io_result::bytes(0);
}

void descriptor_map::remove(io_watch& watch) {
  PINWHEEL_CHECK(watch.is_added(), "a watch was removed that is not added");
  io_watch* const left = unlink(watch);
  io_watch& last = left == nullptr ? watch : *left;
  const interest wanted = last.registered_ & united(left);
  // The kernel may refuse, because the descriptor was closed before; the next change mends that (SEMANTICS I8).
  static_cast<void>(tell_backend(last, wanted));
  last.registered_ = wanted;
}

void descriptor_map::remove_before_close(io_watch& watch) {
  PINWHEEL_CHECK(watch.is_added(), "a watch was removed that is not added");
  [[maybe_unused]] const io_watch* const left = unlink(watch);
  PINWHEEL_DCHECK(left == nullptr, "a descriptor is closed while others watch it");
  backend_.forget(watch.descriptor_);
}

// Answers the last that is left, which knows what is registered; null when none is.
io_watch* descriptor_map::unlink(io_watch& watch) {
  io_watch* before = &watch;
  while (before->next_ != &watch) before = before->next_;
  io_watch* last = table_.at(watch.descriptor_);
  if (last == &watch) {
    last = before == &watch ? nullptr : before;
    if (last != nullptr) last->registered_ = watch.registered_;
    table_.set(watch.descriptor_, last);
  }
  before->next_ = watch.next_;
  watch.next_ = nullptr;
  if (!watch.is_internal()) --counted_;
  return last;
}

void descriptor_map::hand_over(io_watch& from, io_watch& to) {
  PINWHEEL_CHECK(from.is_added() && !to.is_added(), "a watch was handed over that is not added, or to one that is");
  PINWHEEL_DCHECK(from.is_internal() == to.is_internal(), "a watch was handed over to one of another kind");
  to.descriptor_ = from.descriptor_;
  to.interest_ = from.interest_;
  to.registered_ = from.registered_;
  io_watch* before = &from;
  while (before->next_ != &from) before = before->next_;
  before->next_ = &to;
  to.next_ = std::exchange(from.next_, nullptr);
  if (table_.at(to.descriptor_) == &from) table_.set(to.descriptor_, &to);
}

io_watch* descriptor_map::find_in(io_watch* last, active_item::run_function run) noexcept {
  io_watch* found = nullptr;
  walk(last, [&](io_watch& each) {
    if (each.is_run_by(run)) found = &each;
    return found == nullptr;
  });
  return found;
}

void descriptor_map::report(int descriptor, reasons what) {
  activate(descriptor, what);
  if (!has_edges_) disarm(descriptor, what);
}

void descriptor_map::activate(int descriptor, reasons what) {
  walk(table_.at(descriptor), [&](io_watch& each) {
    const reasons heard = what & (static_cast<reasons>(directions_of(each.interest_)) | reasons::failed);
    if (heard != reasons::none) queues_.activate(each, heard);
    return true;
  });
}

void descriptor_map::disarm(int descriptor, reasons reported) {
  io_watch* const last = table_.at(descriptor);
  if (last == nullptr || !is_armed_by_hand(*last)) return;
  const bool failed = any(reported, reasons::failed);
  const interest left =
      failed ? interest::none : without(last->registered_, directions_of(static_cast<interest>(reported)));
  static_cast<void>(tell_backend(*last, left));
}

void descriptor_map::rearm_by_hand(io_watch& watch, interest directions) {
  PINWHEEL_DCHECK(watch.is_added(), "a watch was re-armed that is not added");
  io_watch& last = *table_.at(watch.descriptor_);
  const interest wanted = last.registered_ | (watch.interest_ & (directions | interest::edge));
  if (!tell_backend(last, wanted).ok()) activate(watch.descriptor_, failed_both_ways);
}

io_result descriptor_map::register_again() {
  io_result answer = io_result::bytes(0);
  table_.for_each([&](io_watch& last) {
    const interest wanted = united(&last);
    last.registered_ = interest::none;
    const io_result told = tell_backend(last, wanted);
    last.registered_ = wanted;  // Also when it was refused: the next change mends that (SEMANTICS I8).
    if (told.ok()) return;
    activate(last.descriptor_, failed_both_ways);
    if (answer.ok()) answer = told;
  });
  return answer;
}

interest descriptor_map::united(io_watch* last) {
  interest all = interest::none;
  walk(last, [&](const io_watch& each) {
    all |= each.interest_;
    return true;
  });
  return all;
}

bool descriptor_map::is_armed_by_hand(const io_watch& last) const {
  return !has_edges_ && any(last.interest_, interest::edge);
}

io_result descriptor_map::tell_backend(io_watch& last, interest wanted) {
  if (wanted == last.registered_) return io_result::bytes(0);
  const io_result told = backend_.change(last.descriptor_, last.registered_, wanted);
  if (told.ok()) last.registered_ = wanted;
  return told;
}

bool descriptor_map::has_priority_from(unsigned priority) const noexcept {
  bool found = false;
  table_.for_each([&](io_watch& last) {
    walk(&last, [&](const io_watch& each) {
      found = found || each.priority() >= priority;
      return !found;
    });
  });
  return found;
}

void descriptor_map::validate() const {
  table_.validate();
  std::size_t counted = 0;
  table_.for_each([&](io_watch& last) {
    walk(&last, [&](const io_watch& each) {
      PINWHEEL_CHECK(each.is_added(), "a watch in the map does not know it");
      PINWHEEL_CHECK(each.descriptor_ == last.descriptor_, "a watch is in the ring of another descriptor");
      if (!each.is_internal()) ++counted;
      return true;
    });
    const interest all = united(&last);
    const interest expected = is_armed_by_hand(last) ? last.registered_ & all : all;
    PINWHEEL_CHECK(last.registered_ == expected, "the backend watches other than what is asked for");
  });
  PINWHEEL_CHECK(counted == counted_, "the count of watches is wrong");
}

}  // namespace v0
}  // namespace pinwheel
