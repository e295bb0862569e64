// The reference model's events: what can be done with one, and what becomes of it (SEMANTICS C1 to C6, T1 to T14, I1 to
// I5, I12). When callbacks run is for reference_base to say.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "reference_kernel.h"
#include "reference_queues.h"
#include "reference_timers.h"
#include "subject.h"

namespace pinwheel::testing::model {

class reference_events : public subject {
 public:
  struct event_state {
    event_plan plan;
    bool exists = false;
    int birth = 0;           // Tells one created in another's place from that.
    bool touched = false;    // Was added or activated once.
    bool finalized = false;  // Nothing can be done with it any more (C5).
    bool doomed = false;     // By delete_later.
    bool watching = false;
    unsigned priority = 0;
    event_repeat repeat = event_repeat::as_scheduled;
    std::optional<duration> interval;  // The timeout it was last given.
    time_point scheduled{};            // The deadline its timeout last ran for.
    int once_task = nobody;            // Of an event that only the base knows (I12).
  };

  explicit reference_events(const program& plan)
      : priorities_(plan.priorities), cache_time_(plan.cache_time), queues_(plan.priorities) {
    for (const event_plan& each : plan.events) {
      events_.emplace_back().plan = each;
      create(static_cast<int>(events_.size()) - 1);
    }
  }

  void create(int event) override {
    event_state made;
    made.plan = of(event).plan;
    made.exists = true;
    made.birth = ++births_;
    made.priority = std::min(made.plan.priority, priorities_ - 1);
    of(event) = made;
  }
  void destroy(int event) override {
    remove(event);
    of(event).exists = false;
    if (called_ == event) called_lives_ = false;
  }
  void delete_later(int event) override {
    remove(event);
    of(event).finalized = of(event).doomed = true;
    burials_.push_back({event, false});
  }
  void finalize(int event) override {
    remove(event);
    of(event).finalized = true;
    burials_.push_back({event, true});
  }

  int add(int event) override {
    event_state& it = touch(event);
    if (it.finalized) return EINVAL;
    if (it.watching || it.plan.descriptor < 0) return 0;
    it.watching = kernel_.watch(it.plan.descriptor, event, it.plan.watched);
    count();
    return it.watching ? 0 : EINVAL;
  }
  int add(int event, duration timeout) override {
    if (const int error = add(event); error != 0) return error;
    of(event).interval = timeout;
    queues_.withdraw(event, reasons::timeout);  // T2.
    arm_after(event, timeout);
    return 0;
  }
  int add_at(int event, time_point when) override {
    if (const int error = add(event); error != 0) return error;
    queues_.withdraw(event, reasons::timeout);
    arm_at(event, when);
    return 0;
  }
  void remove(int event) override {
    stop_watching(event);
    queues_.remove(event);
    timers_.disarm(event);
    of(event).interval.reset();
  }
  void remove_timeout(int event) override {  // T5.
    queues_.withdraw(event, reasons::timeout);
    timers_.disarm(event);
    of(event).interval.reset();
  }
  void activate(int event, reasons why) override {
    if (!touch(event).finalized) make_active(event, why);
  }
  void activate_later(int event, reasons why) override {
    if (touch(event).finalized) return;
    queues_.activate_later(event, why);
    count();
  }
  bool set_priority(int event, unsigned priority) override {
    if (queues_.waits(event) || of(event).finalized) return false;  // A3.
    of(event).priority = priority;
    return true;
  }
  void set_repeat(int event, event_repeat repeat) override { of(event).repeat = repeat; }

  // I12: an event of the base's own, which dies when it has run.
  int once(int task, duration delay) override { return add_once(task, -1, delay); }
  int once(int task, int descriptor, std::optional<duration> timeout) override {
    return add_once(task, descriptor, timeout);
  }
  void after(int task, duration delay) override { arm_after(first_task + task, delay); }

  // A1, A2.
  bool set_priorities(unsigned priorities) override {
    const auto has_more = [=](const event_state& each) { return each.exists && each.priority >= priorities; };
    if (queues_.count() != 0 || std::any_of(events_.begin(), events_.end(), has_more)) return false;
    queues_.remove(wake_up);  // N10.
    priorities_ = priorities;
    queues_.set_priorities(priorities);
    return true;
  }
  void reset_maxima() override { maxima_ = counts(); }

  [[nodiscard]] event_view look_at(int event) const override {
    const event_state& it = of(event);
    if (!it.exists) return {};
    const bool active = queues_.waits(event);
    const bool timed = timers_.is_armed(event);
    return {true, !it.doomed, it.finalized, it.watching || timed || active, active, timed, it.priority};
  }

