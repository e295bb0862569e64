// Plays a program on a subject and writes its trace.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "subject.h"
#include "trace.h"

namespace pinwheel::testing::model {

class player : public callbacks {
 public:
  explicit player(const program& plan) : plan_(plan), event_runs_(plan.events.size()) {}
  player(const player&) = delete;
  player& operator=(const player&) = delete;
  virtual ~player() = default;

  // REQUIRES: once, with a subject that was made to tell this player.
  const trace& play(subject& on) {
    subject_ = &on;
    be_outside();
    return trace_;
  }

  void event_runs(int event, reasons why) override {
    note({.what = trace_line::kind::event_runs, .number = event, .why = why, .event = subject_->look_at(event)});
    const std::size_t run = event_runs_[static_cast<std::size_t>(event)]++;
    in_callback([&] { be_event(static_cast<std::size_t>(event), run); });
  }
  void task_runs(int task, reasons why) override {
    note({.what = trace_line::kind::task_runs, .number = task, .why = why});
    in_callback([&] { be_task(static_cast<std::size_t>(task)); });
  }
  void watcher_runs(int watcher, std::optional<duration> wait) override {
    note({.what = trace_line::kind::watcher_runs, .number = watcher, .wait = wait});
    const std::size_t run = watcher_runs_[static_cast<std::size_t>(watcher)]++;
    in_callback([&] { be_watcher(static_cast<std::size_t>(watcher), run); });
  }
  void finalizer_runs(int event) override {
    trace_.push_back({.what = trace_line::kind::finalizer_runs, .number = event});  // The base may be ending.
  }

 protected:
  // What is done where: by the program, unless it is only being written.
  virtual void be_outside() { perform_all(plan_.outside); }
  virtual void be_event(std::size_t event, std::size_t run) {
    const auto& runs = plan_.events[event].runs;
    if (run < runs.size()) perform_all(runs[run]);
  }
  virtual void be_task(std::size_t task) {
    if (task < plan_.tasks.size()) perform_all(plan_.tasks[task]);
  }
  virtual void be_watcher(std::size_t watcher, std::size_t run) {
    const auto& runs = plan_.watcher_runs[watcher];
    if (run < runs.size()) perform_all(runs[run]);
  }
  virtual void about_to_perform(const operation&) {}

  void perform(const operation& what) {
    if (!is_possible(what)) return note({.what = trace_line::kind::skipped, .done = what});
    about_to_perform(what);
    const int answer = answer_of(what);
    const event_view event = is_of_event(what.what) ? subject_->look_at(what.target) : event_view{};
    note({.what = trace_line::kind::performed, .done = what, .number = answer, .event = event});
    if (in_a_callback()) return;
    if (what.what == verb::loop || ++steps_ % steps_between_validations == 0) subject_->validate();
  }

  // Whether it may be done: a smaller program may ask for what has lost its object.
  [[nodiscard]] bool is_possible(const operation& what) const {
    switch (what.what) {
      case verb::release:
        return subject_->look_at_base().counts.holds > 0;
      case verb::throw_out:
        return in_a_callback();
      case verb::watch:
        return !subject_->is_watching(what.target);
      case verb::unwatch:
        return subject_->is_watching(what.target);
      default:
        return !is_of_event(what.what) || is_sent_to_event(what.what) || has_object(what);
    }
  }

  [[nodiscard]] const program& plan() const { return plan_; }
  [[nodiscard]] bool in_a_callback() const { return depth_ != 0; }

 private:
  struct thrown {};

  // Besides those behind every run of the loop: validation walks the whole wheel, and is most of what a program costs.
  static constexpr int steps_between_validations = 8;

  [[nodiscard]] bool has_object(const operation& what) const {
    const event_view event = subject_->look_at(what.target);
    switch (what.what) {
      case verb::create:
        return !event.exists;
      case verb::destroy:
      case verb::delete_later:
        return event.deletable;
      case verb::finalize:
        return event.exists && !event.finalized;
      case verb::set_priority:
        return event.exists && what.amount < static_cast<int>(subject_->look_at_base().priorities);
      default:
        return event.exists;
    }
  }

  void perform_all(const script& all) {
    for (const operation& each : all) perform(each);
  }

  template <class Script>
  void in_callback(Script be) {
    ++depth_;
    try {
      be();
    } catch (...) {
      --depth_;
      throw;
    }
    --depth_;
    if (++callbacks_in_run_ <= callbacks_in_a_run_max) return;
    note({.what = trace_line::kind::broken_off});
    subject_->loop_break();
  }

