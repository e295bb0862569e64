// Chooses what a random program consists of, before anything happens in it.
#pragma once

#include <rapidcheck.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>

#include "program.h"

namespace pinwheel::testing::model {

// Small numbers from RapidCheck's generator, which makes a failing program reproducible.
class dice {
 public:
  explicit dice(const rc::Random& random) : random_(random) {}

  int below(int end) { return static_cast<int>(random_.next() % static_cast<std::uint64_t>(end)); }
  bool one_in(int n) { return below(n) == 0; }
  template <class T>
  T of(std::initializer_list<T> all) {
    return all.begin()[below(static_cast<int>(all.size()))];
  }

 private:
  rc::Random random_;
};

// A program in which nothing happens yet.
class planner {
 public:
  static program plan(dice& luck) {
    program made;
    made.priorities = static_cast<unsigned>(1 + luck.below(4));
    made.dispatch = {
        .policy = luck.one_in(2) ? dispatch_policy::strict : dispatch_policy::aged,
        .pass_callbacks_max = static_cast<std::size_t>(luck.one_in(2) ? 0 : 1 + luck.below(3)),
        .pass_time_max = std::chrono::milliseconds(luck.one_in(2) ? 0 : 1 + luck.below(3)),
        .budget_from_priority = static_cast<unsigned>(luck.one_in(2) ? 0 : luck.below(3)),
        .aging_interval = static_cast<unsigned>(1 + luck.below(4)),
        .aging_bound = std::chrono::milliseconds(luck.below(4)),
    };
    made.cache_time = !luck.one_in(4);
    for (int left = 3 + luck.below(4); left > 0; --left) made.events.push_back(any_event(luck, made.priorities));
    return made;
  }

 private:
  static event_plan any_event(dice& luck, unsigned priorities) {
    event_plan made;
    made.life = luck.of({event_life::one_shot, event_life::persistent});
    made.priority = static_cast<unsigned>(luck.below(static_cast<int>(priorities)));
    if (luck.one_in(3)) return made;
    made.descriptor = luck.below(descriptors_max);
    made.watched = luck.of({interest::read, interest::write, interest::read_write});
    if (luck.one_in(5)) made.watched |= interest::edge;
    return made;
  }
};

}  // namespace pinwheel::testing::model