  [[nodiscard]] const event_state& of(int event) const { return events_[static_cast<std::size_t>(event)]; }
  [[nodiscard]] const reference_queues& queues() const { return queues_; }
  [[nodiscard]] const reference_kernel& kernel() const { return kernel_; }
  // Whose callback runs, also when that has destroyed it.
  [[nodiscard]] item called() const { return called_; }
  [[nodiscard]] bool called_lives() const { return called_lives_; }

 protected:
  event_state& of(int event) { return events_[static_cast<std::size_t>(event)]; }
  event_state& touch(int event) {
    of(event).touched = true;
    return of(event);
  }

  // D1: counted wherever it can have grown.
  [[nodiscard]] counts_view counts() const {
    counts_view now{0, queues_.count(), holds_};
    for (int each = 0; each < static_cast<int>(events_.size()); ++each) {
      if (of(each).watching || timers_.is_armed(each)) ++now.added;
    }
    return now;
  }
  void count() {
    const counts_view now = counts();
    maxima_ = {std::max(maxima_.added, now.added), std::max(maxima_.active, now.active),
               std::max(maxima_.holds, now.holds)};
  }

  void make_active(item who, reasons why) {
    if (queues_.activate(who, priority_of(who), why) && priority_of(who) < running_priority_) more_important_ = true;
    count();
  }
  [[nodiscard]] unsigned priority_of(item who) const {
    if (who == wake_up) return 0;  // N4.
    return who >= first_task ? priorities_ / 2 : of(who).priority;
  }

  [[nodiscard]] time_point now() const { return cache_time_ ? turn_time_.value_or(clock_) : clock_; }  // T10.
  void arm_at(item who, time_point when) {
    timers_.arm_at(who, when);
    count();
  }
  void arm_after(item who, duration delay) {
    timers_.arm_after(who, delay);
    if (!turn_time_) timers_.place(clock_);
    count();
  }
  void stop_watching(int event) {
    if (std::exchange(of(event).watching, false)) kernel_.unwatch(of(event).plan.descriptor, event);
  }

  // What becomes of an event before its callback runs.
  void leave_or_stay(int event, reasons why) {
    event_state& it = of(event);
    if (it.plan.life == event_life::one_shot) {  // C1, T6.
      stop_watching(event);
      timers_.disarm(event);
    } else if (it.interval) {  // C2.
      repeat(event, *it.interval, any(why, reasons::timeout));
    }
  }
  // T3.
  void repeat(int event, duration interval, bool by_time) {
    event_state& it = of(event);
    if (it.repeat == event_repeat::fixed_delay) return arm_after(event, interval);
    if (it.repeat == event_repeat::fixed_rate) {
      if (timers_.is_armed(event)) return;
      time_point next = it.scheduled + interval;
      while (interval > duration::zero() && next <= now()) next += interval;
      return arm_at(event, std::max(next, now()));
    }
    const time_point next = (by_time ? it.scheduled : now()) + interval;
    arm_at(event, next > now() ? next : now() + interval);  // No burst.
  }

  unsigned priorities_;
  const bool cache_time_;
  time_point clock_ = virtual_clock().now();
  std::optional<time_point> turn_time_;  // Set within a turn.
  std::deque<event_state> events_;       // Those of once() behind the program's.
  reference_queues queues_;
  reference_timers timers_;
  reference_kernel kernel_;
  std::size_t holds_ = 0;
  counts_view maxima_;

  struct burial {
    int event;
    bool by_finalizer;  // Else by deletion.
  };
  std::vector<burial> burials_;  // For the end of the turn, in order.

  item called_ = nobody;
  bool called_lives_ = false;
  unsigned running_priority_ = 0;  // Of the callback that runs; 0 outside.
  bool more_important_ = false;    // Something became active that is (A9).

 private:
  int add_once(int task, int descriptor, std::optional<duration> timeout) {
    const int event = static_cast<int>(events_.size());
    event_plan& plan = events_.emplace_back().plan;
    plan.descriptor = descriptor;
    plan.watched = descriptor < 0 ? interest::none : interest::read;
    plan.priority = priorities_ / 2;
    create(event);
    of(event).once_task = task;
    const int error = timeout ? add(event, *timeout) : add(event);
    if (error != 0) destroy(event);
    return error;
  }

  int births_ = 0;
};

}  // namespace pinwheel::testing::model
