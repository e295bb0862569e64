#include "pinwheel/net/simulation/network_backend.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "pinwheel/net/simulation/network.h"
#include "pinwheel/reactor/descriptor_map.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr int first = simulated_sockets::first_descriptor;

reasons asked_for(interest watched) {
  if (watched == interest::none) return reasons::none;
  return static_cast<reasons>(watched & (interest::read_write | interest::closed)) | reasons::failed;
}

}  // namespace

simulated_network_backend::simulated_network_backend(simulated_network& network, backend_features features)
    : network_(network), features_(features) {
  network_.backends_.push_back(this);
}

simulated_network_backend::~simulated_network_backend() { std::erase(network_.backends_, this); }

simulated_network_backend::watch* simulated_network_backend::find(int descriptor) noexcept {
  const auto index = static_cast<std::size_t>(descriptor - first);
  return descriptor >= first && index < watches_.size() ? &watches_[index] : nullptr;
}

io_result simulated_network_backend::change(int descriptor, interest, interest after) {
  if (descriptor == wake_descriptor_) return io_result::bytes(0);
  if (!network_.is_open(descriptor)) return io_result::failure(EBADF);
  const auto index = static_cast<std::size_t>(descriptor - first);
  if (index >= watches_.size()) watches_.resize(index + 1);
  watches_[index].watched = after;
  became_ready(descriptor, network_.readiness(descriptor));  // As epoll: arming reports what is ready already.
  return io_result::bytes(0);
}

void simulated_network_backend::forget(int descriptor) {
  if (watch* at = find(descriptor)) at->watched = interest::none;
}

io_result simulated_network_backend::reopen() {
  for (watch& each : watches_) each.watched = interest::none;
  return io_result::bytes(0);
}

void simulated_network_backend::became_ready(int descriptor, reasons what) {
  watch* at = find(descriptor);
  if (at == nullptr || !any(asked_for(at->watched), what) || std::exchange(at->is_due, true)) return;
  due_.push_back(descriptor);
}

reasons simulated_network_backend::reasons_to_report(int descriptor) {
  return network_.readiness(descriptor) & asked_for(find(descriptor)->watched);
}

bool simulated_network_backend::has_ready() {
  return std::any_of(due_.begin(), due_.end(),
                     [this](int descriptor) { return reasons_to_report(descriptor) != reasons::none; });
}

io_result simulated_network_backend::wait(std::optional<duration> timeout, descriptor_map& ready) {
  virtual_clock& clock = network_.clock();
  const bool waits = !timeout || *timeout > duration::zero();
  const time_point end = timeout ? later_by(*timeout, clock.now()) : time_point::max();
  for (;;) {
    network_.deliver();
    const std::int64_t count = report(ready, !waits) + (waits ? report_wake_up(ready) : 0);
    if (count > 0 || clock.now() >= end) return io_result::bytes(count);
    const auto next = network_.next_arrival();
    if (!timeout && !next) return io_result::failure(EDEADLK);
    clock.advance_to(next ? std::min(end, *next) : end);
  }
}

std::int64_t simulated_network_backend::report(descriptor_map& ready, bool may_be_late) {
  order_reports();
  const bool has_edges = has_all(features_, backend_features::edge_triggered);
  std::int64_t count = 0;
  for (const int descriptor : reporting_) {
    const reasons what = reasons_to_report(descriptor);
    watch& at = *find(descriptor);
    at.is_due = false;
    if (what == reasons::none) continue;
    if (may_be_late && network_.faults().occurs(simulated_fault::late_report)) {
      became_ready(descriptor, what);
      continue;
    }
    const bool is_edge = has_edges && any(at.watched, interest::edge);
    if (!is_edge) became_ready(descriptor, what);
    network_.trace().note(traced::reported, static_cast<std::uint64_t>(descriptor), static_cast<std::int64_t>(what));
    ready.report(descriptor, what);
    ++count;
  }
  reporting_.clear();
  return count;
}

void simulated_network_backend::order_reports() {
  reporting_.swap(due_);
  if (reporting_.size() > 1 && network_.faults().occurs(simulated_fault::reordered_report)) {
    network_.chance().shuffle(reporting_);
  }
}

// Written by a signal handler, or a thread of no loop. Reading is what makes an edge of it.
std::int64_t simulated_network_backend::report_wake_up(descriptor_map& ready) const {
  std::array<char, 64> scrap;
  if (::read(wake_descriptor_, scrap.data(), scrap.size()) <= 0) return 0;
  ready.report(wake_descriptor_, reasons::readable);
  return 1;
}

}  // namespace v0
}  // namespace pinwheel
