#include "pinwheel/reactor/event.h"

#include <utility>

#include "pinwheel/reactor/base/check.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel {
inline namespace v0 {

event::event(event_base& base, source from, event_life life, callback called)
    : io_watch(&event::run, base.middle_priority(), active_item::kind::user),
      timer_node(&event::timed_out),
      base_(base),
      callback_(std::move(called)),
      source_(from),
      life_(life) {
  PINWHEEL_CHECK(static_cast<bool>(callback_), "an event needs a callback");
}

event::event(event_base& base, event_life life, callback called) : event(base, source::none, life, std::move(called)) {}

event::event(event_base& base, int descriptor, interest what, event_life life, callback called)
    : event(base, source::descriptor, life, std::move(called)) {
  set_target(descriptor, what);
}

event::event(event_base& base, signal_number signal, event_life life, callback called)
    : event(base, source::signal, life, std::move(called)) {
  set_target(static_cast<int>(signal), interest::none);
}

event::~event() {
  remove();
  if (ref_.generation != 0) base_.slots_.erase(ref_);
  if (base_.running_event_ == this) base_.running_event_ = nullptr;
}

io_result event::add() {
  base_.assert_on_loop("event::add");
  return start_watching();
}

io_result event::add(duration timeout) {
  base_.assert_on_loop("event::add");
  PINWHEEL_CHECK(timeout >= duration::zero(), "a timeout is not negative");
  if (const io_result started = start_watching(); !started.ok()) return started;
  interval_ = timeout;
  base_.queues_.withdraw(*this, reasons::timeout);
  base_.arm_after(*this, timeout);
  return io_result::bytes(0);
}

io_result event::add_at(time_point deadline) {
  base_.assert_on_loop("event::add_at");
  if (const io_result started = start_watching(); !started.ok()) return started;
  base_.queues_.withdraw(*this, reasons::timeout);
  base_.timers_.arm_at(*this, deadline);
  return io_result::bytes(0);
}

void event::remove() {
  base_.assert_on_loop("event::remove");
  stop_watching();
  base_.timers_.cancel(*this);
  base_.queues_.remove(*this);
  interval_.reset();
  deliveries_ = 0;
}

void event::remove_timeout() {
  base_.assert_on_loop("event::remove_timeout");
  interval_.reset();
  base_.timers_.cancel(*this);
  base_.queues_.withdraw(*this, reasons::timeout);
}

void event::activate(reasons why) {
  base_.assert_on_loop("event::activate");
  base_.queues_.activate(*this, why);
}

void event::activate_later(reasons why) {
  base_.assert_on_loop("event::activate_later");
  base_.queues_.activate_later(*this, why);
}

bool event::set_priority(unsigned priority) {
  base_.assert_on_loop("event::set_priority");
  if (is_waiting()) return false;
  base_.queues_.set_priority(*this, priority);
  return true;
}

bool event::is_pending() const noexcept { return is_added() || signal_added_ || is_armed() || is_waiting(); }

event_ref event::ref() {
  base_.assert_on_loop("event::ref");
  if (ref_.generation == 0) ref_ = base_.slots_.insert(*this);
  return ref_;
}

io_result event::start_watching() {
  if (source_ == source::descriptor && !is_added()) return base_.descriptors_.add(*this);
  if (source_ == source::signal && !signal_added_) {
    const io_result added = base_.signals_.add(*this, descriptor());
    signal_added_ = added.ok();
    return added;
  }
  return io_result::bytes(0);
}

void event::stop_watching() {
  if (is_added()) base_.descriptors_.remove(*this);
  if (std::exchange(signal_added_, false)) base_.signals_.remove(*this, descriptor());
}

void event::timed_out(timer_node& self) {
  auto& timed = static_cast<event&>(self);
  timed.scheduled_ = self.deadline();
  timed.base_.queues_.activate(timed, reasons::timeout);
}

void event::run(active_item& self) {
  auto& mine = static_cast<event&>(self);
  const reasons why = mine.take_reasons();
  if (mine.life_ == event_life::one_shot) {
    mine.stop_watching();
    mine.base_.timers_.cancel(mine);
  } else if (mine.interval_) {
    mine.rearm_timeout(why, *mine.interval_);
  }
  mine.run_callback(why);
}

// SEMANTICS T3: by time the next one counts from when this one was scheduled, by anything else from now; what is past
// already is not made up for in a burst.
void event::rearm_timeout(reasons why, duration interval) {
  const time_point now = base_.now();
  const bool by_time = any(why, reasons::timeout);
  time_point next = later_by(interval, by_time ? scheduled_ : now);
  if (next <= now) next = later_by(interval, now);
  base_.timers_.arm_at(*this, next);
}

void event::run_callback(reasons why) {
  // The callback is moved out while it runs, so that it may destroy its event without losing what it captured.
  class moved_out {
   public:
    explicit moved_out(event& owner) : base_(owner.base_), owner_(owner), called_(std::move(owner.callback_)) {
      base_.running_event_ = &owner;
    }
    ~moved_out() {
      if (owner_lives()) {
        owner_.callback_ = std::move(called_);
        // What a break or an exception leaves of a signal's deliveries is called for by the next run.
        if (owner_.deliveries_ > 0) base_.queues_.activate(owner_, reasons::signal);
      }
      base_.running_event_ = nullptr;
    }
    moved_out(const moved_out&) = delete;
    moved_out& operator=(const moved_out&) = delete;

    [[nodiscard]] bool owner_lives() const { return base_.running_event_ == &owner_; }
    void operator()(reasons reason) { called_(owner_, reason); }

   private:
    event_base& base_;
    event& owner_;
    callback called_;
  };

  moved_out call(*this);
  if (!any(why, reasons::signal)) return call(why);
  // Once for each delivery; removing the event, destroying it or a break ends the repeats (SEMANTICS C3, L14).
  event_base& base = base_;
  do {
    if (deliveries_ > 0) --deliveries_;
    call(why);
  } while (call.owner_lives() && deliveries_ > 0 && !base.exits_.break_asked());
}

}  // namespace v0
}  // namespace pinwheel
