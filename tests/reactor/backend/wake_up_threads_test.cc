// SEMANTICS N3, N6: over every real backend and with both wake-ups, what other threads post ends the wait.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>

#include "pinwheel/reactor/event_base.h"
#include "pinwheel/reactor/loop_watcher.h"

namespace pinwheel::testing {
namespace {

class wake_up_test : public ::testing::TestWithParam<std::tuple<const char*, notifier_kind>> {
 protected:
  std::unique_ptr<event_base> base_ =
      event_base::create({.backend = std::get<0>(GetParam()), .notifier = std::get<1>(GetParam())}).value();
};

TEST_P(wake_up_test, N6_each_post_of_another_thread_ends_the_wait_it_finds) {
  constexpr int rounds = 200;
  int ran = 0;
  std::thread other([&, handle = base_->handle()] {
    for (int round = 0; round < rounds; ++round) {
      while (handle.post([&] { ++ran; }) != post_result::taken) std::this_thread::yield();
      if (round % 8 == 0) std::this_thread::yield();
    }
    EXPECT_EQ(handle.loop_exit(), post_result::taken);
  });
  EXPECT_EQ(base_->loop(loop_flags::stay), loop_result::left);
  other.join();
  EXPECT_EQ(ran, rounds);
}

TEST_P(wake_up_test, N3_a_wake_up_is_not_reported_again) {
  base_->hold();
  std::thread other([handle = base_->handle()] { EXPECT_EQ(handle.post([] {}), post_result::taken); });
  EXPECT_EQ(base_->loop(loop_flags::once), loop_result::left);
  other.join();
  int waits = 0;
  const prepare_watcher counter(*base_, [&](std::optional<duration>) { ++waits; });
  ASSERT_TRUE(base_->once(std::chrono::milliseconds(3), [](reasons) {}).ok());
  EXPECT_EQ(base_->loop(loop_flags::once), loop_result::left);
  EXPECT_EQ(waits, 1);  // One that stayed readable would end each wait at once.
  base_->release();
}

INSTANTIATE_TEST_SUITE_P(over, wake_up_test,
                         ::testing::Combine(::testing::Values("epoll", "poll"),
                                            ::testing::Values(notifier_kind::eventfd, notifier_kind::pipe)),
                         [](const auto& named) {
                           return std::string(std::get<0>(named.param)) +
                                  (std::get<1>(named.param) == notifier_kind::eventfd ? "_eventfd" : "_pipe");
                         });

}  // namespace
}  // namespace pinwheel::testing
