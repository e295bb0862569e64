// Writes a random program by playing the reference model: each operation is made up at the moment it is performed, so
// that it can be aimed at an event in a rare state.
#pragma once

#include <rapidcheck.h>

#include <cstddef>
#include <iterator>
#include <map>
#include <vector>

#include "event_condition.h"
#include "planner.h"
#include "player.h"

namespace pinwheel::testing::model {

class author final : private player {
 public:
  static program write(const rc::Random& random) {
    dice luck(random);
    program made = planner::plan(luck);
    author writing(made, luck);
    reference_base model(made, writing);
    writing.model_ = &model;
    writing.play(model);
    return made;
  }

 private:
  static constexpr int operations_outside_min = 10;
  static constexpr int operations_outside_max = 60;
  static constexpr int operations_in_a_callback_max = 7;
  static constexpr int operations_in_callbacks_max = 150;

  author(program& made, dice& luck) : player(made), made_(made), dice_(luck) {}

  void be_outside() override {
    for (int left = operations_outside_min + dice_.below(operations_outside_max - operations_outside_min); left > 0;
         --left) {
      const operation next = dice_.one_in(4) ? any_loop() : any_operation();
      if (!is_possible(next)) continue;
      made_.outside.push_back(next);
      perform(next);
    }
  }
  void be_event(std::size_t event, std::size_t run) override {
    made_.events[event].runs.resize(run + 1);
    be_callback([this, event, run](const operation& next) {
      made_.events[event].runs[run].push_back(next);
      return true;
    });
  }
  void be_watcher(std::size_t watcher, std::size_t run) override {
    made_.watcher_runs[watcher].resize(run + 1);
    be_callback([this, watcher, run](const operation& next) {
      if (is_continue(next)) return false;
      made_.watcher_runs[watcher][run].push_back(next);
      return true;
    });
  }
  void be_task(std::size_t task) override {
    be_callback([this, task](const operation& next) {
      made_.tasks[task].push_back(next);
      return true;
    });
  }

  // `write` answers whether it took the operation.
  template <class Write>
  void be_callback(Write write) {
    const auto perform_and_write = [&](const operation& next) {
      if (!is_possible(next) || !write(next)) return;
      --operations_left_;
      perform(next);
    };
    if (event_is_called() && dice_.one_in(2)) perform_and_write(any_change_of_the_running());
    for (int left = dice_.below(operations_in_a_callback_max + 1); left > 0 && operations_left_ > 0; --left) {
      perform_and_write(any_operation_in_a_callback());
    }
  }

  operation any_operation_in_a_callback() {
    if (dice_.one_in(25)) return {verb::throw_out};
    if (dice_.one_in(25)) return any_loop();
    return any_operation();
  }
  operation any_operation() {
    if (dice_.one_in(5)) return any_of_world();
    if (dice_.one_in(4)) return any_of_base();
    return any_of_event();
  }

  // A watcher that continues every turn never lets a callback run, and the program would not end.
  static bool is_continue(const operation& what) {
    return what.what == verb::loop_continue || what.what == verb::send_continue;
  }

  // Into one of the states that are rare else.
  operation any_change_of_the_running() {
    const verb what =
        dice_.of({verb::activate, verb::activate_later, verb::activate, verb::activate_later, verb::destroy});
    return {what, model_->called(), amount_for(what)};
  }
  [[nodiscard]] bool event_is_called() const { return model_->called() >= 0 && model_->called() < events(); }
  [[nodiscard]] int events() const { return static_cast<int>(made_.events.size()); }

  operation any_loop() { return {verb::loop, 0, dice_.below(8)}; }

  operation any_of_world() {
    const int descriptor = dice_.below(descriptors_max);
    const int ready = static_cast<int>(dice_.of(
        {reasons::none, reasons::readable, reasons::writable, reasons::readable | reasons::writable, reasons::failed}));
    const verb what = dice_.of({verb::set_ready, verb::set_ready, verb::set_ready_at, verb::set_ready_at,
                                verb::activate_descriptor, verb::pass_time, verb::pass_time});
    if (what == verb::pass_time) return {what, 0, any_time()};
    return {what, descriptor, ready, what == verb::set_ready_at ? any_time() : 0};
  }

