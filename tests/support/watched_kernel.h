// A backend under a descriptor_map, without a base.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pinwheel/reactor/active_queues.h"
#include "pinwheel/reactor/backend_choice.h"
#include "pinwheel/reactor/descriptor_map.h"

namespace pinwheel::testing {

// Remembers what it heard since it was last asked.
class test_watch : public io_watch {
 public:
  test_watch() : io_watch(&test_watch::ran, 0, kind::user) {}

  static run_function run_by() { return &test_watch::ran; }
  reasons heard() { return std::exchange(heard_, reasons::none); }

 private:
  static void ran(active_item& self) {
    auto& mine = static_cast<test_watch&>(self);
    mine.heard_ |= mine.take_reasons();
  }

  reasons heard_ = reasons::none;
};

class watched_kernel {
 public:
  explicit watched_kernel(std::unique_ptr<backend> kernel) : kernel_(std::move(kernel)), map_(*kernel_, queues_) {}
  ~watched_kernel() {
    for (test_watch& each : watches_) {
      if (each.is_added()) map_.remove(each);
      queues_.remove(each);
    }
  }
  watched_kernel(const watched_kernel&) = delete;
  watched_kernel& operator=(const watched_kernel&) = delete;

  test_watch& make_watch(int descriptor, interest what) {
    watches_.emplace_back().set_target(descriptor, what);
    return watches_.back();
  }

  test_watch& watch(int descriptor, interest what) {
    test_watch& made = make_watch(descriptor, what);
    EXPECT_TRUE(map_.add(made).ok());
    return made;
  }

  // Waits for nothing; the watches hear what is ready.
  void poll() {
    EXPECT_TRUE(kernel_->wait(duration::zero(), map_).ok());
    while (const auto from = queues_.highest()) active_queues::run(*queues_.take(*from));
    map_.validate();
  }

  [[nodiscard]] backend& kernel() { return *kernel_; }
  [[nodiscard]] descriptor_map& map() { return map_; }

 private:
  std::unique_ptr<backend> kernel_;
  active_queues queues_{1};
  descriptor_map map_;
  std::deque<test_watch> watches_;
};

}  // namespace pinwheel::testing
