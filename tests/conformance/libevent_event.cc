#include "conformance/libevent_event.h"

#include <event2/event_struct.h>

#include <utility>

#include "conformance/case.h"

namespace pinwheel::conformance {
namespace {

constexpr short user_reason = 0x1000;  // None of libevent's own; handed through unchanged.

struct pair_of_reasons {
  reasons ours;
  short theirs;
};

constexpr pair_of_reasons all_reasons[] = {
    {reasons::readable, EV_READ},   {reasons::writable, EV_WRITE}, {reasons::closed, EV_CLOSED},
    {reasons::timeout, EV_TIMEOUT}, {reasons::signal, EV_SIGNAL},  {reasons::user, user_reason},
};

}  // namespace

short to_libevent(interest what) {
  int events = 0;
  if (any(what, interest::read)) events |= EV_READ;
  if (any(what, interest::write)) events |= EV_WRITE;
  if (any(what, interest::closed)) events |= EV_CLOSED;
  if (any(what, interest::edge)) events |= EV_ET;
  return static_cast<short>(events);
}

short to_libevent(reasons why) {
  int events = 0;
  for (const auto& each : all_reasons) {
    if (any(why, each.ours)) events |= each.theirs;
  }
  return static_cast<short>(events);
}

reasons from_libevent(int what) {
  reasons why = reasons::none;
  for (const auto& each : all_reasons) {
    if ((what & each.theirs) != 0) why |= each.ours;
  }
  return why;
}

timeval to_timeval(duration time) {
  const auto whole = std::chrono::ceil<std::chrono::microseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(whole);
  return {seconds.count(), (whole - seconds).count()};
}

libevent_event::libevent_event(::event_base& base, const watch& what, called callback)
    : callback_(std::move(callback)) {
  const bool is_signal = what.signal != 0;
  int events = is_signal ? EV_SIGNAL : to_libevent(what.what);
  if (what.persistent) events |= EV_PERSIST;
  event_ = ::event_new(&base, is_signal ? what.signal : what.descriptor, static_cast<short>(events), &run, this);
  if (event_ == nullptr) end_as_failed("event_new refused");
}

libevent_event::~libevent_event() {
  if (event_ != nullptr) ::event_free(event_);
}

void libevent_event::run(evutil_socket_t, short what, void* self) {
  static_cast<libevent_event*>(self)->callback_(from_libevent(what));
}

bool libevent_event::add() { return ::event_add(event_, nullptr) == 0; }

bool libevent_event::add(duration timeout) {
  const timeval wait = to_timeval(timeout);
  return ::event_add(event_, &wait) == 0;
}

bool libevent_event::add_at(time_point) { end_as_absent("a timer with an exact deadline"); }

void libevent_event::remove() { ::event_del(event_); }
void libevent_event::remove_timeout() { ::event_remove_timer(event_); }
void libevent_event::activate(reasons why) { ::event_active(event_, to_libevent(why), 1); }
void libevent_event::activate_later(reasons) { end_as_absent("activation for the next turn"); }

bool libevent_event::set_priority(unsigned priority) {
  return ::event_priority_set(event_, static_cast<int>(priority)) == 0;
}

unsigned libevent_event::priority() const { return static_cast<unsigned>(::event_get_priority(event_)); }

// event_pending() reports an active event by its reasons, and hides one that has none of its own.
bool libevent_event::is_pending() const {
  constexpr int live = EVLIST_TIMEOUT | EVLIST_INSERTED | EVLIST_ACTIVE | EVLIST_ACTIVE_LATER;
  return (event_->ev_evcallback.evcb_flags & live) != 0;
}

bool libevent_event::has_timeout() const { return (event_->ev_evcallback.evcb_flags & EVLIST_TIMEOUT) != 0; }

void libevent_event::repeat_at_fixed_rate() { end_as_absent("a repeat policy"); }
void libevent_event::repeat_at_fixed_delay() { end_as_absent("a repeat policy"); }

void libevent_event::finalize(action finalizer) {
  finalizer_ = std::move(finalizer);
  ::event_finalize(0, event_, [](::event*, void* self) { static_cast<libevent_event*>(self)->finalizer_(); });
}

void libevent_event::finalize_and_delete(action finalizer) {
  finalizer_ = std::move(finalizer);
  ::event* const given_away = std::exchange(event_, nullptr);
  ::event_free_finalize(0, given_away, [](::event*, void* self) { static_cast<libevent_event*>(self)->finalizer_(); });
}

void libevent_event::destroy() { ::event_free(std::exchange(event_, nullptr)); }

}  // namespace pinwheel::conformance
