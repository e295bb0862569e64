#include "pinwheel/reactor/simulated_backend.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "pinwheel/reactor/descriptor_map.h"

namespace pinwheel {
inline namespace v0 {
namespace {

reasons asked_for(interest watched, reasons ready) {
  if (watched == interest::none) return reasons::none;
  const auto wanted = static_cast<reasons>(watched & (interest::read_write | interest::closed)) | reasons::failed;
  return ready & wanted;
}

}  // namespace

io_result simulated_backend::change(int descriptor, interest, interest after) {
  ++changes_;
  simulated_descriptor& at = descriptors_[descriptor];
  at.watched = after;
  at.edge_pending = true;  // As epoll: arming reports what is ready already.
  return io_result::bytes(0);
}

void simulated_backend::set_ready(int descriptor, reasons what) {
  simulated_descriptor& at = descriptors_[descriptor];
  at.ready = any(what, reasons::failed) ? what | reasons::readable | reasons::writable : what;
  at.edge_pending = true;
}

void simulated_backend::set_ready_at(time_point at, int descriptor, reasons what) {
  arrivals_.emplace(at, arrival{descriptor, what});
}

io_result simulated_backend::wait(std::optional<duration> timeout, descriptor_map& ready) {
  ++waits_;
  if (failure_ != 0) return io_result::failure(std::exchange(failure_, 0));
  let_arrive();
  if (const std::int64_t count = report_ready(ready); count > 0) return io_result::bytes(count);
  if (timeout && *timeout <= duration::zero()) return io_result::bytes(0);
  if (!timeout && arrivals_.empty()) return io_result::failure(EDEADLK);
  time_point until = timeout ? clock_.now() + *timeout : time_point::max();
  if (!arrivals_.empty()) until = std::min(until, arrivals_.begin()->first);
  clock_.advance_to(until);
  let_arrive();
  return io_result::bytes(report_ready(ready));
}

void simulated_backend::let_arrive() {
  while (!arrivals_.empty() && arrivals_.begin()->first <= clock_.now()) {
    const arrival next = arrivals_.begin()->second;
    arrivals_.erase(arrivals_.begin());
    set_ready(next.descriptor, next.what);
  }
}

std::int64_t simulated_backend::report_ready(descriptor_map& ready) {
  std::int64_t count = 0;
  for (auto& [descriptor, at] : descriptors_) {
    const reasons what = asked_for(at.watched, at.ready);
    const bool due = any(at.watched, interest::edge) ? std::exchange(at.edge_pending, false) : true;
    if (what == reasons::none || !due) continue;
    ready.report(descriptor, what);
    ++count;
  }
  return count;
}

}  // namespace v0
}  // namespace pinwheel
