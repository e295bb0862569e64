#include "pinwheel/net/connection.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "pinwheel/net/connection_extras.h"
#include "pinwheel/net/connection_filter.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/handler_factory.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

connection_fields::connection_fields(expired_function expired, streams& home, const connection_options& options,
                                     std::size_t room_bytes) noexcept
    : timer_node(expired), stream(home), room_bytes_(static_cast<std::uint32_t>(room_bytes)), options_(&options) {}

connection_fields::~connection_fields() = default;

connection::connection(connection_host& host, const connection_options& options, std::size_t room_bytes) noexcept
    : connection_fields(&connection::expired, host, options, room_bytes) {}

connection::~connection() {
  output_.release(host().blocks_);
  input_.release(host().blocks_);
  if (has_filter_) filtering().release(host().blocks_);
  if (inline_handler_) {
    std::destroy_at(handler_);
  } else {
    delete handler_;
  }
}

bool connection::make_handler(const handler_factory& factory) noexcept {
  void* room = this + 1;
  std::size_t room_bytes = room_bytes_ - sizeof(*this);
  std::align(factory.alignment, factory.size, room, room_bytes);
  try {
    handler_ = factory.make(room, factory.context);
  } catch (...) {
    host().count_exception();
    return false;
  }
  inline_handler_ = true;
  return true;
}

bool connection::make_filter() noexcept {
  const filter_factory& factory = options_->filter;
  if (factory.make == nullptr) return true;
  try {
    std::unique_ptr<filter> made = factory.make(factory.context);
    PINWHEEL_CHECK(made != nullptr, "a filter_factory made no filter");
    extras().filter = std::make_unique<connection_filter>(*this, std::move(made));
  } catch (...) {
    host().count_exception();
    return false;
  }
  has_filter_ = true;
  return true;
}

void connection::close(close_reason why) {
  if (phase_ == phase::opening) return abort(why);
  if (phase_ != phase::open) return;
  reason_ = why;
  phase_ = phase::closing;
  schedule();
}

void connection::abort(close_reason why) {
  if (has_ended()) return;
  reason_ = why;
  phase_ = phase::ended;
  schedule();
}

void connection::fail(int error) {
  if (has_ended()) return;
  error_ = static_cast<std::int16_t>(error);
  abort(leaving().is_file_first() && is_file_error(error) ? close_reason::file_failed : close_reason::reset);
}

// The last step: on_close, then the stream. Memory stays until the stream has said that nothing of it is in use.
void connection::finish(stream_close how) {
  tell_closed();
  home().close(*this, how, options_->linger_timeout);
}

void connection::tell_closed() {
  phase_ = phase::closed;
  loop().timers().cancel(*this);
  if (is_becoming()) extras_->becoming = {};
  if (extras_ != nullptr && extras_->move != nullptr) extras_->move->call_off();
  drop_unused_extras();
  input_.release(host().blocks_);
  if (has_filter_) filtering().drop_unsealed();
  if (!sending_) leaving().release(host().blocks_);
  host().count_closed(reason_);
  handler_->on_close(*this, {reason_, error_});
}

void connection::move_to(const connection_host_handle& target) {
  if (phase_ != phase::open) return;
  std::unique_ptr<connection_move>& move = extras().move;
  if (move == nullptr) move = std::make_unique<connection_move>(*this);
  move->ask(target);
  schedule();
}

connection_extras& connection::extras() {
  if (extras_ == nullptr) extras_ = std::make_unique<connection_extras>();
  return *extras_;
}

void connection::drop_unused_extras() noexcept {
  if (extras_ != nullptr && extras_->empty()) extras_.reset();
}

connection_filter& connection::filtering() const noexcept { return *extras_->filter; }

output_queue& connection::sealed() const noexcept { return filtering().sealed(); }

bool connection::filter_needs_room() const noexcept { return filtering().needs_room_for_input(); }

// It never had a stream.
void connection::end_unopened(close_status why) {
  phase_ = phase::closed;
  host().count_closed(why.reason);
  handler_->on_close(*this, why);
  host().destroy_later(*this);
}

connection_id connection::id() const {
  if (!has_stream()) return {};
  const stream_id mine = stream::id();
  return {.loop = loop().number() & 0x3ffU, .slot = mine.slot & 0x3fffffU, .generation = mine.generation};
}

event_base& connection::loop() const { return home().loop(); }

connection_state connection::state() const {
  if (phase_ == phase::opening) return connection_state::opening;
  if (has_ended()) return connection_state::closed;
  if (phase_ == phase::closing) return connection_state::closing;
  if (fin_asked_) return peer_ended_ ? connection_state::both_ended : connection_state::write_ended;
  return peer_ended_ ? connection_state::peer_ended : connection_state::open;
}

std::size_t connection::output_bytes() const { return output_.bytes() + (has_filter_ ? sealed().bytes() : 0); }

bool connection::is_open() const { return phase_ == phase::open && !fin_asked_; }

bool connection::is_draining() const { return draining_; }

address connection::local_address() const { return has_stream() ? home().local_address(*this) : address(); }

address connection::peer_address() const { return has_stream() ? home().peer_address(*this) : address(); }

int connection::native_handle() const { return has_stream() ? home().native_handle(*this) : -1; }

}  // namespace v0
}  // namespace pinwheel
