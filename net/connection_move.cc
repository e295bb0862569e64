#include "pinwheel/net/connection_move.h"

#include <algorithm>
#include <utility>

#include "pinwheel/net/connection.h"
#include "pinwheel/net/connection_extras.h"
#include "pinwheel/net/connection_filter.h"
#include "pinwheel/net/connection_host.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

connection_move::connection_move(connection& mover) noexcept
    : last_call([](last_call& due) noexcept { static_cast<connection_move&>(due).depart(); }), mover_(mover) {}

connection_move& connection_move::of(connection& moving) noexcept { return *moving.extras_->move; }

// Leaving.

void connection_move::ask(const connection_host_handle& target) {
  target_ = target;
  if (step_ == step::none) step_ = step::asked;
}

void connection_move::advance() {
  if (step_ == step::none || !may_go_on() || step_ != step::asked) return;
  step_ = step::quieting;
  mover_.leaving_ = true;
  mover_.receiving_ = false;
  mover_.home().quiesce(mover_);
}

// Looked at in every step, since all may have changed.
bool connection_move::may_go_on() {
  if (mover_.phase_ != connection::phase::open) {
    fall_back(step::none);
  } else if (target_.home_ == mover_.host().home_) {
    tell(connection::due_moved);  // It is there already.
  } else if (!target_ || moves_ == moves_max) {
    tell(connection::due_stayed);
  } else if (!mover_.handler_->can_move(mover_)) {
    fall_back(step::asked);
  } else {
    return true;
  }
  return false;
}

// As if it had not begun to leave.
void connection_move::fall_back(step to) {
  step_ = to;
  mover_.leaving_ = false;
  if (to == step::none) target_ = {};
}

// What came of it.
void connection_move::tell(std::uint8_t due) {
  mover_.due_ |= due;
  fall_back(step::none);
}

void connection_move::stream_is_quiet() {
  if (step_ != step::quieting) return;
  step_ = step::leaving;
  if (!is_linked()) mover_.loop().deletes().call_last(*this);
}

void connection_move::call_off() noexcept {
  fall_back(step::none);
  if (is_linked()) unlink();
}

void connection_move::depart() {
  if (step_ != step::leaving) return;
  if (!may_go_on()) return mover_.schedule();
  if (!streams::is_quiet(mover_)) return;  // A fork has come between: its next callback tells it that it has failed.
  const connection_host_handle to = target_;
  const post_result admitted = to.home_->admit(to.loop_, [&] {
    leave_for(to);
    return &mover_;
  });
  if (admitted == post_result::taken) return;  // It is another loop's now.
  tell(connection::due_stayed);
  mover_.schedule();
}

void connection_move::leave_for(const connection_host_handle& to) {
  connection_host& from = mover_.host();
  ++moves_;
  was_ = mover_.id();
  note(from.handle(), was_);
  note(to, was_);
  from.forwarding_.left_for(was_, to);
  from.loop().timers().cancel(mover_);
  buffers_ = mover_.input_.holds() + mover_.output_.holds();
  if (mover_.has_filter_) buffers_ = buffers_ + mover_.filtering().holds();
  from.blocks_.give_away(buffers_);
  stream_ = mover_.home().detach(mover_);
  from.counters_.moved_out.add(1);
  --from.size_;
  fall_back(step::none);
}

void connection_move::note(const connection_host_handle& loop, connection_id name) {
  auto found = std::ranges::find(loops_, loop, &known_by::host);
  if (found == loops_.end()) found = loops_.insert(found, {loop, {}});
  found->names.push_back(name);
}

// Arriving.

void connection_move::arrive(connection_host& at) {
  at.blocks_.take_over(buffers_);
  at.counters_.moved_in.add(1);
  ++at.size_;
  const io_result adopted = static_cast<streams&>(at).adopt(mover_, std::move(stream_), mover_.options_->priority);
  if (!adopted.ok()) return end_homeless(adopted.error());
  at.forwarding_.came_as(was_, mover_.id());
  if (at.ends_with_) return mover_.abort(*at.ends_with_);
  mover_.arrived();
  if (at.draining_ && !mover_.drain_asked_ && !mover_.has_ended()) mover_.begin_drain();
}

// The kernel does not let this loop watch it, and the descriptor is closed: there is no stream to make its last call.
void connection_move::end_homeless(int error) {
  mover_.error_ = static_cast<std::int16_t>(error);
  mover_.reason_ = close_reason::reset;
  mover_.phase_ = connection::phase::ended;
  mover_.loop().deletes().add(&mover_, [](void* homeless) noexcept {
    auto& over = *static_cast<connection*>(homeless);
    over.tell_closed();
    over.host().destroy(over);
  });
}

// The end.

void connection_move::end(connection_host& last, connection_home::room room) noexcept {
  for (const known_by& each : loops_) {
    if (each.host.home_ == last.home_) {
      for (const connection_id name : each.names) last.forget(name);
    } else {
      each.host.home_->say_farewell(each.host.loop_, each.names);
    }
  }
  const connection_host_handle origin = loops_.empty() ? last.handle() : loops_.front().host;
  if (origin.home_ == last.home_) return last.home_->rooms().release(room.at, room.bytes);
  origin.home_->give_back(origin.loop_, room);
}

}  // namespace v0
}  // namespace pinwheel
