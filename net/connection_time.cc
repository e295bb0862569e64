// One wheel node for all timeouts of a connection. A byte in or out only stores the turn's time; the wheel is touched
// when the node expires, and when a deadline is set that lies before it.
#include <algorithm>

#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

void connection::set_deadline(duration delay, close_reason why) {
  if (has_ended()) return;
  deadline_ = loop().now() + delay;
  deadline_why_ = why;
  if (!is_armed() || timer_node::deadline() > deadline_) loop().timers().arm_at(*this, deadline_);
}

void connection::clear_deadline() { deadline_ = time_point::max(); }

// Runs in its turn at the connection's priority, as all that is called of a handler.
void connection::expired(timer_node& self) {
  auto& timed = static_cast<connection&>(self);
  timed.due_ |= due_timer;
  timed.home().wake(timed);
}

void connection::run_timeouts() {
  const time_point now = loop().now();
  if (deadline_ <= now) {
    clear_deadline();
    time_out(deadline_why_);
  } else if (options_->idle_timeout > duration::zero() && now - last_activity_ >= options_->idle_timeout) {
    last_activity_ = now;
    time_out(close_reason::idle);
  }
  if (!has_ended()) arm_timer();
}

void connection::time_out(close_reason why) {
  // While closing, the peer does not take what is left, and the handler has said goodbye.
  if (phase_ != phase::open) return abort(why);
  guard([&] { handler_->on_timeout(*this, why); });
}

void connection::arm_timer() {
  const bool may_idle = options_->idle_timeout > duration::zero();
  const time_point next = may_idle ? std::min(deadline_, last_activity_ + options_->idle_timeout) : deadline_;
  if (next != time_point::max()) loop().timers().arm_at(*this, next);
}

}  // namespace v0
}  // namespace pinwheel
