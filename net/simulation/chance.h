// Random choices that are the same for the same seed, on every machine and with every standard library.
//
// Threads:   a value; not shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "pinwheel/reactor/base/clock.h"

namespace pinwheel {
inline namespace v0 {

class simulated_chance {
 public:
  explicit simulated_chance(std::uint64_t seed) noexcept : state_(seed) {}

  // SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }

  // REQUIRES: count > 0.
  std::size_t below(std::size_t count) noexcept { return next() % count; }
  // Both included. REQUIRES: least <= most.
  std::size_t between(std::size_t least, std::size_t most) noexcept { return least + below(most - least + 1); }
  duration between(duration least, duration most) noexcept {
    const std::size_t span = static_cast<std::size_t>((most - least).count());
    return least + duration(static_cast<duration::rep>(below(span + 1)));
  }
  // Draws nothing for what never happens.
  bool happens(double probability) noexcept {
    return probability > 0 && static_cast<double>(next() >> 11U) * 0x1p-53 < probability;
  }

  template <class T>
  void shuffle(std::vector<T>& all) noexcept {
    for (std::size_t left = all.size(); left > 1; --left) std::swap(all[left - 1], all[below(left)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace v0
}  // namespace pinwheel
