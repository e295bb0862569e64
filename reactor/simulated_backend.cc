#include "pinwheel/reactor/simulated_backend.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "pinwheel/reactor/current_loop.h"
#include "pinwheel/reactor/descriptor_map.h"
#include "pinwheel/reactor/epoll_backend.h"

namespace pinwheel {
inline namespace v0 {
namespace {

reasons asked_for(interest watched, reasons ready) {
  if (watched == interest::none) return reasons::none;
  const auto wanted = static_cast<reasons>(watched & (interest::read_write | interest::closed)) | reasons::failed;
  return ready & wanted;
}

}  // namespace

io_result simulated_backend::change(int descriptor, interest before, interest after) {
  if (descriptor == wake_descriptor_) return change_wake_up(before, after);
  ++changes_;
  simulated_descriptor& at = descriptors_[descriptor];
  at.watched = after;
  at.edge_pending = true;  // As epoll: arming reports what is ready already.
  return io_result::bytes(0);
}

io_result simulated_backend::change_wake_up(interest before, interest after) {
  if (real_ == nullptr) real_ = epoll_backend::create({}).value();
  return real_->change(wake_descriptor_, before, after);
}

void simulated_backend::forget(int descriptor) { descriptors_[descriptor].watched = interest::none; }

io_result simulated_backend::reopen() {
  for (auto& [descriptor, at] : descriptors_) at.watched = interest::none;
  return real_ == nullptr ? io_result::bytes(0) : real_->reopen();
}

void simulated_backend::set_ready(int descriptor, reasons what) {
  simulated_descriptor& at = descriptors_[descriptor];
  at.ready = any(what, reasons::failed) ? what | failed_both_ways : what;
  at.edge_pending = true;
}

void simulated_backend::set_ready_at(time_point at, int descriptor, reasons what) {
  call_at(at, [this, descriptor, what] { set_ready(descriptor, what); });
}

void simulated_backend::call_at(time_point at, task work) { calls_.emplace(at, std::move(work)); }

io_result simulated_backend::wait(std::optional<duration> timeout, descriptor_map& ready) {
  ++waits_;
  if (failure_ != 0) return io_result::failure(std::exchange(failure_, 0));
  const time_point end = timeout ? later_by(*timeout, clock_.now()) : time_point::max();
  for (;;) {
    run_calls();
    const std::int64_t simulated = report_ready(ready);
    const io_result woken = report_wake_up(ready);
    if (!woken.ok()) return woken;
    const std::int64_t count = simulated + static_cast<std::int64_t>(woken.count());
    if (count > 0 || clock_.now() >= end) return io_result::bytes(count);
    if (!timeout && calls_.empty()) return io_result::failure(EDEADLK);
    clock_.advance_to(calls_.empty() ? end : std::min(end, calls_.begin()->first));
  }
}

void simulated_backend::run_calls() {
  const current_loop::absence elsewhere;
  while (!calls_.empty() && calls_.begin()->first <= clock_.now()) {
    task next = std::move(calls_.begin()->second);
    calls_.erase(calls_.begin());
    next();
  }
}

std::int64_t simulated_backend::report_ready(descriptor_map& ready) {
  const bool has_edges = has_all(features_, backend_features::edge_triggered);
  std::int64_t count = 0;
  for (auto& [descriptor, at] : descriptors_) {
    const reasons what = asked_for(at.watched, at.ready);
    const bool is_edge = has_edges && any(at.watched, interest::edge);
    const bool due = is_edge ? std::exchange(at.edge_pending, false) : true;
    if (what == reasons::none || !due) continue;
    ready.report(descriptor, what);
    ++count;
  }
  return count;
}

io_result simulated_backend::report_wake_up(descriptor_map& ready) {
  return real_ == nullptr ? io_result::bytes(0) : real_->wait(duration::zero(), ready);
}

}  // namespace v0
}  // namespace pinwheel
