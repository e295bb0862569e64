// What comes from the peer: offered to the handler, and kept where it is left over.
#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_extras.h"
#include "pinwheel/net/connection_filter.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

void connection::pause_reading() {
  if (phase_ != phase::open) return;
  paused_ = true;
  schedule();
}

void connection::resume_reading() {
  if (phase_ != phase::open) return;
  paused_ = false;
  due_ |= due_offer;
  schedule();
}

void connection::receive_now() {
  if (phase_ == phase::open) home().receive_now(*this);
}

// The stream has asked the kernel, as it was told to.
void connection::caught_up() {
  if (drain_asked_) due_ |= due_drain;
  if (extras_ == nullptr || !extras_->watched.watches_input()) return;
  extras_->watched.kernel_has_no_more();
  due_ |= due_timer;
}

void connection::receive(std::string_view bytes) {
  if (phase_ != phase::open) return;
  last_activity_ = loop().now();
  if (extras_ != nullptr) extras_->watched.received(bytes.size(), loop().now(), *options_);
  tell_drained();  // First: a handler that waits for it would take none of these bytes.
  if (phase_ != phase::open) return;
  if (!input_.empty() || !takes_offers()) {
    input_.append(bytes, host().blocks_);
    if (takes_offers()) offer_unread();
    return;
  }
  const std::size_t consumed = offer(bytes);
  if (phase_ != phase::open) return;
  input_.append(bytes.substr(consumed), host().blocks_);
  judge_unread(consumed);
}

std::size_t connection::offer(std::string_view bytes) {
  std::size_t consumed = 0;
  guard([&] { consumed = handler_->on_data(*this, bytes); });
  PINWHEEL_CHECK(consumed <= bytes.size(), "on_data consumed more than it was offered");
  return consumed;
}

void connection::offer_unread() {
  if (input_.empty()) return;
  const std::size_t consumed = offer(input_.view());
  if (phase_ != phase::open) return;
  input_.consume(consumed, host().blocks_);
  judge_unread(consumed);
}

// At its bound nothing is received, so nothing but the handler itself can bring it on: it is offered the same again
// while it consumes any of it, a pass apart.
void connection::judge_unread(std::size_t consumed) {
  if (input_.bytes() < options_->input_bytes_max || is_becoming()) return;
  if (consumed == 0 && !is_paused()) return close(close_reason::input_overflow);
  due_ |= due_offer;
}

// What is unread is offered once more, now or when the handler resumes.
bool connection::owes_offer() const noexcept { return !input_.empty() && (paused_ || (due_ & due_offer) != 0); }

bool connection::offers_unread_now() const noexcept {
  return (due_ & due_offer) != 0 && !input_.empty() && takes_offers();
}

void connection::update_receiving() {
  if (input_.empty()) static_cast<void>(take_due(due_offer));
  const bool wanted = has_filter_ ? filtering().wants_ciphertext()
                                  : phase_ == phase::open && !is_paused() && !peer_ended_ && !leaving_ &&
                                        input_.bytes() < options_->input_bytes_max;
  if (wanted == receiving_) return;
  receiving_ = wanted;
  if (wanted) {
    home().start_receiving(*this);
  } else if (has_filter_ || !peer_ended_) {  // Behind a filter the peer may end before the stream does.
    home().stop_receiving(*this);
  }
}

}  // namespace v0
}  // namespace pinwheel
