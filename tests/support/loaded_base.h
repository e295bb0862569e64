// A base under load, in virtual time: every callback takes a random while, from a fixed seed.
//
// Threads:   one.
// Ownership: owns its base and the events it made.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/simulated_backend.h"

namespace pinwheel::testing {

class loaded_base {
 public:
  static constexpr duration longest_callback = std::chrono::microseconds(100);

  loaded_base(unsigned priorities, const dispatch_options& dispatch)
      : base_(event_base::create({.priorities = priorities, .dispatch = dispatch, .clock = &clock_},
                                 std::make_unique<simulated_backend>(clock_))
                  .value()) {}

  event_base& base() { return *base_; }
  [[nodiscard]] time_point now() const { return clock_.now(); }

  // A persistent event.
  event& add(unsigned priority, event::callback called) {
    events_.push_back(std::make_unique<event>(*base_, event_life::persistent, std::move(called)));
    EXPECT_TRUE(events_.back()->set_priority(priority));
    return *events_.back();
  }

  // What a callback does with its time.
  void work() { clock_.advance(random_duration()); }
  // From 1 us to the longest callback's.
  duration random_duration() { return std::chrono::microseconds(std::uniform_int_distribution(1, 100)(random_)); }
  bool one_in(int n) { return std::uniform_int_distribution(1, n)(random_) == 1; }

 private:
  virtual_clock clock_;
  std::unique_ptr<event_base> base_;
  std::mt19937 random_{20'261'123};
  std::vector<std::unique_ptr<event>> events_;  // Die before their base.
};

}  // namespace pinwheel::testing
