// Measures what priorities do under load, in real time, and prints each measurement as "ROW NANOSECONDS CALLBACKS":
//
//   priority_latency lateness LOOP SAMPLES    how late an important timer is while descriptors of the lowest priority
//                                             are always ready, and how many callbacks began meanwhile; the row is 0
//   priority_latency gaps LOOP MILLISECONDS   how long each priority waits from one callback to its next while every
//                                             priority is always ready, and how many callbacks began when it had
//                                             waited for longer than `aging_bound`; the row is the priority
//
// perf/priorities/draw.py runs it and draws what it prints.
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "measured_loop.h"

namespace pinwheel::perf {
namespace {

using steady = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr microseconds callback_time{20};
constexpr unsigned flood_descriptors = 500;      // A queue of them takes 10 ms.
constexpr unsigned saturating_descriptors = 64;  // Of each priority: more than a budget.

// Until then polls report only some of the descriptors, and a queue may be empty for a while: loops begin with room for
// few.
constexpr std::size_t warm_up_callbacks = 1000;

struct sample {
  unsigned row;
  nanoseconds waited;
  std::size_t callbacks;
};

// When each callback began.
class callback_log {
 public:
  void add(steady::time_point began) { began_.push_back(began); }

  [[nodiscard]] std::size_t size() const { return began_.size(); }
  [[nodiscard]] std::size_t count_after(steady::time_point time) const {
    return static_cast<std::size_t>(began_.end() - std::upper_bound(began_.begin(), began_.end(), time));
  }

 private:
  std::vector<steady::time_point> began_;
};

// Always readable, for nobody reads it.
class ready_descriptor {
 public:
  ready_descriptor() : descriptor_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ready_descriptor(ready_descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ready_descriptor& operator=(ready_descriptor&&) = delete;
  ~ready_descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  [[nodiscard]] int number() const { return descriptor_; }

 private:
  int descriptor_;
};

void work_for(nanoseconds time) {
  const auto until = steady::now() + time;
  while (steady::now() < until) {
  }
}

std::vector<sample> measure_lateness(measured_loop& loop, std::size_t samples) {
  const std::vector<ready_descriptor> flood(flood_descriptors);
  callback_log unimportant;
  for (const ready_descriptor& each : flood) {
    loop.watch(each.number(), priorities - 1, [&] {
      unimportant.add(steady::now());
      work_for(callback_time);
    });
  }
  std::mt19937 random(1);
  std::uniform_int_distribution<int> delay_us(1'000, 6'000);
  steady::time_point due;
  const auto arm = [&] {
    const microseconds delay(delay_us(random));
    due = steady::now() + delay;
    loop.arm_timer(delay);
  };
  std::vector<sample> measured;
  loop.set_timer([&] {
    measured.push_back({0, steady::now() - due, unimportant.count_after(due)});
    if (measured.size() == samples) return loop.stop();
    arm();
  });
  arm();
  loop.run();
  return measured;
}

std::vector<sample> measure_gaps(measured_loop& loop, milliseconds time) {
  const std::vector<ready_descriptor> ready(std::size_t{priorities} * saturating_descriptors);
  std::vector<sample> measured;
  callback_log all;
  std::vector<steady::time_point> served;  // By priority.
  steady::time_point end;
  for (std::size_t at = 0; at < ready.size(); ++at) {
    const auto priority = static_cast<unsigned>(at % priorities);
    loop.watch(ready[at].number(), priority, [&, priority] {
      const auto now = steady::now();
      all.add(now);
      if (all.size() <= warm_up_callbacks) {
        served.assign(priorities, now);
        end = now + time;
      }
      const auto since = std::exchange(served[priority], now);
      measured.push_back({priority, now - since, all.count_after(since + aging_bound)});
      if (now >= end) return loop.stop();
      work_for(callback_time);
    });
  }
  loop.run();
  return measured;
}

std::optional<unsigned> number_of(std::string_view text) {
  unsigned value = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stopped != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

int usage() {
  std::fputs("usage: priority_latency lateness LOOP SAMPLES | gaps LOOP MILLISECONDS\nLOOP is one of:", stderr);
  for (const std::string_view name : loop_names) {
    std::fprintf(stderr, " %.*s", static_cast<int>(name.size()), name.data());
  }
  std::fputs("\n", stderr);
  return 2;
}

int measure(std::string_view what, std::string_view name, std::string_view how_much) {
  std::unique_ptr<measured_loop> loop = make_pinwheel_loop(name);
  if (loop == nullptr) loop = make_libevent_loop(name);
  const auto number = number_of(how_much);
  if (loop == nullptr || !number || (what != "lateness" && what != "gaps")) return usage();
  const auto measured =
      what == "lateness" ? measure_lateness(*loop, *number) : measure_gaps(*loop, milliseconds(*number));
  for (const sample& each : measured) {
    std::printf("%u %lld %zu\n", each.row, static_cast<long long>(each.waited.count()), each.callbacks);
  }
  return 0;
}

}  // namespace
}  // namespace pinwheel::perf

int main(int argc, char** argv) {
  return argc == 4 ? pinwheel::perf::measure(argv[1], argv[2], argv[3]) : pinwheel::perf::usage();
}
