#include "pinwheel/net/pending_connect.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "pinwheel/net/connecting_socket.h"
#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/net/socket_calls.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {
namespace {

time_point end_of(duration timeout, time_point from) {
  return timeout > duration::zero() ? later_by(timeout, from) : time_point::max();
}

}  // namespace

pending_connect::pending_connect(connection_host& host, connection& opens, connect_id id,
                                 std::span<const address> in_order, const connect_options& how)
    : host_(host),
      connection_(opens),
      id_(id),
      addresses_(in_order.begin(), in_order.end()),
      how_(how),
      total_deadline_(end_of(how.total_timeout, host.loop().now())),
      last_{close_reason::connect_failed, EDESTADDRREQ} {
  run_later();
}

bool pending_connect::end(close_status why) {
  if (ended_) return false;
  ended_ = why;
  run_later();
  return true;
}

void pending_connect::end_now(close_status why) {
  connection_host& host = host_;
  connection& over = connection_;
  host.connector_.forget(*this);
  over.end_unopened(why);
  host.release();
}

void pending_connect::run(reasons why) {
  if (ended_) return end_now(*ended_);
  if (socket_.is_open() && any(why, reasons::writable | reasons::failed)) return finish_attempt();
  const time_point now = host_.loop().now();
  if (now >= total_deadline_) return end_now({close_reason::connect_timeout});
  if (now >= address_deadline_) give_up({close_reason::connect_timeout});
  try_addresses();
}

void pending_connect::finish_attempt() {
  if (const int error = socket_calls(socket_.network()).pending_error(socket_.native_handle()); error != 0) {
    give_up({close_reason::connect_failed, error});
    return try_addresses();
  }
  event_.reset();
  if (const io_result adopted = host_.adopt(connection_, std::move(socket_), connection_.options_->priority);
      !adopted.ok()) {
    give_up({close_reason::connect_failed, adopted.error()});
    return try_addresses();
  }
  connection_host& host = host_;
  connection& opened = connection_;
  host.connector_.forget(*this);
  host.release();
  host.begin(opened);
}

void pending_connect::try_addresses() {
  while (at_ < addresses_.size()) {
    const int error = try_address();
    if (error == 0) return;
    give_up({close_reason::connect_failed, error});
  }
  end_now(last_);
}

// Answers an errno, or 0 when it is under way or will be tried again.
int pending_connect::try_address() {
  const address& to = addresses_[at_];
  const time_point now = host_.loop().now();
  if (address_deadline_ == time_point::max()) address_deadline_ = end_of(how_.address_timeout, now);
  const time_point deadline = std::min(address_deadline_, total_deadline_);
  connecting_socket made = start_connecting(host_.network(), to, how_);
  if (made.error == EAGAIN && to.is_unix())
    return make_event().add_at(std::min(deadline, now + retry_interval)).error();
  if (made.error != 0) return made.error;
  socket_ = std::move(made.socket);
  event& waits = make_event();
  return (deadline == time_point::max() ? waits.add() : waits.add_at(deadline)).error();
}

void pending_connect::give_up(close_status why) {
  event_.reset();
  socket_.close();
  address_deadline_ = time_point::max();
  last_ = why;
  ++at_;
}

// For the socket where there is one, at the connection's priority.
event& pending_connect::make_event() {
  const auto woken = [this](event&, reasons why) { run(why); };
  event_base& base = host_.loop();
  if (socket_.is_open()) {
    event_.emplace(base, socket_.native_handle(), interest::write, event_life::one_shot, woken);
  } else {
    event_.emplace(base, event_life::one_shot, woken);
  }
  event_->set_priority(std::min(connection_.options_->priority, base.priorities() - 1));
  return *event_;
}

void pending_connect::run_later() { (event_ ? *event_ : make_event()).activate(); }

}  // namespace v0
}  // namespace pinwheel
