// An event of libevent, as the cases see events.
#pragma once

#include <event2/event.h>

#include "conformance/adapter.h"

namespace pinwheel::conformance {

[[nodiscard]] short to_libevent(interest what);
[[nodiscard]] short to_libevent(reasons why);
[[nodiscard]] reasons from_libevent(int what);
[[nodiscard]] timeval to_timeval(duration time);  // Rounded up.

class libevent_event final : public tested_event {
 public:
  libevent_event(::event_base& base, const watch& what, called callback);
  ~libevent_event() override;

  bool add() override;
  bool add(duration timeout) override;
  bool add_at(time_point deadline) override;
  void remove() override;
  void remove_timeout() override;
  void activate(reasons why) override;
  void activate_later(reasons why) override;
  bool set_priority(unsigned priority) override;
  [[nodiscard]] unsigned priority() const override;
  [[nodiscard]] bool is_pending() const override;
  [[nodiscard]] bool has_timeout() const override;
  void repeat_at_fixed_rate() override;
  void repeat_at_fixed_delay() override;
  void finalize(action finalizer) override;
  void finalize_and_delete(action finalizer) override;
  void destroy() override;

  [[nodiscard]] ::event* native() const { return event_; }

 private:
  static void run(evutil_socket_t descriptor, short what, void* self);

  called callback_;
  action finalizer_;
  ::event* event_;  // Null once it is destroyed, or is libevent's to free.
};

}  // namespace pinwheel::conformance
