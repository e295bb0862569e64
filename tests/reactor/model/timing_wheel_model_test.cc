// The wheel beside a sorted map, over years of virtual time (SEMANTICS T1, T11, T13, T14).
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "coverage.h"
#include "many.h"
#include "pinwheel/reactor/timing_wheel.h"

namespace pinwheel::testing::model {
namespace {

class wheel_timer : public timer_node {
 public:
  wheel_timer(timing_wheel& wheel, std::function<void()> expired)
      : timer_node([](timer_node& self) { static_cast<wheel_timer&>(self).expired_(); }),
        wheel_(wheel),
        expired_(std::move(expired)) {}
  ~wheel_timer() { wheel_.cancel(*this); }

 private:
  timing_wheel& wheel_;
  std::function<void()> expired_;
};

enum class wheel_call : unsigned char { arm_at, arm_after, cancel };
enum class timer_state : unsigned char {
  unarmed,
  unplaced,
  in_the_current_tick,
  at_level_0,
  at_level_1,
  above,
  due,
  running,
  running_armed,
};

coverage_table make_timer_table() {
  return {"Calls of a wheel, by the state of the timer",
          {"arm_at", "arm_after", "cancel"},
          {"unarmed", "armed for a delay, and not placed", "armed for the current tick, or before it",
           "armed at level 0", "armed at level 1", "armed above that", "due, its function not called yet",
           "its function running", "its function running, and armed again"}};
}

// Drives a wheel and a sorted map side by side through years of virtual time. Each timer's function checks that it is
// the one that the map has next, and then does as the driver does: arms, cancels and re-arms at random.
class wheel_and_map {
 public:
  wheel_and_map(std::uint64_t seed, coverage_table& met)
      : random_(seed), met_(met), now_(any_start()), wheel_(time_point(duration(now_))) {
    for (std::size_t id = 0; id < timers_count; ++id) {
      timers_.push_back(std::make_unique<wheel_timer>(wheel_, [this, id] { ran(id); }));
    }
    states_.resize(timers_count);
  }

  void step() {
    change_one();
    if (one_in(4)) place();
    if (one_in(3)) advance();
    if (one_in(2)) {  // Not always: the wheel remembers what it answered.
      EXPECT_EQ(wheel_.next_deadline(), earliest());
    }
    if (one_in(8)) wheel_.validate();
    EXPECT_EQ(wheel_.size(), armed_.size() + unplaced_.size());
  }

  [[nodiscard]] std::size_t runs() const { return runs_; }

 private:
  static constexpr std::size_t timers_count = 200;

  using key = std::pair<std::int64_t, std::uint64_t>;  // Deadline, arming.
  struct state {
    std::optional<key> armed;
    std::optional<std::uint64_t> unplaced;  // Arming.
  };

  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  std::int64_t any_start() { return static_cast<std::int64_t>(random_() >> (2 + below(40))); }

  // Any order of magnitude is as likely as any other, and so are the edges of ticks.
  std::int64_t any_distance() {
    const auto distance = static_cast<std::int64_t>(random_() >> (8 + below(54)));
    return one_in(3) ? distance >> 20 << 20 : distance;
  }

  std::int64_t any_deadline() {
    if (one_in(5) && !armed_.empty()) return armed_.begin()->first.first;
    if (one_in(8)) return std::max<std::int64_t>(now_ - any_distance(), 0);
    return plus(now_, any_distance() + static_cast<std::int64_t>(below(3)) - 1);
  }

  static std::int64_t plus(std::int64_t at, std::int64_t distance) {
    constexpr auto end = std::numeric_limits<std::int64_t>::max();
    return distance > end - at ? end : std::max<std::int64_t>(at + distance, 0);
  }

  void change_one() { change(below(timers_count)); }
  void change(std::size_t id) {
    switch (below(5)) {
      case 0:
        return cancel(id);
      case 1:
      case 2:
        return arm_after(id, any_distance());
      default:
        return arm_at(id, any_deadline());
    }
  }

  void arm_at(std::size_t id, std::int64_t deadline) {
    hit(wheel_call::arm_at, id);
    forget(id);
    wheel_.arm_at(*timers_[id], time_point(duration(deadline)));
    remember(id, {deadline, ++armings_});
  }

  void arm_after(std::size_t id, std::int64_t delay) {
    hit(wheel_call::arm_after, id);
    forget(id);
    wheel_.arm_after(*timers_[id], duration(delay));
    states_[id].unplaced = ++armings_;
    unplaced_.emplace(armings_, std::pair(id, delay));
  }

  void cancel(std::size_t id) {
    hit(wheel_call::cancel, id);
    EXPECT_EQ(timers_[id]->is_armed(), states_[id].armed || states_[id].unplaced);
    forget(id);
    wheel_.cancel(*timers_[id]);
  }

