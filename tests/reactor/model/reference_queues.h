// The reference model's active queues: who waits to be run, by priority, and since when (SEMANTICS A1 to A10).
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel::testing::model {

// Anything that can be active or timed: events count from 0, tasks from first_task.
using item = int;
inline constexpr item first_task = 1000;
inline constexpr item wake_up = 1'000'000;  // The loop's own, which counts nowhere (N4, N10).

class reference_queues {
 public:
  explicit reference_queues(unsigned priorities) { set_priorities(priorities); }
  // REQUIRES: nothing waits.
  void set_priorities(unsigned priorities) {
    queues_.assign(priorities, {});
    waiting_since_.assign(priorities, std::nullopt);
  }

  [[nodiscard]] bool is_active(item who) const { return why_.contains(who) && !is_later(who); }
  [[nodiscard]] bool is_later(item who) const {
    for (const item each : later_) {
      if (each == who) return true;
    }
    return false;
  }
  [[nodiscard]] bool waits(item who) const { return why_.contains(who); }
  [[nodiscard]] reasons why(item who) const { return waits(who) ? why_.at(who) : reasons::none; }
  // Active or later-active.
  [[nodiscard]] std::size_t count() const { return why_.size() - why_.count(wake_up); }
  [[nodiscard]] bool any_active() const { return why_.size() > later_.size(); }

  // Answers whether it became active: once it is, reasons only gather (A4).
  bool activate(item who, unsigned priority, reasons why) {
    const bool was_active = is_active(who);
    why_[who] |= why;
    if (was_active) return false;
    std::erase(later_, who);
    if (queues_[priority].empty()) waiting_since_[priority] = reading_;
    queues_[priority].push_back({who, ++activations_});
    return true;
  }

  // Active from the next turn on (A10).
  void activate_later(item who, reasons why) {
    if (!waits(who)) later_.push_back(who);
    why_[who] |= why;
  }
  [[nodiscard]] std::vector<item> later() const { return later_; }

  void remove(item who) {
    why_.erase(who);
    std::erase(later_, who);
    for (auto& queue : queues_) std::erase_if(queue, [who](const waiting& each) { return each.who == who; });
  }

  // Takes reasons back, and the activation with the last of them (T2).
  void withdraw(item who, reasons why) {
    if (!any(this->why(who), why)) return;
    why_[who] = static_cast<reasons>(static_cast<unsigned>(why_[who]) & ~static_cast<unsigned>(why));
    if (why_[who] == reasons::none) remove(who);
  }

  // How many activations there have been: what a pass begins with is what was activated before it (A6).
  [[nodiscard]] std::size_t activations() const { return activations_; }

  // The most important priority that has something of the first `activations`.
  [[nodiscard]] std::optional<unsigned> highest(std::size_t activations) const {
    for (unsigned at = 0; at < queues_.size(); ++at) {
      if (!queues_[at].empty() && queues_[at].front().activation <= activations) return at;
    }
    return std::nullopt;
  }

  struct waiting {
    item who;
    std::size_t activation;
  };
  [[nodiscard]] const waiting& first(unsigned priority) const { return queues_[priority].front(); }

  // The first of a queue, which is served with that (A1: first in, first out).
  item take(unsigned priority) {
    const item first = queues_[priority].front().who;
    queues_[priority].pop_front();
    waiting_since_[priority] = reading_;
    return first;
  }
  reasons take_reasons(item who) {
    const reasons all = why_.at(who);
    why_.erase(who);
    return all;
  }

  // Aged: queues wait since the reading of the clock at which they became non-empty or were last served; what happens
  // between two turns counts from the next reading.
  void read_clock(time_point now) {
    reading_ = now;
    for (auto& since : waiting_since_) {
      if (!since) since = now;
    }
  }
  void forget_reading() { reading_.reset(); }

  // The queue that has waited longest, if since `bound` or before; of equals the most important one.
  [[nodiscard]] std::optional<unsigned> longest_waiting(time_point bound) const {
    std::optional<unsigned> longest;
    for (unsigned at = 0; at < queues_.size(); ++at) {
      if (queues_[at].empty() || *waiting_since_[at] > bound) continue;
      if (!longest || *waiting_since_[at] < *waiting_since_[*longest]) longest = at;
    }
    return longest;
  }

 private:
  std::vector<std::deque<waiting>> queues_;
  std::vector<item> later_;
  std::map<item, reasons> why_;  // Of everything active or later-active.
  std::vector<std::optional<time_point>> waiting_since_;
  std::optional<time_point> reading_;
  std::size_t activations_ = 0;
};

}  // namespace pinwheel::testing::model
