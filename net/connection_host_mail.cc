// What comes to a host from other threads, and what it hands on: work, connections, and what those that moved away have
// left behind.
#include <utility>

#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/connection_move.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

connection_host_handle connection_host::handle() const { return {loop().handle(), home_}; }

void connection_host::deliver(connection_id to, connection_work&& work) {
  loop().assert_on_loop("connection_host::deliver");
  if (home_->has_mail()) take_mail();  // The connection may have come before its work.
  for (;;) {
    if (connection* found = find(to)) return found->has_ended() ? work(nullptr) : found->run(work);
    const std::optional<forwarding::step> next = forwarding_.next(to);
    if (!next) return work(nullptr);
    if (next->elsewhere) {
      const post_result answer = next->elsewhere.send_to(to, std::move(work));
      if (answer != post_result::taken) work(nullptr);  // NOLINT(bugprone-use-after-move): it was left here.
      return;
    }
    to = next->here;
  }
}

void connection_host::bell_was_heard() {
  home_->heard();
  take_mail();
}

void connection_host::take_mail() {
  const connection_home::mail came = home_->take();
  for (const connection_home::room& each : came.rooms) home_->rooms().release(each.at, each.bytes);
  for (connection* each : came.arrivals) connection_move::of(*each).arrive(*this);
  for (const connection_id each : came.farewells) forget(each);
}

void connection_host::forget(connection_id name) {
  forwarding_.forget(name);
  if (empty_ && forwarding_.empty()) wait_for_empty();
}

void connection_host::forget_all() {
  forwarding_.forget_all();
  if (empty_) wait_for_empty();
}

void connection_host::shut() {
  is_shut_ = true;
  home_->shut();
  take_mail();
}

void connection_host::on_empty(task empty) {
  empty_ = std::move(empty);
  wait_for_empty();
}

void connection_host::wait_for_empty() {
  streams::on_empty([this] { streams_are_empty(); });
}

void connection_host::streams_are_empty() {
  if (!streams::empty()) return wait_for_empty();  // A connection has come since that was found.
  if (!forwarding_.empty()) return;                // forget() looks again.
  if (!home_->shut_unless_awaited()) {
    take_mail();
    return wait_for_empty();
  }
  is_shut_ = true;
  if (task empty = std::exchange(empty_, {})) empty();
}

}  // namespace v0
}  // namespace pinwheel
