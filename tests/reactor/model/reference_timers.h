// The reference model's timers: a sorted map (SEMANTICS T1, T11, T13, T14).
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "pinwheel/reactor/base/clock.h"

namespace pinwheel::testing::model {

class reference_timers {
 public:
  // Arming an armed timer moves it (T1).
  void arm_at(int who, time_point deadline) {
    disarm(who);
    placed_[{deadline, ++armings_}] = who;
  }
  // Counts from the next place() (T11).
  void arm_after(int who, duration delay) {
    disarm(who);
    unplaced_[++armings_] = {who, delay};
  }
  void place(time_point now) {
    for (const auto& [arming, timer] : std::exchange(unplaced_, {})) {
      placed_[{later_by(timer.second, now), arming}] = timer.first;
    }
  }

  void disarm(int who) {
    std::erase_if(placed_, [who](const auto& each) { return each.second == who; });
    std::erase_if(unplaced_, [who](const auto& each) { return each.second.first == who; });
  }

  [[nodiscard]] bool is_armed(int who) const {
    for (const auto& [at, each] : placed_) {
      if (each == who) return true;
    }
    for (const auto& [arming, each] : unplaced_) {
      if (each.first == who) return true;
    }
    return false;
  }
  [[nodiscard]] bool empty() const { return placed_.empty() && unplaced_.empty(); }

  [[nodiscard]] std::optional<time_point> next_deadline() const {
    if (placed_.empty()) return std::nullopt;
    return placed_.begin()->first.first;
  }

  struct due_timer {
    int who;
    time_point deadline;
  };

  // What is due, by deadline and then in order of arming (T14); not armed any more.
  std::vector<due_timer> take_due(time_point now) {
    std::vector<due_timer> due;
    while (!placed_.empty() && placed_.begin()->first.first <= now) {
      due.push_back({placed_.begin()->second, placed_.begin()->first.first});
      placed_.erase(placed_.begin());
    }
    return due;
  }

 private:
  std::map<std::pair<time_point, std::size_t>, int> placed_;  // By deadline and arming.
  std::map<std::size_t, std::pair<int, duration>> unplaced_;  // By arming.
  std::size_t armings_ = 0;
};

}  // namespace pinwheel::testing::model
