// What a program can be played on: the reference model or an event base.
#pragma once

#include <optional>

#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/event_base.h"
#include "program.h"

namespace pinwheel::testing::model {

// Whom a subject tells that a callback runs. All but the finalizer's may act on the subject and may throw.
class callbacks {
 public:
  virtual void event_runs(int event, reasons why) = 0;
  virtual void task_runs(int task, reasons why) = 0;  // Reasons only of those of once_….
  virtual void watcher_runs(int watcher, std::optional<duration> wait) = 0;
  virtual void finalizer_runs(int event) = 0;

 protected:
  ~callbacks() = default;
};

// What anyone can see of an event.
struct event_view {
  bool exists = false;
  bool deletable = false;  // Exists, and does not wait to be deleted.
  bool finalized = false;
  bool pending = false;
  bool active = false;
  bool timed = false;
  unsigned priority = 0;

  friend bool operator==(const event_view&, const event_view&) = default;
};

struct counts_view {
  std::size_t added = 0;
  std::size_t active = 0;
  std::size_t holds = 0;

  friend bool operator==(const counts_view&, const counts_view&) = default;
};

inline constexpr int nobody = -1;
inline constexpr int somebody = -2;  // An event of the base's own (I12).

// What anyone can see of a base.
struct base_view {
  time_point clock{};
  time_point now{};
  std::optional<time_point> next_deadline;
  bool got_exit = false;
  bool got_break = false;
  int running = nobody;
  unsigned priorities = 1;
  counts_view counts;
  counts_view maxima;

  friend bool operator==(const base_view&, const base_view&) = default;
};

class subject {
 public:
  subject() = default;
  subject(const subject&) = delete;
  subject& operator=(const subject&) = delete;
  virtual ~subject() = default;

  // REQUIRES of those that take an event and are not sent: it exists. Answers are errno values, or 0.
  virtual int add(int event) = 0;
  virtual int add(int event, duration timeout) = 0;
  virtual int add_at(int event, time_point when) = 0;
  virtual void remove(int event) = 0;
  virtual void remove_timeout(int event) = 0;
  virtual void activate(int event, reasons why) = 0;
  virtual void activate_later(int event, reasons why) = 0;
  virtual bool set_priority(int event, unsigned priority) = 0;
  virtual void set_repeat(int event, event_repeat repeat) = 0;
  virtual void finalize(int event) = 0;
  virtual void destroy(int event) = 0;
  virtual void delete_later(int event) = 0;
  virtual void create(int event) = 0;

  // Through the handle: a verb send_…, post, or, by another thread at that time, elsewhere_….
  virtual void send(const operation& what) = 0;
  virtual void send_at(time_point when, const operation& what) = 0;

  virtual loop_result loop(loop_flags flags) = 0;
  virtual void loop_exit(duration after) = 0;
  virtual void loop_break() = 0;
  virtual void loop_continue() = 0;
  virtual void hold() = 0;
  virtual void release() = 0;
  virtual void refresh_time() = 0;
  virtual bool set_priorities(unsigned priorities) = 0;
  virtual void reset_maxima() = 0;
  virtual void after(int task, duration delay) = 0;
  virtual int once(int task, duration delay) = 0;
  virtual int once(int task, int descriptor, std::optional<duration> timeout) = 0;
  virtual void watch(int watcher) = 0;
  virtual void unwatch(int watcher) = 0;
  [[nodiscard]] virtual bool is_watching(int watcher) const = 0;

  virtual void set_ready(int descriptor, reasons what) = 0;
  virtual void set_ready_at(int descriptor, reasons what, time_point when) = 0;
  virtual void activate_descriptor(int descriptor, reasons what) = 0;
  virtual void pass_time(duration by) = 0;

  [[nodiscard]] virtual event_view look_at(int event) const = 0;
  [[nodiscard]] virtual base_view look_at_base() const = 0;
  virtual void validate() const {}
};

}  // namespace pinwheel::testing::model