  void hit(wheel_call call, std::size_t id) {
    met_.hit(static_cast<std::size_t>(call), static_cast<std::size_t>(state_of(id)));
  }
  [[nodiscard]] timer_state state_of(std::size_t id) const {
    if (running_ == id)
      return states_[id].armed || states_[id].unplaced ? timer_state::running_armed : timer_state::running;
    if (states_[id].unplaced) return timer_state::unplaced;
    if (!states_[id].armed) return timer_state::unarmed;
    if (due_.contains(*states_[id].armed)) return timer_state::due;
    // The level is that of the highest byte of the tick, above its 20 bits, that differs from the current one.
    const auto differs = static_cast<std::uint64_t>(states_[id].armed->first ^ now_) >> 20;
    if (states_[id].armed->first <= now_ || differs == 0) return timer_state::in_the_current_tick;
    if (differs < (1U << 8)) return timer_state::at_level_0;
    if (differs < (1U << 16)) return timer_state::at_level_1;
    return timer_state::above;
  }

  void remember(std::size_t id, key at) {
    states_[id].armed = at;
    armed_.emplace(at, id);
  }

  void forget(std::size_t id) {
    const state was = std::exchange(states_[id], {});
    if (was.armed) {
      armed_.erase(*was.armed);
      due_.erase(*was.armed);
    }
    if (was.unplaced) unplaced_.erase(*was.unplaced);
  }

  void place() {
    wheel_.place(time_point(duration(now_)));
    for (const auto& [arming, what] : std::exchange(unplaced_, {})) {
      states_[what.first] = {};
      remember(what.first, {plus(now_, what.second), arming});
    }
    EXPECT_FALSE(wheel_.has_unplaced());
  }

  // To the next deadline, to just before it, or anywhere.
  void advance() {
    const auto next = earliest();
    std::int64_t to = plus(now_, any_distance() >> 4);
    if (next && !one_in(4)) to = next->time_since_epoch().count() - (one_in(3) ? 1 : 0);
    now_ = std::max(now_, to);
    due_ = std::map<key, std::size_t>(armed_.begin(), armed_.upper_bound({now_, armings_}));
    const std::size_t runs_before = runs_;
    const std::size_t called = wheel_.expire(time_point(duration(now_)));
    EXPECT_EQ(called, runs_ - runs_before);
    EXPECT_TRUE(due_.empty());
  }

  void ran(std::size_t id) {
    ++runs_;
    ASSERT_FALSE(due_.empty());
    EXPECT_EQ(due_.begin()->second, id);
    EXPECT_FALSE(timers_[id]->is_armed());
    forget(id);
    running_ = id;
    for (std::uint64_t left = below(3); left != 0; --left) change_one();
    if (one_in(3) && !due_.empty()) cancel(due_.rbegin()->second);
    for (std::uint64_t left = below(3); left != 0; --left) change(id);
    if (one_in(8)) wheel_.validate();
    running_ = nobody;
  }

  [[nodiscard]] std::optional<time_point> earliest() const {
    if (armed_.empty()) return std::nullopt;
    return time_point(duration(armed_.begin()->first.first));
  }

  static constexpr std::size_t nobody = timers_count;

  std::mt19937_64 random_;
  coverage_table& met_;
  std::int64_t now_;
  timing_wheel wheel_;
  std::vector<std::unique_ptr<wheel_timer>> timers_;
  std::vector<state> states_;
  std::map<key, std::size_t> armed_;
  std::map<key, std::size_t> due_;  // Of armed_: what this expire() has still to call.
  std::map<std::uint64_t, std::pair<std::size_t, std::int64_t>> unplaced_;
  std::uint64_t armings_ = 0;
  std::size_t runs_ = 0;
  std::size_t running_ = nobody;
};

TEST(timing_wheel_model_test, a_wheel_does_what_a_sorted_map_does_over_years_of_time) {
  coverage_table met = make_timer_table();
  const auto same = [&](std::uint64_t seed) {
    wheel_and_map both(seed, met);
    for (int step = 0; step < 2000; ++step) both.step();
    EXPECT_GT(both.runs(), 100U);
    if (::testing::Test::HasFailure()) RC_FAIL("the wheel and the map differ, from seed " + std::to_string(seed));
  };
  check_many(40, 0, rc::gen::noShrink(rc::gen::arbitrary<std::uint64_t>()), same);
  if (HasFailure() || is_reproducing()) return;
  met.print(std::cout);
  const std::string faults = met.faults();
  EXPECT_TRUE(faults.empty()) << faults;
}

}  // namespace
}  // namespace pinwheel::testing::model
