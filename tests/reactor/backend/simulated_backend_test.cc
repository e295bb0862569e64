// The simulated kernel: what another thread does while the loop sleeps, in one thread and in virtual time.
#include "pinwheel/reactor/simulated_backend.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"

namespace pinwheel::testing {
namespace {

using std::chrono::milliseconds;

// Both wake-ups, watched by edge and, as over poll, by level.
class simulated_backend_test : public ::testing::TestWithParam<std::tuple<notifier_kind, backend_features>> {
 protected:
  void SetUp() override {
    const auto [kind, features] = GetParam();
    auto kernel = std::make_unique<simulated_backend>(clock_, features);
    kernel_ = kernel.get();
    base_ = event_base::create({.notifier = kind, .clock = &clock_}, std::move(kernel)).value();
    start_ = clock_.now();
  }

  [[nodiscard]] duration elapsed() const { return clock_.now() - start_; }

  virtual_clock clock_;
  simulated_backend* kernel_ = nullptr;
  std::unique_ptr<event_base> base_;
  time_point start_;
};

TEST_P(simulated_backend_test, N6_a_post_while_the_loop_sleeps_wakes_it_at_that_time) {
  std::vector<duration> ran;
  base_->hold();
  for (const auto at : {milliseconds(5), milliseconds(7)}) {
    kernel_->call_at(start_ + at, [&] {
      EXPECT_EQ(event_base::current(), nullptr);
      EXPECT_EQ(base_->handle().post([&] { ran.push_back(elapsed()); }), post_result::taken);
    });
  }
  kernel_->call_at(start_ + milliseconds(9), [&] { EXPECT_EQ(base_->handle().loop_break(), post_result::taken); });
  EXPECT_EQ(base_->loop(), loop_result::left);
  EXPECT_EQ(ran, (std::vector<duration>{milliseconds(5), milliseconds(7)}));
  EXPECT_EQ(elapsed(), milliseconds(9));
  base_->release();
}

TEST_P(simulated_backend_test, N5_one_notification_for_all_posts_of_a_sleep_and_none_left_over) {
  int ran = 0;
  base_->hold();
  kernel_->call_at(start_ + milliseconds(5), [&] {
    for (int posts = 0; posts < 3; ++posts) EXPECT_EQ(base_->handle().post([&] { ++ran; }), post_result::taken);
  });
  EXPECT_EQ(base_->loop(loop_flags::once), loop_result::left);
  EXPECT_EQ(ran, 3);
  EXPECT_EQ(base_->notifications(), 1U);
  const std::size_t waits = kernel_->waits();
  ASSERT_TRUE(base_->once(milliseconds(5), [](reasons) {}).ok());
  EXPECT_EQ(base_->loop(loop_flags::once), loop_result::left);
  EXPECT_EQ(kernel_->waits() - waits, 1U);  // The wake-up was not reported again.
  EXPECT_EQ(elapsed(), milliseconds(10));
  base_->release();
}

TEST_P(simulated_backend_test, what_changes_nothing_does_not_end_the_wait) {
  bool called = false;
  kernel_->call_at(start_ + milliseconds(2), [&] { called = true; });
  kernel_->set_ready_at(start_ + milliseconds(3), 1000, reasons::readable);  // Which nobody watches.
  ASSERT_TRUE(base_->once(milliseconds(5), [](reasons) {}).ok());
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_TRUE(called);
  EXPECT_EQ(kernel_->waits(), 1U);
  EXPECT_EQ(elapsed(), milliseconds(5));
}

TEST_P(simulated_backend_test, calls_of_one_time_run_in_the_order_of_asking_and_may_ask_for_more) {
  std::vector<int> ran;
  kernel_->call_at(start_ + milliseconds(1), [&] {
    ran.push_back(1);
    kernel_->call_at(clock_.now(), [&] { ran.push_back(3); });
  });
  kernel_->call_at(start_ + milliseconds(1), [&] { ran.push_back(2); });
  ASSERT_TRUE(base_->once(milliseconds(2), [](reasons) {}).ok());
  base_->loop();
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 3}));
}

TEST_P(simulated_backend_test, a_descriptor_made_ready_by_a_call_ends_the_wait) {
  event reader(*base_, 1000, interest::read, event_life::one_shot, [](event&, reasons) {});
  ASSERT_TRUE(reader.add().ok());
  kernel_->call_at(start_ + milliseconds(4), [&] { kernel_->set_ready(1000, reasons::readable); });
  EXPECT_EQ(base_->loop(), loop_result::nothing_to_do);
  EXPECT_EQ(elapsed(), milliseconds(4));
}

TEST_P(simulated_backend_test, a_wait_that_nothing_can_end_fails) {
  base_->hold();
  kernel_->call_at(start_ + milliseconds(1), [] {});
  EXPECT_EQ(base_->loop(), loop_result::backend_failed);
  EXPECT_EQ(elapsed(), milliseconds(1));
  base_->release();
}

constexpr backend_features without_edges = backend_features::early_close | backend_features::any_descriptor;

using wake_up = std::tuple<notifier_kind, backend_features>;

std::string shown(const ::testing::TestParamInfo<wake_up>& named) {
  const char* kind = std::get<0>(named.param) == notifier_kind::eventfd ? "eventfd" : "pipe";
  return std::string(kind) + (std::get<1>(named.param) == without_edges ? "_by_level" : "_by_edge");
}

INSTANTIATE_TEST_SUITE_P(over, simulated_backend_test,
                         ::testing::Combine(::testing::Values(notifier_kind::eventfd, notifier_kind::pipe),
                                            ::testing::Values(simulated_backend::offered, without_edges)),
                         shown);

}  // namespace
}  // namespace pinwheel::testing
