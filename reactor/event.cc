#include "pinwheel/reactor/event.h"

#include <cerrno>
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
  base_.assert_on_loop("event::event");
  PINWHEEL_CHECK(static_cast<bool>(callback_), "an event needs a callback");
  base_.registry_.enter(*this);
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
  base_.registry_.leave(*this);
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
  recount();
  return io_result::bytes(0);
}

io_result event::add_at(time_point deadline) {
  base_.assert_on_loop("event::add_at");
  if (const io_result started = start_watching(); !started.ok()) return started;
  base_.queues_.withdraw(*this, reasons::timeout);
  base_.timers_.arm_at(*this, deadline);
  recount();
  return io_result::bytes(0);
}

void event::remove() {
  base_.assert_on_loop("event::remove");
  stop_watching();
  base_.timers_.cancel(*this);
  base_.queues_.remove(*this);
  interval_.reset();
  deliveries_ = repeats_ = 0;
  recount();
}

void event::remove_timeout() {
  base_.assert_on_loop("event::remove_timeout");
  interval_.reset();
  base_.timers_.cancel(*this);
  base_.queues_.withdraw(*this, reasons::timeout);
  recount();
}

void event::activate(reasons why) {
  base_.assert_on_loop("event::activate");
  if (!finalized_) base_.queues_.activate(*this, why);
}

void event::activate_later(reasons why) {
  base_.assert_on_loop("event::activate_later");
  if (!finalized_) base_.queues_.activate_later(*this, why);
}

bool event::set_priority(unsigned priority) {
  base_.assert_on_loop("event::set_priority");
  if (is_waiting() || finalized_) return false;
  base_.queues_.set_priority(*this, priority);
  return true;
}

void event::give_up() noexcept {
  PINWHEEL_CHECK(!finalized_, "an event was finalized twice");
  remove();
  finalized_ = true;
}

void event::finalize(task finalizer) {
  base_.assert_on_loop("event::finalize");
  give_up();
  base_.deletes_.add_call(std::move(finalizer));
}

void event::finalize_and_delete(std::unique_ptr<event> doomed, task finalizer) {
  event_base& base = doomed->base_;
  doomed->finalize(std::move(finalizer));
  base.deletes_.add(std::move(doomed));
}

event_state event::state() const noexcept {
  base_.assert_on_loop("event::state");
  event_state seen;
  seen.waits_for = source_;
  if (source_ != source::none) seen.number = descriptor();
  seen.watched = watched();
  seen.life = life_;
  seen.priority = priority();
  seen.added = is_added();
  seen.active = is_active();
  seen.why = io_watch::why();
  if (has_deadline()) seen.deadline = deadline();
  seen.interval = interval_;
  return seen;
}

event_ref event::ref() {
  base_.assert_on_loop("event::ref");
  if (ref_.generation == 0) ref_ = base_.slots_.insert(*this);
  return ref_;
}

io_result event::start_watching() {
  if (finalized_) return io_result::failure(EINVAL);
  io_result added = io_result::bytes(0);
  if (source_ == source::descriptor && !io_watch::is_added()) {
    added = base_.descriptors_.add(*this);
  } else if (source_ == source::signal && !signal_added_) {
    added = base_.signals_.add(*this, descriptor());
    signal_added_ = added.ok();
  }
  recount();
  return added;
}

void event::stop_watching() {
  if (io_watch::is_added()) base_.descriptors_.remove(*this);
  if (std::exchange(signal_added_, false)) base_.signals_.remove(*this, descriptor());
}

// Behind whatever may have changed is_added().
void event::recount() noexcept {
  if (is_added() == counted_as_added_) return;
  counted_as_added_ = !counted_as_added_;
  counted_as_added_ ? base_.registry_.added().up() : base_.registry_.added().down();
}

void event::timed_out(timer_node& self) {
  auto& timed = static_cast<event&>(self);
  timed.scheduled_ = self.deadline();
  timed.recount();
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
  mine.recount();
  mine.run_callback(why);
}

void event::rearm_timeout(reasons why, duration interval) {
  const time_point now = base_.now();
  const bool by_time = any(why, reasons::timeout);
  if (repeat_ == event_repeat::fixed_delay) return base_.arm_after(*this, interval);
  if (repeat_ == event_repeat::fixed_rate && is_armed()) return;
  time_point next = later_by(interval, by_time ? scheduled_ : now);
  if (next <= now) {
    // What is past already is not made up for in a burst.
    const bool on_grid = repeat_ == event_repeat::fixed_rate && interval > duration::zero();
    next = later_by(on_grid ? interval - (now - scheduled_) % interval : interval, now);
  }
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
        owner_.deliveries_ += std::exchange(owner_.repeats_, 0);
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
  // Once for each delivery until now: one that its callback brings is for the next pass (SEMANTICS C3, A6). Removing
  // the event, destroying it or a break ends the repeats, also when another thread asks for it (L14, N7).
  event_base& base = base_;
  repeats_ = std::exchange(deliveries_, 0);
  const auto goes_on = [&] {
    if (!call.owner_lives() || repeats_ == 0) return false;
    if (base.mail_.wants_attention()) base.mail_.take();
    return repeats_ > 0 && !base.exits_.break_asked();
  };
  do {
    if (repeats_ > 0) --repeats_;
    call(why);
  } while (goes_on());
}

}  // namespace v0
}  // namespace pinwheel
