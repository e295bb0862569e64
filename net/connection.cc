#include "pinwheel/net/connection.h"

#include <memory>

#include "pinwheel/net/connection_host.h"
#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

connection::connection(connection_host& host, const connection_options& options, std::size_t room_bytes) noexcept
    : timer_node(&connection::expired),
      host_(host),
      options_(&options),
      room_bytes_(static_cast<std::uint32_t>(room_bytes)) {}

connection::~connection() {
  output_.release(host_.blocks_);
  input_.release(host_.blocks_);
  if (inline_handler_) {
    std::destroy_at(handler_);
  } else {
    delete handler_;
  }
}

void connection::close(close_reason why) {
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
  error_ = error;
  abort(close_reason::reset);
}

// The last step: on_close, then the stream. Memory stays until the stream has said that nothing of it is in use.
void connection::finish(stream_close how) {
  phase_ = phase::closed;
  loop().timers().cancel(*this);
  becoming_.reset();
  input_.release(host_.blocks_);
  if (!sending_) output_.release(host_.blocks_);
  host_.count_closed(reason_);
  handler_->on_close(*this, {reason_, error_});
  host_.streams_.close(stream_, how, options_->linger_timeout);
}

connection_id connection::id() const {
  return {.loop = loop().number() & 0x3ffU, .slot = stream_.slot & 0x3fffffU, .generation = stream_.generation};
}

event_base& connection::loop() const { return host_.base_; }

std::size_t connection::output_bytes() const { return output_.bytes(); }

bool connection::is_open() const { return phase_ == phase::open && !fin_asked_; }

bool connection::is_draining() const { return draining_; }

address connection::local_address() const { return host_.streams_.local_address(stream_); }

address connection::peer_address() const { return host_.streams_.peer_address(stream_); }

int connection::native_handle() const { return host_.streams_.native_handle(stream_); }

}  // namespace v0
}  // namespace pinwheel
