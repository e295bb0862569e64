// A connection whose bytes go through a filter: opened before they are offered, sealed before they leave.
#include "pinwheel/net/block_pool.h"
#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_extras.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/filtered_bytes.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

filtered_bytes& connection::filtered() const noexcept { return *extras_->filtered; }

bool connection::make_filter() noexcept {
  const filter_factory& factory = options_->filter;
  if (factory.make == nullptr) return true;
  try {
    std::unique_ptr<filter> made = factory.make(factory.context);
    PINWHEEL_CHECK(made != nullptr, "a filter_factory made no filter");
    extras().filtered = std::make_unique<filtered_bytes>(std::move(made));
  } catch (...) {
    host().count_exception();
    return false;
  }
  has_filter_ = true;
  return true;
}

// --- the handshake ---

void connection::begin_handshake() {
  phase_ = phase::opening;
  if (options_->handshake_timeout > duration::zero()) {
    set_deadline(options_->handshake_timeout, close_reason::handshake_timeout);
  }
  filtered().start(host().blocks_);
  finish_handshake();
}

void connection::finish_handshake() {
  if (!filtered().is_ready()) return;
  phase_ = phase::open;
  clear_deadline();
  guard([this] { handler_->on_open(*this); });
  if (drain_asked_) receive_now();
}

// --- what comes ---

// Whether a step of opening makes sense now. A filter that needs input gets it also while the handler wants none: what
// it waits for may lie behind plaintext, and what the handler waits for, behind it.
bool connection::may_open() const noexcept {
  if (peer_ended_ || has_ended()) return false;
  const bool needs_input = filtered().needs_input();
  if (phase_ == phase::closing) return needs_input;
  if (input_.bytes() >= options_->input_bytes_max) return false;
  return phase_ == phase::opening || needs_input || !is_paused();
}

// Where the filter seals nothing before it has seen what lies behind the unread input, output does not wait for a slow
// peer but for the handler to take that.
bool connection::needs_room_for_input() const noexcept {
  return filtered().needs_input() && input_.bytes() >= options_->input_bytes_max;
}

bool connection::wants_ciphertext() const noexcept {
  if (leaving_ || filtered().has_heard_end()) return false;
  if (peer_ended_) return phase_ == phase::open;  // Only its FIN, or a reset, means anything now.
  return may_open() && !filtered().has_unopened();
}

void connection::receive_sealed(std::string_view ciphertext) {
  if (peer_ended_ || has_ended()) return;
  last_activity_ = loop().now();
  if (may_open() && !filtered().has_unopened()) return open_sealed(ciphertext);
  filtered().keep(ciphertext, host().blocks_);
  due_ |= due_open;
}

// One step for each pass of the loop, so that ciphertext that opens to much gives way to other connections.
void connection::open_more() {
  const bool unread_comes_first = (due_ & due_offer) != 0 && !input_.empty() && takes_offers();
  if (may_open() && !unread_comes_first) open_sealed({});
}

void connection::open_sealed(std::string_view ciphertext) {
  static_cast<void>(take_due(due_open));
  constexpr std::size_t room_bytes = block_pool::rounded(filtered_bytes::opened_bytes_max);
  auto* room = static_cast<char*>(host().blocks_.allocate(room_bytes));
  const filter_result got = filtered().open(ciphertext, {room, filtered_bytes::opened_bytes_max}, host().blocks_);
  receive_plaintext({room, got.made});
  host().blocks_.release(room, room_bytes);
  if (filtered().has_unopened()) {
    due_ |= due_open;
  } else if (got.status == filter_status::ended) {
    end_of_plaintext();
  } else if (got.status == filter_status::failed) {
    end_filtered({close_reason::filter_error, got.error});
  } else if (filtered().has_heard_end()) {
    truncated();
  }
}

// What comes together with the handshake's end is offered in a later pass, as a callback of its own.
void connection::receive_plaintext(std::string_view bytes) {
  if (phase_ == phase::opening) {
    finish_handshake();
    input_.append(bytes, host().blocks_);
    due_ |= due_offer;
  } else if (!bytes.empty()) {
    receive(bytes);
  }
}

// A peer that says goodbye instead of finishing the handshake has nothing to be told to the handler.
void connection::end_of_plaintext() {
  if (phase_ == phase::opening) return abort(close_reason::peer_eof);
  peer_ended_ = true;
  due_ |= due_eof;
}

void connection::end_of_ciphertext() {
  filtered().hear_end();
  if (!filtered().has_unopened()) truncated();
}

// The peer's end without its closing notice: told in the place of on_eof, behind all that came before it.
void connection::truncated() {
  if (peer_ended_ || has_ended()) return;
  if (phase_ == phase::open) {
    filtered().truncate();
    end_of_plaintext();
  } else if (phase_ == phase::opening || filtered().needs_input()) {
    abort(close_reason::filter_truncated);
  }
}

void connection::tell_end() {
  if (has_filter_ && filtered().is_truncated()) return close(close_reason::filter_truncated);
  guard([this] { handler_->on_eof(*this); });
}

// --- what goes ---

output_queue& connection::sealed() const noexcept { return filtered().sealed(); }

// A cork holds back what was written, not what the filter has for the peer of itself: the peer may wait for it.
void connection::seal_output() {
  if (has_ended() || phase_ == phase::opening || is_held_back()) return;
  if (const auto failed = filtered().seal(output_, host().blocks_)) return end_filtered(*failed);
  if (above_high_ && needs_room_for_input()) due_ |= due_offer;
  if (output_.empty() && !is_open()) filtered().finish(host().blocks_);
  if (phase_ == phase::closing && peer_ended_ && filtered().needs_input()) give_up_sealing();
}

// The peer has left without what the filter waits for.
void connection::give_up_sealing() {
  abort(filtered().is_truncated() ? close_reason::filter_truncated : close_reason::filter_error);
}

// A filter that has failed seals no more, but what it has for the peer leaves, such as an alert. A file that has failed
// leaves the peer without an end that it could take for the right one.
void connection::end_filtered(close_status why) {
  if (has_ended()) return;
  error_ = static_cast<std::int16_t>(why.error);
  if (why.reason != close_reason::filter_error) return abort(why.reason);
  reason_ = why.reason;
  phase_ = phase::closing;
  output_.release(host().blocks_);
}

// Of no use any more; what was sealed may be lent to a send.
void connection::drop_unfiltered() noexcept {
  output_.release(host().blocks_);
  filtered().release_input(host().blocks_);
}

}  // namespace v0
}  // namespace pinwheel
