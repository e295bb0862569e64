// What goes to the peer: gathered during a callback, sent at its end, at most one send in flight.
#include <array>
#include <span>

#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

write_result connection::write(std::string_view bytes) {
  if (!takes_output()) return write_result::closed;
  output_.append(bytes, host().blocks_);
  return written();
}

char* connection::reserve(std::size_t bytes) {
  return takes_output() ? output_.reserve(bytes, host().blocks_) : nullptr;
}

write_result connection::commit(std::size_t bytes) {
  output_.commit(bytes);
  return written();
}

void connection::shutdown_write() {
  if (phase_ != phase::open) return;
  fin_asked_ = true;
  schedule();
}

std::size_t connection::output_bytes_max() const noexcept {
  return options_->output_bytes_max != 0 ? options_->output_bytes_max : 4 * options_->output_high_bytes;
}

bool connection::takes_output() {
  if (!is_open()) return false;
  if (output_.bytes() < output_bytes_max()) return true;
  abort(close_reason::output_overflow);
  return false;
}

write_result connection::written() {
  if (output_.bytes() > options_->output_high_bytes) above_high_ = true;
  schedule();
  return above_high_ ? write_result::above_high : write_result::accepted;
}

void connection::flush() {
  if (has_ended()) return;
  while (!output_.empty() && !sending_) {
    std::array<iovec, output_queue::gathered_max> pieces;
    const std::size_t count = output_.gather(pieces);
    const send_result sent = home().send(*this, std::span(pieces).first(count));
    sending_ = sent.in_flight;
    if (sending_) return;
    if (!sent.taken.ok()) return fail(sent.taken.error());
    took(sent.taken.count());
  }
  if (sending_) return;
  output_.release(host().blocks_);  // Room that was reserved and not used.
  if (!fin_asked_ || fin_sent_) return;
  fin_sent_ = true;
  home().shutdown_write(*this);
}

void connection::took(std::size_t bytes) {
  if (bytes == 0) return;
  last_activity_ = loop().now();
  output_.consume(bytes, host().blocks_);
}

void connection::update_marks() {
  if (!above_high_ || output_.bytes() > options_->output_low_bytes) return;
  above_high_ = false;
  due_ |= due_drained | due_offer;
}

}  // namespace v0
}  // namespace pinwheel
