// A base to test, over epoll or poll and real descriptors, or over the simulated backend and its virtual clock: one
// suite for all.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/simulated_backend.h"

namespace pinwheel::testing {

// A descriptor that a test makes readable and writable at will.
class test_descriptor {
 public:
  // Real: one end of a socket pair.
  test_descriptor() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_.data()), 0);
  }
  // Simulated: a number.
  test_descriptor(simulated_backend& kernel, int number) : kernel_(&kernel), ends_{number, -1} {}
  test_descriptor(const test_descriptor&) = delete;
  test_descriptor& operator=(const test_descriptor&) = delete;
  ~test_descriptor() {
    if (kernel_ != nullptr) return;
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }

  [[nodiscard]] int number() const { return ends_[0]; }

  // A socket is always writable; the simulated one is when it is readable.
  void make_readable() {
    if (kernel_ != nullptr) return kernel_->set_ready(ends_[0], reasons::readable | reasons::writable);
    EXPECT_EQ(::write(ends_[1], "x", 1), 1);
  }

  void read_empty() {
    if (kernel_ != nullptr) return kernel_->set_ready(ends_[0], reasons::writable);
    std::array<char, 64> scrap{};
    while (::read(ends_[0], scrap.data(), scrap.size()) > 0) {
    }
  }

  void close_peer() {
    const reasons all = reasons::readable | reasons::writable | reasons::closed;
    if (kernel_ != nullptr) return kernel_->set_ready(ends_[0], all);
    ::shutdown(ends_[1], SHUT_WR);
  }

 private:
  simulated_backend* kernel_ = nullptr;
  std::array<int, 2> ends_{-1, -1};
};

class event_base_test : public ::testing::TestWithParam<std::string> {
 protected:
  void make_base(event_base_options options = {}) {
    if (GetParam() == "simulated") {
      auto kernel = std::make_unique<simulated_backend>(clock_);
      kernel_ = kernel.get();
      options.clock = &clock_;
      base_ = event_base::create(options, std::move(kernel)).value();
    } else {
      options.backend = GetParam();
      base_ = event_base::create(options).value();
    }
  }

  event_base& base() {
    if (base_ == nullptr) make_base();
    return *base_;
  }

  std::unique_ptr<test_descriptor> make_descriptor() {
    static_cast<void>(base());
    if (kernel_ == nullptr) return std::make_unique<test_descriptor>();
    return std::make_unique<test_descriptor>(*kernel_, next_number_++);
  }

  // An event that writes its name into `trace` and then does `more`.
  std::unique_ptr<event> traced(std::string name, event_life life = event_life::one_shot) {
    return std::make_unique<event>(base(), life, [this, name](event&, reasons) { trace_.push_back(name); });
  }

  std::unique_ptr<event> traced(std::string name, unsigned priority) {
    auto made = traced(std::move(name));
    EXPECT_TRUE(made->set_priority(priority));
    return made;
  }

  // One turn that does not wait.
  loop_result run_one_turn() {
    const loop_result result = base().loop(loop_flags::nonblock);
    base().validate();
    return result;
  }

  virtual_clock clock_;
  simulated_backend* kernel_ = nullptr;  // Null over a real one.
  std::unique_ptr<event_base> base_;
  std::vector<std::string> trace_;

 private:
  int next_number_ = 1000;
};

using names = std::vector<std::string>;

// A short time for a real clock to pass; the virtual one does not mind.
inline constexpr duration moment = std::chrono::milliseconds(2);

inline std::string backend_of(const ::testing::TestParamInfo<std::string>& info) { return info.param; }

#define PINWHEEL_NEEDS_EDGES() \
  if (GetParam() == "poll")    \
  GTEST_SKIP() << "poll(2) has no edges: such an event is refused there, as tests/reactor/backend shows"

#define PINWHEEL_OVER_EVERY_BACKEND(fixture)                                               \
  INSTANTIATE_TEST_SUITE_P(over, fixture, ::testing::Values("epoll", "poll", "simulated"), \
                           ::pinwheel::testing::backend_of)

}  // namespace pinwheel::testing