  int loop(loop_flags flags) {
    if (!in_a_callback()) callbacks_in_run_ = 0;
    try {
      return static_cast<int>(subject_->loop(flags));
    } catch (const thrown&) {
      return loop_threw;
    }
  }

  int answer_of(const operation& what);
  int answer_of_event(const operation& what);
  int answer_of_world(const operation& what);
  void note(const trace_line& line) {
    trace_.push_back(line);
    trace_.back().base = subject_->look_at_base();
  }

  const program& plan_;
  subject* subject_ = nullptr;
  trace trace_;
  std::vector<std::size_t> event_runs_;  // So far, by event.
  std::array<std::size_t, watchers_max> watcher_runs_{};
  int callbacks_in_run_ = 0;
  int steps_ = 0;  // Outside of callbacks, and not runs of the loop.
  int depth_ = 0;
};

inline int player::answer_of(const operation& what) {
  const duration amount = std::chrono::milliseconds(what.amount);
  switch (what.what) {
    case verb::loop:
      return loop(static_cast<loop_flags>(what.amount));
    case verb::loop_exit:
      return subject_->loop_exit(amount), 0;
    case verb::loop_break:
      return subject_->loop_break(), 0;
    case verb::loop_continue:
      return subject_->loop_continue(), 0;
    case verb::hold:
      return subject_->hold(), 0;
    case verb::release:
      return subject_->release(), 0;
    case verb::refresh_time:
      return subject_->refresh_time(), 0;
    case verb::set_priorities:
      return subject_->set_priorities(static_cast<unsigned>(what.amount)) ? 1 : 0;
    case verb::reset_maxima:
      return subject_->reset_maxima(), 0;
    case verb::after:
      return subject_->after(what.target, amount), 0;
    case verb::once_timer:
      return subject_->once(what.target, amount);
    case verb::once_ready:
      if (what.when < 0) return subject_->once(what.target, what.amount, std::nullopt);
      return subject_->once(what.target, what.amount, std::chrono::milliseconds(what.when));
    case verb::watch:
      return subject_->watch(what.target), 0;
    case verb::unwatch:
      return subject_->unwatch(what.target), 0;
    default:
      return is_of_event(what.what) ? answer_of_event(what) : answer_of_world(what);
  }
}

inline int player::answer_of_world(const operation& what) {
  const time_point clock = subject_->look_at_base().clock;
  const auto why = static_cast<reasons>(what.amount);
  switch (what.what) {
    case verb::set_ready:
      return subject_->set_ready(what.target, why), 0;
    case verb::set_ready_at:
      return subject_->set_ready_at(what.target, why, clock + std::chrono::milliseconds(what.when)), 0;
    case verb::activate_descriptor:
      return subject_->activate_descriptor(what.target, why), 0;
    case verb::pass_time:
      return subject_->pass_time(std::chrono::milliseconds(what.amount)), 0;
    case verb::throw_out:
      note({.what = trace_line::kind::performed, .done = what});
      throw thrown{};
    case verb::elsewhere_break:
    case verb::elsewhere_post:
      return subject_->send_at(clock + std::chrono::milliseconds(what.amount), what), 0;
    default:
      return subject_->send(what), 0;
  }
}

inline int player::answer_of_event(const operation& what) {
  const duration amount = std::chrono::milliseconds(what.amount);
  const auto why = static_cast<reasons>(what.amount);
  switch (what.what) {
    case verb::add:
      return subject_->add(what.target);
    case verb::add_timeout:
      return subject_->add(what.target, amount);
    case verb::add_at:
      return subject_->add_at(what.target, subject_->look_at_base().clock + amount);
    case verb::remove:
      return subject_->remove(what.target), 0;
    case verb::remove_timeout:
      return subject_->remove_timeout(what.target), 0;
    case verb::activate:
      return subject_->activate(what.target, why), 0;
    case verb::activate_later:
      return subject_->activate_later(what.target, why), 0;
    case verb::set_priority:
      return subject_->set_priority(what.target, static_cast<unsigned>(what.amount)) ? 1 : 0;
    case verb::set_repeat:
      return subject_->set_repeat(what.target, static_cast<event_repeat>(what.amount)), 0;
    case verb::finalize:
      return subject_->finalize(what.target), 0;
    case verb::destroy:
      return subject_->destroy(what.target), 0;
    case verb::delete_later:
      return subject_->delete_later(what.target), 0;
    case verb::create:
      return subject_->create(what.target), 0;
    case verb::elsewhere_activate:
      return subject_->send_at(subject_->look_at_base().clock + amount, what), 0;
    default:
      return subject_->send(what), 0;
  }
}

}  // namespace pinwheel::testing::model
