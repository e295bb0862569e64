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

// NOLINTBEGIN(bugprone-unchecked-optional-access): the lint loses sight of an optional behind extras_'s pointer.

namespace {

rate_terms input_terms(const connection_options& options) {
  return {.bytes_per_second = options.input_rate_min, .grace = options.rate_grace};
}

output_terms terms_of_output(const connection_options& options) {
  return {.stall = options.write_stall_timeout,
          .slowest = {.bytes_per_second = options.output_rate_min, .grace = options.rate_grace}};
}

}  // namespace

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
  if (const auto why = judge_output(now)) return why;
  if (const auto why = judge_input(now)) return why;
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
  const bool may_stall = extras_ != nullptr && extras_->output && options_->write_stall_timeout > duration::zero();
  if (may_stall || options_->idle_timeout <= duration::zero()) return time_point::max();
  return later_by(options_->idle_timeout, last_activity_);
}

void connection::arm_timer() {
  time_point next = std::min(deadline_, idle_at());
  if (extras_ != nullptr && extras_->output) {
    next = std::min(next, extras_->output->next_look(terms_of_output(*options_)));
  }
  if (extras_ != nullptr && extras_->input && extras_->input->state == input_watch::kernel::not_asked) {
    next = std::min(next, extras_->input->floor.empty_at());
  }
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

void connection::watch_output() {
  const bool is_watched = extras_ != nullptr && extras_->output;
  // What a cork holds back, or a filter cannot seal without input, does not wait for the peer to take it.
  const bool waits_elsewhere = is_held_back() || (has_filter_ && filtering().waits_for_input());
  if (output_bytes() == 0 || (waits_elsewhere && !sending_)) {
    if (!is_watched) return;
    extras_->output.reset();
    return arm_by(idle_at());
  }
  const output_terms terms = terms_of_output(*options_);
  if (is_watched || !terms.judge()) return;
  extras().output.emplace(loop().now(), home().unacknowledged(*this), terms);
  arm_by(extras_->output->next_look(terms));
}

void connection::watch_input() {
  const bool is_watched = extras_ != nullptr && extras_->input;
  const bool is_unfinished = (receiving_ || leaving_) && (expects_input_ || !input_.empty());
  const rate_terms terms = input_terms(*options_);
  if (!is_unfinished || terms.bytes_per_second == 0) {
    if (is_watched) extras_->input.reset();
    return;
  }
  if (is_watched) return;
  extras().input.emplace(input_watch{.floor = rate_floor(loop().now(), terms)});
  arm_by(extras_->input->floor.empty_at());
}

void connection::count_input(std::size_t bytes) noexcept {
  if (!extras_->input) return;
  extras_->input->floor.moved(bytes, loop().now(), input_terms(*options_));
  extras_->input->state = input_watch::kernel::not_asked;
}

void connection::count_output(std::size_t bytes) noexcept {
  if (extras_->output) extras_->output->took(bytes, loop().now(), terms_of_output(*options_));
}

// Where the handler does not end the connection, it is judged anew once its callback has returned: see watch().

std::optional<close_reason> connection::judge_output(time_point now) {
  if (extras_ == nullptr || !extras_->output) return std::nullopt;
  const output_terms terms = terms_of_output(*options_);
  if (extras_->output->next_look(terms) > now) return std::nullopt;
  const output_watch::verdict verdict = extras_->output->look(now, home().unacknowledged(*this), terms);
  if (verdict == output_watch::verdict::waits) return std::nullopt;
  extras_->output.reset();
  return verdict == output_watch::verdict::stalled ? close_reason::write_stall : close_reason::slow_output;
}

std::optional<close_reason> connection::judge_input(time_point now) {
  if (extras_ == nullptr || !extras_->input || !extras_->input->floor.is_too_slow(now)) return std::nullopt;
  input_watch& watch = *extras_->input;
  if (watch.state == input_watch::kernel::not_asked) {
    watch.state = input_watch::kernel::asked;
    home().receive_now(*this);
  }
  if (watch.state == input_watch::kernel::asked) return std::nullopt;
  extras_->input.reset();
  return close_reason::slow_input;
}

void connection::kernel_has_no_more() noexcept {
  if (!extras_->input) return;
  if (extras_->input->state == input_watch::kernel::asked) extras_->input->state = input_watch::kernel::has_no_more;
  due_ |= due_timer;
}

// NOLINTEND(bugprone-unchecked-optional-access)

}  // namespace v0
}  // namespace pinwheel
