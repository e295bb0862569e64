// When a connection calls its handler, and what happens when the handler returns.
#include <cstdint>
#include <memory>
#include <utility>

#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_extras.h"
#include "pinwheel/net/connection_filter.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/streams.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

// The length of one callback. What the handler asked for happens at its end: one send for all it wrote, then, where it
// is due, the end of the connection. So on_close is never called inside a call of the user's.
class connection::callback {
 public:
  explicit callback(connection& peer) noexcept : peer_(peer) {
    PINWHEEL_DCHECK(!peer_.in_callback_, "a connection was called back inside a callback of its own");
    peer_.in_callback_ = true;
  }
  ~callback() {
    peer_.settle();
    peer_.in_callback_ = false;
  }
  callback(const callback&) = delete;
  callback& operator=(const callback&) = delete;

 private:
  connection& peer_;
};

void connection::begin() {
  last_activity_ = loop().now();
  const callback scope(*this);
  arm_timer();
  if (has_filter_) return filtering().start();
  guard([this] { handler_->on_open(*this); });
}

void connection::begin_drain() {
  drain_asked_ = true;
  receive_now();
}

void connection::end_now(close_reason why) {
  const callback scope(*this);
  abort(why);
}

void connection::run(connection_work& work) {
  const callback scope(*this);
  guard([&] { work(this); });
}

void connection::arrived() {
  const callback scope(*this);
  arm_timer();
  due_ |= due_moved;
  tell_of_move();  // A handler that is about to be replaced hears nothing: the next one does, in a later pass.
}

void connection::complete(stream& mine, const stream_completion& done) noexcept {
  auto& self = static_cast<connection&>(mine);
  if (done.what == stream_event::closed) return self.host().destroy_later(self);
  const callback scope(self);
  switch (done.what) {
    case stream_event::received:
      return self.has_filter_ ? self.filtering().receive(done.bytes) : self.receive(done.bytes);
    case stream_event::end_of_stream:
      if (self.has_filter_) return self.filtering().end_of_ciphertext();
      self.peer_ended_ = true;
      self.due_ |= due_eof;
      return self.run_due();
    case stream_event::caught_up:
      self.caught_up();
      return self.run_due();
    case stream_event::sent:
      self.sending_ = false;
      self.took(done.count);
      self.flush();
      self.update_marks();
      return self.run_due();
    case stream_event::failed:
      self.sending_ = false;
      return self.fail(done.error);
    case stream_event::woken:
      return self.run_due();
    case stream_event::quiet:
      self.sending_ = false;
      return self.extras_->move->stream_is_quiet();
    case stream_event::closed:
      break;
  }
}

bool connection::has_change() const noexcept { return extras_->becoming.next != nullptr; }

// Outside of a callback nothing would carry out what was asked for: the stream is to make one.
void connection::schedule() {
  if (!in_callback_) home().wake(*this);
}

void connection::settle() {
  if (is_becoming() && phase_ == phase::open) change_handler();
  if (extras_ != nullptr && extras_->move != nullptr) extras_->move->advance();
  flush();
  if (fin_sent_ && peer_ended_ && (due_ & due_eof) == 0 && !owes_offer()) close(close_reason::peer_eof);
  if (phase_ == phase::closing && output_bytes() == 0 && !sending_) return finish(stream_close::linger);
  if (phase_ == phase::ended) return finish(output_bytes() == 0 ? stream_close::at_once : stream_close::reset);
  update_marks();
  update_receiving();
  update_watches();
  if (has_due()) home().wake(*this);
}

// At most once each, so that a busy handler gives way to other connections. Every step may end the connection, or
// replace the handler: what is left is for the next one then.
void connection::run_due() {
  if (phase_ == phase::open && is_becoming()) return;
  if (take_due(due_timer)) run_timeouts();
  tell_of_move();
  if ((due_ & due_open) != 0) filtering().open_more();
  tell_drained();
  if (takes_offers() && take_due(due_offer)) offer_unread();
  // What comes behind the unread bytes in time waits until they were offered.
  if (takes_offers() && (due_ & due_input) == 0 && take_due(due_eof)) tell_end();
  if (takes_offers() && (due_ & due_input) == 0 && take_due(due_drain)) {
    draining_ = true;
    guard([this] { handler_->on_drain(*this); });
  }
}

void connection::tell_of_move() {
  if (takes_calls() && take_due(due_moved)) {
    guard([this] { handler_->on_moved(*this); });
  }
  if (takes_calls() && take_due(due_stayed)) {
    guard([this] { handler_->on_stayed(*this); });
  }
}

void connection::tell_drained() {
  if (takes_calls() && take_due(due_drained)) {
    guard([this] { handler_->on_drained(*this); });
  }
}

void connection::tell_end() {
  if (has_filter_ && filtering().is_truncated()) return close(close_reason::filter_truncated);
  guard([this] { handler_->on_eof(*this); });
}

bool connection::has_due() const noexcept {
  if ((due_ & due_timer) != 0) return true;
  if ((due_ & due_open) != 0 && filtering().may_open()) return true;
  if (phase_ != phase::open) return false;
  constexpr unsigned also_paused = due_drained | due_moved | due_stayed;
  const auto now = static_cast<std::uint8_t>(is_paused() ? also_paused : also_paused | due_offer | due_eof | due_drain);
  return is_becoming() || (due_ & now) != 0;
}

bool connection::take_due(due what) noexcept {
  const bool was_due = (due_ & what) != 0;
  due_ = static_cast<std::uint8_t>(due_ & ~what);
  return was_due;
}

void connection::handler_threw() noexcept {
  host().count_exception();
  abort(close_reason::handler_threw);
}

void connection::become(std::unique_ptr<connection_handler> next, std::string_view unread) {
  PINWHEEL_CHECK(next != nullptr, "a connection needs a handler");
  if (phase_ != phase::open) return;
  extras().becoming = handler_change{std::move(next), std::string(unread)};
  schedule();
}

// The new handler starts as on a new connection: not paused, not corked, expecting nothing, without a deadline, and
// told what the old one was told. The old one may have a callback of its own on the stack. If it is the one behind this
// object, its room stays.
void connection::change_handler() {
  handler_change change = std::exchange(extras_->becoming, {});
  drop_unused_extras();
  const auto destroy = inline_handler_
                           ? [](void* old) noexcept { std::destroy_at(static_cast<connection_handler*>(old)); }
                           : [](void* old) noexcept { delete static_cast<connection_handler*>(old); };
  loop().deletes().add(handler_, destroy);
  handler_ = change.next.release();
  inline_handler_ = false;
  input_.prepend(change.unread, host().blocks_);
  paused_ = corked_ = expects_input_ = false;
  clear_deadline();
  due_ |= due_offer;
  if (peer_ended_) due_ |= due_eof;
  if (draining_) due_ |= due_drain;
  guard([this] { handler_->on_open(*this); });
}

}  // namespace v0
}  // namespace pinwheel