  operation any_of_base() {
    const auto first = static_cast<int>(verb::loop_exit);
    const auto last = static_cast<int>(verb::unwatch);
    const auto what = static_cast<verb>(first + dice_.below(last - first + 1));
    if (is_of_task(what)) return any_of_task(what);
    switch (what) {
      case verb::hold:
      case verb::release:
        return {model_->look_at_base().counts.holds > 0 && !dice_.one_in(3) ? verb::release : verb::hold};
      case verb::watch:
      case verb::unwatch:
        return any_of_watcher();
      case verb::set_priorities:
        return {what, 0, 1 + dice_.below(4)};
      default:
        return {what, 0, is_amount_a_time(what) ? any_time() : 0};
    }
  }
  operation any_of_watcher() {
    for (int each = 0; each < watchers_max; ++each) {
      if (model_->is_watching(each) && dice_.one_in(2)) return {verb::unwatch, each};
    }
    return {verb::watch, dice_.below(watchers_max)};
  }
  operation any_of_task(verb what) {
    const int task = new_task();
    if (what == verb::once_ready) return {what, task, dice_.below(descriptors_max), any_time() - 1};
    return {what, task, is_amount_a_time(what) ? any_time() : 0};
  }
  int new_task() {
    made_.tasks.emplace_back();
    return static_cast<int>(made_.tasks.size()) - 1;
  }

  operation any_of_event() {
    const auto what = static_cast<verb>(dice_.below(static_cast<int>(verb::elsewhere_activate) + 1));
    return {what, any_target(), amount_for(what)};
  }
  int amount_for(verb what) {
    if (takes_reasons(what)) {
      return static_cast<int>(dice_.of({reasons::user, reasons::user, reasons::readable, reasons::timeout}));
    }
    switch (what) {
      case verb::add_at:
        return any_time() - 2;
      case verb::set_priority:
        return dice_.below(static_cast<int>(made_.priorities));
      case verb::set_repeat:
        return dice_.below(3);
      case verb::send_remove_async:
        return new_task();
      default:
        return is_amount_a_time(what) ? any_time() : 0;
    }
  }

  // The running event, often; else one in any of the states that there are, the common ones left out if others are
  // there.
  int any_target() {
    if (event_is_called() && dice_.one_in(2)) return model_->called();
    std::map<event_condition, std::vector<int>> all;
    std::map<event_condition, std::vector<int>> rare;
    for (int each = 0; each < events(); ++each) {
      const event_condition condition = condition_of(*model_, each);
      all[condition].push_back(each);
      if (!is_common(condition)) rare[condition].push_back(each);
    }
    const auto& from = rare.empty() || dice_.one_in(4) ? all : rare;
    auto chosen = from.find(event_condition::active_by_timeout);  // The rarest.
    if (chosen == from.end() || dice_.one_in(2)) {
      chosen = std::next(from.begin(), dice_.below(static_cast<int>(from.size())));
    }
    return chosen->second[static_cast<std::size_t>(dice_.below(static_cast<int>(chosen->second.size())))];
  }
  static bool is_common(event_condition condition) {
    switch (condition) {
      case event_condition::fresh:
      case event_condition::removed:
      case event_condition::running:
      case event_condition::finalized:
      case event_condition::doomed:
      case event_condition::destroyed:
        return true;
      default:
        return false;
    }
  }

  // Few times, so that many things happen at the same one.
  int any_time() { return dice_.of({0, 0, 1, 1, 2, 3, 5}); }

  program& made_;
  dice& dice_;
  reference_base* model_ = nullptr;
  int operations_left_ = operations_in_callbacks_max;
};

}  // namespace pinwheel::testing::model
