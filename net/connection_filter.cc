#include "pinwheel/net/connection_filter.h"

#include <cstdint>

#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

using phase = connection_fields::phase;

block_pool& connection_filter::blocks() const noexcept { return through_.host().blocks_; }

// The handshake.

void connection_filter::start() {
  through_.phase_ = phase::opening;
  const duration timeout = through_.options_->handshake_timeout;
  if (timeout > duration::zero()) through_.set_deadline(timeout, close_reason::handshake_timeout);
  bytes_.start(blocks());
  finish_handshake();
}

void connection_filter::finish_handshake() {
  if (!bytes_.is_ready()) return;
  through_.phase_ = phase::open;
  through_.clear_deadline();
  through_.guard([this] { through_.handler_->on_open(through_); });
  if (through_.drain_asked_) through_.receive_now();
}

// What comes.

// A filter that needs input gets it also while the handler wants none: what it waits for may lie behind plaintext, and
// what the handler waits for, behind it.
bool connection_filter::may_open() const noexcept {
  if (through_.peer_ended_ || through_.has_ended()) return false;
  const bool needs_input = bytes_.needs_input();
  if (through_.phase_ == phase::closing) return needs_input;
  if (through_.input_.bytes() >= through_.options_->input_bytes_max) return false;
  return through_.phase_ == phase::opening || needs_input || !through_.is_paused();
}

// Where the filter seals nothing before it has seen what lies behind the unread input, output does not wait for a slow
// peer but for the handler to take that.
bool connection_filter::needs_room_for_input() const noexcept {
  return bytes_.needs_input() && through_.input_.bytes() >= through_.options_->input_bytes_max;
}

bool connection_filter::wants_ciphertext() const noexcept {
  if (through_.leaving_ || bytes_.has_heard_end()) return false;
  if (through_.peer_ended_) return through_.phase_ == phase::open;  // Only its FIN, or a reset, means anything now.
  return may_open() && !bytes_.has_unopened();
}

void connection_filter::receive(std::string_view ciphertext) {
  if (through_.peer_ended_ || through_.has_ended()) return;
  through_.last_activity_ = through_.loop().now();
  if (may_open() && !bytes_.has_unopened()) return open(ciphertext);
  bytes_.keep(ciphertext, blocks());
  through_.due_ |= connection::due_open;
}

// One step for each pass of the loop, so that ciphertext that opens to much gives way to other connections.
void connection_filter::open_more() {
  if (may_open() && !through_.offers_unread_now()) open({});
}

void connection_filter::open(std::string_view ciphertext) {
  static_cast<void>(through_.take_due(connection::due_open));
  constexpr std::size_t room_bytes = block_pool::rounded(filtered_bytes::opened_bytes_max);
  auto* room = static_cast<char*>(blocks().allocate(room_bytes));
  const filter_result got = bytes_.open(ciphertext, {room, filtered_bytes::opened_bytes_max}, blocks());
  offer({room, got.made});
  blocks().release(room, room_bytes);
  if (bytes_.has_unopened()) {
    through_.due_ |= connection::due_open;
  } else if (got.status == filter_status::ended) {
    end_of_plaintext();
  } else if (got.status == filter_status::failed) {
    end({close_reason::filter_error, got.error});
  } else if (bytes_.has_heard_end()) {
    truncated();
  }
}

// What comes together with the handshake's end is offered in a later pass, as a callback of its own.
void connection_filter::offer(std::string_view plaintext) {
  if (through_.phase_ == phase::opening) {
    finish_handshake();
    through_.input_.append(plaintext, blocks());
    through_.due_ |= connection::due_offer;
  } else if (!plaintext.empty()) {
    through_.receive(plaintext);
  }
}

// A peer that says goodbye instead of finishing the handshake has nothing to be told to the handler.
void connection_filter::end_of_plaintext() {
  if (through_.phase_ == phase::opening) return through_.abort(close_reason::peer_eof);
  through_.peer_ended_ = true;
  through_.due_ |= connection::due_eof;
}

void connection_filter::end_of_ciphertext() {
  bytes_.hear_end();
  if (!bytes_.has_unopened()) truncated();
}

// Told in the place of on_eof, behind all that came before it.
void connection_filter::truncated() {
  if (through_.peer_ended_ || through_.has_ended()) return;
  if (through_.phase_ == phase::open) {
    bytes_.truncate();
    end_of_plaintext();
  } else if (through_.phase_ == phase::opening || bytes_.needs_input()) {
    through_.abort(close_reason::filter_truncated);
  }
}

// What goes.

// A cork holds back what was written, not what the filter has for the peer of itself: the peer may wait for it.
void connection_filter::seal() {
  if (through_.has_ended() || through_.phase_ == phase::opening || through_.is_held_back()) return;
  if (const auto failed = bytes_.seal(through_.output_, blocks())) return end(*failed);
  if (through_.above_high_ && needs_room_for_input()) through_.due_ |= connection::due_offer;
  if (through_.output_.empty() && !through_.is_open()) bytes_.finish(blocks());
  if (through_.phase_ == phase::closing && through_.peer_ended_ && bytes_.needs_input()) give_up_sealing();
}

// The peer has left without what the filter waits for.
void connection_filter::give_up_sealing() {
  through_.abort(is_truncated() ? close_reason::filter_truncated : close_reason::filter_error);
}

// The end.

// A filter that has failed seals no more, but what it has for the peer leaves, such as an alert. A file that has failed
// leaves the peer without an end that it could take for the right one.
void connection_filter::end(close_status why) {
  if (through_.has_ended()) return;
  through_.error_ = static_cast<std::int16_t>(why.error);
  if (why.reason != close_reason::filter_error) return through_.abort(why.reason);
  through_.reason_ = why.reason;
  through_.phase_ = phase::closing;
  through_.output_.release(blocks());
}

void connection_filter::drop_unsealed() noexcept {
  through_.output_.release(blocks());
  bytes_.release_input(blocks());
}

}  // namespace v0
}  // namespace pinwheel
