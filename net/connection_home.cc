#include "pinwheel/net/connection_home.h"

#include <utility>

#include "pinwheel/net/connection_move.h"
#include "pinwheel/reactor/base/check.h"

namespace pinwheel {
inline namespace v0 {

void connection_home::drop() noexcept {
  if (shares_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

// Should the loop be too busy to hear it, what lies here waits for the next one.
post_result connection_home::ring(const event_base_handle& loop) {
  if (has_rung_) return post_result::taken;
  const post_result rung = loop.activate(bell_);
  has_rung_ = rung == post_result::taken;
  return rung;
}

void connection_home::say_farewell(const event_base_handle& loop, connection_id name) {
  const mutex_lock lock(mutex_);
  if (is_vacant_) return;
  waiting_.farewells.push_back(name);
  has_mail_.store(true, std::memory_order_release);
  static_cast<void>(ring(loop));
}

void connection_home::give_back(const event_base_handle& loop, room returned) noexcept {
  const mutex_lock lock(mutex_);
  if (is_vacant_) return rooms_.release(returned.at, returned.bytes);
  waiting_.rooms.push_back(returned);
  has_mail_.store(true, std::memory_order_release);
  static_cast<void>(ring(loop));
}

connection_home::mail connection_home::take_waiting() {
  has_mail_.store(false, std::memory_order_relaxed);
  has_rung_ = false;
  return std::exchange(waiting_, {});
}

connection_home::mail connection_home::take() {
  const mutex_lock lock(mutex_);
  return take_waiting();
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
