// The reference model's kernel: which descriptors are ready, now and later (SEMANTICS I1 to I5, I11).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "pinwheel/reactor/base/clock.h"
#include "pinwheel/reactor/reasons.h"

namespace pinwheel::testing::model {

class reference_kernel {
 public:
  struct report {
    int event;
    reasons why;
  };

  // False when level and edge would mix (I4).
  bool watch(int descriptor, int event, interest watched) {
    state& at = descriptors_[descriptor];
    if (!at.watchers.empty() && any(all_watched(at), interest::edge) != any(watched, interest::edge)) return false;
    const interest before = all_watched(at);
    at.watchers.push_back({event, watched});
    arm(at, before);
    return true;
  }
  void unwatch(int descriptor, int event) {
    state& at = descriptors_[descriptor];
    const interest before = all_watched(at);
    std::erase_if(at.watchers, [event](const watcher& each) { return each.event == event; });
    arm(at, before);
  }

  void set_ready(int descriptor, reasons what) {
    state& at = descriptors_[descriptor];
    at.ready = any(what, reasons::failed) ? what | reasons::readable | reasons::writable : what;  // I5.
    at.news = true;
  }

  // Something that happens in the world once a wait reaches that time.
  void happens_at(time_point when, std::function<void()> what) { events_.emplace(when, std::move(what)); }
  [[nodiscard]] std::optional<time_point> next_happening() const {
    if (events_.empty()) return std::nullopt;
    return events_.begin()->first;
  }
  void let_happen(time_point now) {
    while (!events_.empty() && events_.begin()->first <= now) events_.extract(events_.begin()).mapped()();
  }

  // What is ready: by descriptor, and of one descriptor in order of adding (I2).
  std::vector<report> poll() {
    std::vector<report> all;
    for (auto& [number, at] : descriptors_) {
      const bool by_edge = any(all_watched(at), interest::edge);
      if (by_edge && !std::exchange(at.news, false)) continue;
      for (const report& each : heard_by(number, at.ready)) all.push_back(each);
    }
    return all;
  }
  // Who hears what of it.
  [[nodiscard]] std::vector<report> heard_by(int descriptor, reasons what) {
    std::vector<report> all;
    for (const watcher& each : descriptors_[descriptor].watchers) {
      const reasons heard = what & (static_cast<reasons>(each.watched & interest::read_write) | reasons::failed);
      if (heard != reasons::none) all.push_back({each.event, heard});
    }
    return all;
  }

  [[nodiscard]] bool is_watched(int descriptor, interest how) const {
    const auto found = descriptors_.find(descriptor);
    return found != descriptors_.end() && any(all_watched(found->second), how);
  }
  [[nodiscard]] bool is_ready(int descriptor) const {
    const auto found = descriptors_.find(descriptor);
    return found != descriptors_.end() && found->second.ready != reasons::none;
  }

 private:
  struct watcher {
    int event;
    interest watched;
  };
  struct state {
    std::vector<watcher> watchers;  // In order of adding.
    reasons ready = reasons::none;
    bool news = false;  // Since the last report: what an edge-triggered watcher hears of.
  };

  static interest all_watched(const state& at) {
    interest all = interest::none;
    for (const watcher& each : at.watchers) all |= each.watched;
    return all;
  }

  // The kernel hears only of the first and the last watcher for each direction (I1), and then reports what is ready.
  static void arm(state& at, interest before) {
    if (all_watched(at) != before) at.news = true;
  }

  std::map<int, state> descriptors_;
  std::multimap<time_point, std::function<void()>> events_;  // Of one time in order of the calls.
};

}  // namespace pinwheel::testing::model
