// Programs that are a little smaller than one that failed: what RapidCheck tries on its way to the smallest.
#pragma once

#include <algorithm>
#include <vector>

#include "program.h"

namespace pinwheel::testing::model {

// Calls `visit(script&)` for each script of the program.
template <class Visit>
void for_each_script(program& what, Visit visit) {
  visit(what.outside);
  for (event_plan& each : what.events) {
    for (script& run : each.runs) visit(run);
  }
  for (script& each : what.tasks) visit(each);
  for (auto& runs : what.watcher_runs) {
    for (script& run : runs) visit(run);
  }
}

class smaller_programs {
 public:
  static std::vector<program> of(const program& from) {
    smaller_programs made(from);
    made.without_operations();
    made.with_plainer_options();
    made.with_plainer_events();
    made.with_smaller_amounts();
    return std::move(made.all_);
  }

 private:
  explicit smaller_programs(const program& from) : from_(from) {}

  template <class Change>
  void add(Change change) {
    all_.push_back(from_);
    change(all_.back());
  }

  // Large pieces of the outside first, then one operation of any script at a time.
  void without_operations() {
    for (std::size_t size = from_.outside.size(); size > 1; size /= 2) {
      for (std::size_t at = 0; at + size <= from_.outside.size(); at += size) {
        add([&](program& made) {
          const auto first = made.outside.begin() + static_cast<std::ptrdiff_t>(at);
          made.outside.erase(first, first + static_cast<std::ptrdiff_t>(size));
        });
      }
    }
    for_each_operation(
        [](script& home, std::size_t at) { home.erase(home.begin() + static_cast<std::ptrdiff_t>(at)); });
  }

  void with_smaller_amounts() {
    for_each_operation([](script& home, std::size_t at) { home[at].amount = 0; },
                       [](const operation& each) { return each.amount != 0 && is_amount_a_time(each.what); });
  }

  void with_plainer_options() {
    const dispatch_options& by = from_.dispatch;
    if (by.policy != dispatch_policy::strict)
      add([](program& made) { made.dispatch.policy = dispatch_policy::strict; });
    if (by.pass_callbacks_max != 0) add([](program& made) { made.dispatch.pass_callbacks_max = 0; });
    if (by.pass_time_max != duration::zero())
      add([](program& made) { made.dispatch.pass_time_max = duration::zero(); });
    if (by.budget_from_priority != 0) add([](program& made) { made.dispatch.budget_from_priority = 0; });
    if (by.aging_interval != 1) add([](program& made) { made.dispatch.aging_interval = 1; });
    if (by.aging_bound != duration::zero()) add([](program& made) { made.dispatch.aging_bound = duration::zero(); });
  }

  void with_plainer_events() {
    for (std::size_t at = 0; at < from_.events.size(); ++at) {
      const event_plan& each = from_.events[at];
      if (each.priority != 0) add([at](program& made) { made.events[at].priority = 0; });
      if (each.descriptor >= 0) add([at](program& made) { made.events[at].descriptor = -1; });
      if (each.life != event_life::one_shot) add([at](program& made) { made.events[at].life = event_life::one_shot; });
    }
  }

  template <class Change, class Wanted>
  void for_each_operation(Change change, Wanted wanted) {
    std::vector<script*> scripts;
    program reading = from_;
    for_each_script(reading, [&](script& each) { scripts.push_back(&each); });
    for (std::size_t number = 0; number < scripts.size(); ++number) {
      for (std::size_t at = 0; at < scripts[number]->size(); ++at) {
        if (!wanted((*scripts[number])[at])) continue;
        add([&](program& made) {
          std::size_t left = number;
          for_each_script(made, [&](script& each) {
            if (left-- == 0) change(each, at);
          });
        });
      }
    }
  }
  template <class Change>
  void for_each_operation(Change change) {
    for_each_operation(change, [](const operation&) { return true; });
  }

  const program& from_;
  std::vector<program> all_;
};

}  // namespace pinwheel::testing::model
