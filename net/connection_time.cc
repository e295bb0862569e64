// One wheel node for all timeouts of a connection. A byte in or out only stores the turn's time; the wheel is touched
// when the node expires, and when something begins that is due before it.
#include <algorithm>

#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_extras.h"
#include "pinwheel/net/connection_filter.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

void connection::set_deadline(duration delay, close_reason why) {
  if (has_ended()) return;
  deadline_ = later_by(std::max(delay, duration::zero()), loop().now());
  deadline_why_ = why;
  arm_by(deadline_);
}

void connection::clear_deadline() { deadline_ = time_point::max(); }

void connection::expect_input(bool expected) {
  if (phase_ != phase::open) return;
  expects_input_ = expected;
  schedule();
}

// The node.

// Runs in its turn at the connection's priority, as all that is called of a handler.
void connection::expired(timer_node& self) {
  auto& timed = static_cast<connection&>(self);
  timed.due_ |= due_timer;
  timed.home().wake(timed);
}

void connection::run_timeouts() {
  if (const std::optional<close_reason> why = over_time(loop().now())) time_out(*why);
  if (!has_ended()) arm_timer();
}

// One at a time; what else is over is found when the node, armed for the past, expires again.
std::optional<close_reason> connection::over_time(time_point now) {
  if (deadline_ <= now) {
    clear_deadline();
    return deadline_why_;
  }
  if (extras_ != nullptr) {
    if (const auto why = judge_output(extras_->watched, now)) return why;
    if (const auto why = judge_input(extras_->watched, now)) return why;
  }
  if (idle_at() > now) return std::nullopt;
  last_activity_ = now;
  return close_reason::idle;
}

void connection::time_out(close_reason why) {
  // While closing, the peer does not take what is left, and the handler has said goodbye.
  if (phase_ != phase::open) return abort(why);
  guard([&] { handler_->on_timeout(*this, why); });
}

time_point connection::idle_at() const noexcept {
  const bool may_stall =
      extras_ != nullptr && extras_->watched.watches_output() && options_->write_stall_timeout > duration::zero();
  if (may_stall || options_->idle_timeout <= duration::zero()) return time_point::max();
  return later_by(options_->idle_timeout, last_activity_);
}

void connection::arm_timer() {
  time_point next = std::min(deadline_, idle_at());
  if (extras_ != nullptr) next = std::min(next, extras_->watched.next_look(*options_));
  if (next != time_point::max()) loop().timers().arm_at(*this, next);
}

void connection::arm_by(time_point when) {
  if (when == time_point::max()) return;
  if (!is_armed() || timer_node::deadline() > when) loop().timers().arm_at(*this, when);
}

// What is judged for a while.

void connection::watch() {
  watch_output();
  watch_input();
  drop_unused_extras();
}

// What a cork holds back, or a filter cannot seal without input, does not wait for the peer to take it.
void connection::watch_output() {
  const bool waits_elsewhere = is_held_back() || (has_filter_ && filtering().waits_for_input());
  const bool waits_for_peer = output_bytes() != 0 && (sending_ || !waits_elsewhere);
  const bool is_watched = extras_ != nullptr && extras_->watched.watches_output();
  if (is_watched && !waits_for_peer) {
    extras_->watched.forget_output();
    arm_by(idle_at());
  } else if (waits_for_peer && !is_watched && transfer_watch::judges_output(*options_)) {
    extras().watched.watch_output(loop().now(), home().unacknowledged(*this), *options_);
    arm_by(extras_->watched.next_look(*options_));
  }
}

void connection::watch_input() {
  const bool is_unfinished = (receiving_ || leaving_) && (expects_input_ || !input_.empty());
  const bool is_watched = extras_ != nullptr && extras_->watched.watches_input();
  if (is_watched && !is_unfinished) {
    extras_->watched.forget_input();
  } else if (is_unfinished && !is_watched && transfer_watch::judges_input(*options_)) {
    extras().watched.watch_input(loop().now(), *options_);
    arm_by(extras_->watched.next_look(*options_));
  }
}

// Where the handler does not end the connection, it is judged anew once its callback has returned: see watch().

std::optional<close_reason> connection::judge_output(transfer_watch& watched, time_point now) {
  if (!watched.is_output_due(now, *options_)) return std::nullopt;
  return watched.judge_output(now, home().unacknowledged(*this), *options_);
}

std::optional<close_reason> connection::judge_input(transfer_watch& watched, time_point now) {
  switch (watched.judge_input(now)) {
    case transfer_watch::input_verdict::too_slow:
      return close_reason::slow_input;
    case transfer_watch::input_verdict::ask_kernel:
      home().receive_now(*this);
      break;
    case transfer_watch::input_verdict::waits:
      break;
  }
  return std::nullopt;
}

}  // namespace v0
}  // namespace pinwheel
