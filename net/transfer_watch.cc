#include "pinwheel/net/transfer_watch.h"

#include <algorithm>

#include "pinwheel/net/connection_options.h"

namespace pinwheel {
inline namespace v0 {
namespace {

rate_terms input_terms(const connection_options& options) {
  return {.bytes_per_second = options.input_rate_min, .grace = options.rate_grace};
}

output_terms terms_of_output(const connection_options& options) {
  return {.stall = options.write_stall_timeout,
          .slowest = {.bytes_per_second = options.output_rate_min, .grace = options.rate_grace}};
}

}  // namespace

time_point transfer_watch::next_look(const connection_options& options) const noexcept {
  time_point next = time_point::max();
  if (output_) next = output_->next_look(terms_of_output(options));
  if (input_ && input_->state == input_watch::kernel::not_asked) next = std::min(next, input_->floor.empty_at());
  return next;
}

// A message.

bool transfer_watch::judges_input(const connection_options& options) noexcept { return options.input_rate_min > 0; }

void transfer_watch::watch_input(time_point now, const connection_options& options) noexcept {
  input_.emplace(input_watch{.floor = rate_floor(now, input_terms(options))});
}

void transfer_watch::received(std::size_t bytes, time_point now, const connection_options& options) noexcept {
  if (!input_) return;
  input_->floor.moved(bytes, now, input_terms(options));
  input_->state = input_watch::kernel::not_asked;
}

transfer_watch::input_verdict transfer_watch::judge_input(time_point now) noexcept {
  if (!input_ || !input_->floor.is_too_slow(now)) return input_verdict::waits;
  if (input_->state == input_watch::kernel::not_asked) {
    input_->state = input_watch::kernel::asked;
    return input_verdict::ask_kernel;
  }
  if (input_->state == input_watch::kernel::asked) return input_verdict::waits;
  input_.reset();
  return input_verdict::too_slow;
}

void transfer_watch::kernel_has_no_more() noexcept {
  if (input_ && input_->state == input_watch::kernel::asked) input_->state = input_watch::kernel::has_no_more;
}

// Output.

bool transfer_watch::judges_output(const connection_options& options) noexcept {
  return terms_of_output(options).judge();
}

void transfer_watch::watch_output(time_point now, std::size_t unacknowledged,
                                  const connection_options& options) noexcept {
  output_.emplace(now, unacknowledged, terms_of_output(options));
}

bool transfer_watch::is_output_due(time_point now, const connection_options& options) const noexcept {
  return output_ && output_->next_look(terms_of_output(options)) <= now;
}

std::optional<close_reason> transfer_watch::judge_output(time_point now, std::size_t unacknowledged,
                                                         const connection_options& options) noexcept {
  if (!output_) return std::nullopt;
  const output_watch::verdict verdict = output_->look(now, unacknowledged, terms_of_output(options));
  if (verdict == output_watch::verdict::waits) return std::nullopt;
  output_.reset();
  return verdict == output_watch::verdict::stalled ? close_reason::write_stall : close_reason::slow_output;
}

void transfer_watch::sent(std::size_t bytes, time_point now, const connection_options& options) noexcept {
  if (output_) output_->took(bytes, now, terms_of_output(options));
}

}  // namespace v0
}  // namespace pinwheel
