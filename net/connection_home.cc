#include "pinwheel/net/connection_home.h"

#include <utility>

#include "pinwheel/net/connection_move.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

void connection_home::drop() noexcept {
  if (shares_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

// Nobody would leave this mail again: the bell is heard also by a loop whose mailbox is full.
void connection_home::leave_mail(const event_base_handle& loop) {
  has_mail_.store(true, std::memory_order_release);
  if (!std::exchange(has_rung_, true)) static_cast<void>(loop.activate_always(bell_));
}

void connection_home::say_farewell(const event_base_handle& loop, std::span<const connection_id> names) {
  const mutex_lock lock(mutex_);
  if (is_vacant_) return;
  waiting_.farewells.insert(waiting_.farewells.end(), names.begin(), names.end());
  leave_mail(loop);
}

void connection_home::give_back(const event_base_handle& loop, room returned) noexcept {
  const mutex_lock lock(mutex_);
  if (is_vacant_) return rooms_.release(returned.at, returned.bytes);
  waiting_.rooms.push_back(returned);
  leave_mail(loop);
}

connection_home::mail connection_home::take_waiting() {
  has_mail_.store(false, std::memory_order_relaxed);
  return std::exchange(waiting_, {});
}

connection_home::mail connection_home::take() {
  const mutex_lock lock(mutex_);
  return take_waiting();
}

void connection_home::heard() {
  const mutex_lock lock(mutex_);
  has_rung_ = false;
}

void connection_home::part_from_parent() {
  const mutex_lock lock(mutex_);
  for (connection* each : waiting_.arrivals) connection_move::of(*each).part_from_parent();
}

void connection_home::shut() {
  const mutex_lock lock(mutex_);
  is_shut_ = true;
}

bool connection_home::shut_unless_awaited() {
  const mutex_lock lock(mutex_);
  if (!waiting_.arrivals.empty()) return false;
  is_shut_ = true;
  return true;
}

void connection_home::vacate() {
  const mutex_lock lock(mutex_);
  PINWHEEL_CHECK(is_shut_ && waiting_.arrivals.empty(), "a host died while connections come to it");
  for (const room& each : take_waiting().rooms) rooms_.release(each.at, each.bytes);
  host_ = nullptr;
  is_vacant_ = true;
}

}  // namespace v0
}  // namespace pinwheel
