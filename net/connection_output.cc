// What goes to the peer: gathered during a callback, sent at its end, at most one send in flight.
#include <array>
#include <span>
#include <utility>

#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_extras.h"
#include "pinwheel/net/connection_filter.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace {

using gathered_pieces = std::array<iovec, output_queue::gathered_max>;

// `pieces` is room to work in.
send_result send_first(const output_queue& output, streams& through, stream& which, gathered_pieces& pieces) {
  if (output.is_file_first()) return through.send_file(which, output.first_file());
  const auto [count, more_follows] = output.gather(pieces);
  return through.send(which, std::span(pieces).first(count), more_follows);
}

}  // namespace

// Part of every write, and used in this file alone.

inline std::size_t connection::output_bytes_max() const noexcept {
  return options_->output_bytes_max != 0 ? options_->output_bytes_max : 4 * options_->output_high_bytes;
}

inline bool connection::takes_output() {
  if (!is_open()) return false;
  if (output_.owned_bytes() + (has_filter_ ? sealed().bytes() : 0) < output_bytes_max()) return true;
  abort(close_reason::output_overflow);
  return false;
}

// Of what was sealed and what was not.
inline bool connection::is_above(std::size_t bytes_mark, std::size_t pieces_mark) const noexcept {
  if (has_filter_) return output_bytes() > bytes_mark || output_.pieces() > pieces_mark;
  return output_.is_above(bytes_mark, pieces_mark);
}

inline write_result connection::written() {
  if (is_above(options_->output_high_bytes, output_queue::pieces_high)) above_high_ = true;
  schedule();
  return above_high_ ? write_result::above_high : write_result::accepted;
}

write_result connection::write(std::string_view bytes) {
  if (!takes_output()) return write_result::closed;
  output_.append(bytes, host().blocks_);
  return written();
}

write_result connection::write(std::span<const std::string_view> pieces) {
  if (!takes_output()) return write_result::closed;
  for (const std::string_view piece : pieces) output_.append(piece, host().blocks_);
  return written();
}

write_result connection::write_moved(std::string&& bytes) {
  if (!takes_output()) return write_result::closed;
  output_.append_moved(std::move(bytes), host().blocks_);
  return written();
}

write_result connection::write_constant(constant_bytes bytes) {
  if (!takes_piece()) return write_result::closed;
  output_.append_constant(bytes, host().blocks_);
  return written();
}

write_result connection::write_file(file_range range) {
  PINWHEEL_CHECK(range.file != nullptr, "a range of no file was written");
  PINWHEEL_CHECK(range.offset <= file_range::end_max && range.bytes <= file_range::end_max - range.offset,
                 "a range of a file ends behind file_range::end_max");
  if (!takes_piece()) return write_result::closed;
  output_.append_file(std::move(range), host().blocks_);
  return written();
}

char* connection::reserve(std::size_t bytes) {
  return takes_output() ? output_.reserve(bytes, host().blocks_) : nullptr;
}

write_result connection::commit(std::size_t bytes) {
  output_.commit(bytes);
  return written();
}

void connection::cork() { corked_ = true; }

void connection::uncork() {
  if (!corked_ || has_ended()) return;
  corked_ = false;
  schedule();
}

void connection::shutdown_write() {
  if (phase_ != phase::open) return;
  fin_asked_ = true;
  schedule();
}

bool connection::takes_piece() {
  if (!takes_output()) return false;
  if (output_.pieces() < output_queue::pieces_max) return true;
  abort(close_reason::output_overflow);
  return false;
}

// A cork gives way where it could be for ever: above the high mark nothing is read that could end it, and an end that
// was asked for waits for the output.
bool connection::is_held_back() const noexcept { return corked_ && !above_high_ && is_open(); }

// In parts, so that a peer that reads as fast as this sends does not keep the loop.
void connection::flush() {
  if (leaving_ || (is_held_back() && !has_filter_)) return;
  if (has_filter_) filtering().seal();
  output_queue& next = leaving();
  gathered_pieces pieces;
  std::size_t taken = 0;
  while (!next.empty() && !sending_ && !has_ended()) {
    if (taken >= output_queue::send_bytes_max) return home().wake(*this);
    const send_result sent = send_first(next, home(), *this, pieces);
    sending_ = sent.in_flight;
    if (sending_) return;
    if (!sent.taken.ok()) return fail(sent.taken.error());
    taken += sent.taken.count();
    took(sent.taken.count());
    if (has_filter_) filtering().seal();
  }
  if (sending_ || has_ended() || !output_.empty()) return;
  if (output_.has_blocks()) output_.release(host().blocks_);  // Room that was reserved and not used.
  if (has_filter_) sealed().release(host().blocks_);
  if (!fin_asked_ || fin_sent_) return;
  fin_sent_ = true;
  home().shutdown_write(*this);
}

void connection::took(std::size_t bytes) {
  if (bytes == 0) return;
  last_activity_ = loop().now();
  if (extras_ != nullptr) extras_->watched.sent(bytes, loop().now(), *options_);
  leaving().consume(bytes, host().blocks_);
}

void connection::update_marks() {
  if (!above_high_ || is_above(options_->output_low_bytes, output_queue::pieces_low)) return;
  above_high_ = false;
  due_ |= due_drained | due_offer;
}

}  // namespace v0
}  // namespace pinwheel
