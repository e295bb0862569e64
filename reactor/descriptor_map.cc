#include "pinwheel/reactor/descriptor_map.h"

#include <cerrno>

#include "pinwheel/reactor/active_queues.h"
#include "pinwheel/reactor/backend.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

io_result descriptor_map::add(io_watch& watch) {
  PINWHEEL_CHECK(!watch.added_, "a watch was added twice");
  if (watch.descriptor_ < 0) return io_result::failure(EBADF);
  const auto index = static_cast<std::size_t>(watch.descriptor_);
  if (index >= entries_.size()) entries_.resize(index + 1);
  entry& at = entries_[index];
  if (at.first != nullptr && (at.registered & interest::edge) != (watch.interest_ & interest::edge)) {
    return io_result::failure(EINVAL);
  }
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
  entry& at = entries_[static_cast<std::size_t>(watch.descriptor_)];
  unlink(at, watch);
  // The kernel may refuse, because the descriptor was closed before; the next change mends that (SEMANTICS I8).
  const interest left = united(at);
  static_cast<void>(tell_backend(watch.descriptor_, at, left));
  at.registered = left;
}

void descriptor_map::remove_before_close(io_watch& watch) {
  PINWHEEL_CHECK(watch.added_, "a watch was removed that is not added");
  entry& at = entries_[static_cast<std::size_t>(watch.descriptor_)];
  unlink(at, watch);
  PINWHEEL_DCHECK(at.first == nullptr, "a descriptor is closed while others watch it");
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
  const auto index = static_cast<std::size_t>(descriptor);
  if (index >= entries_.size()) return;
  const reasons failed = what & reasons::failed;
  for (io_watch* each = entries_[index].first; each != nullptr; each = each->next_) {
    const auto wanted = static_cast<reasons>(each->interest_ & (interest::read_write | interest::closed));
    if (any(what, wanted)) queues_.activate(*each, (what & wanted) | failed);
  }
}

interest descriptor_map::united(const entry& at) {
  interest all = interest::none;
  for (const io_watch* each = at.first; each != nullptr; each = each->next_) all |= each->interest_;
  return all;
}

io_result descriptor_map::tell_backend(int descriptor, entry& at, interest wanted) {
  if (wanted == at.registered) return io_result::bytes(0);
  const io_result told = backend_.change(descriptor, at.registered, wanted);
  if (told.ok()) at.registered = wanted;
  return told;
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
    PINWHEEL_CHECK(at.registered == united(at), "the backend watches other than what is asked for");
  }
  PINWHEEL_CHECK(counted == counted_, "the count of watches is wrong");
}

}  // namespace v0
}  // namespace pinwheel
