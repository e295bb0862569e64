// SEMANTICS, "Signals" and C3.
#include <signal.h>
#include <time.h>

#include <stdexcept>

#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

constexpr auto sigusr1 = signal_number{SIGUSR1};

TEST(signal_test, C3_the_callback_runs_once_for_each_delivery) {
  auto base = event_base::create({}).value();
  int runs = 0;
  event hearing(*base, sigusr1, event_life::persistent, [&](event&, reasons why) {
    EXPECT_EQ(why, reasons::signal);
    ++runs;
  });
  ASSERT_TRUE(hearing.add().ok());
  for (int at = 0; at < 3; ++at) ::raise(SIGUSR1);
  EXPECT_EQ(base->loop(loop_flags::once), loop_result::left);
  EXPECT_EQ(runs, 3);
}

TEST(signal_test, C3_removing_the_event_inside_stops_the_rest) {
  auto base = event_base::create({}).value();
  int runs = 0;
  event hearing(*base, sigusr1, event_life::persistent, [&](event& self, reasons) {
    ++runs;
    self.remove();
  });
  ASSERT_TRUE(hearing.add().ok());
  for (int at = 0; at < 3; ++at) ::raise(SIGUSR1);
  EXPECT_EQ(base->loop(), loop_result::nothing_to_do);
  EXPECT_EQ(runs, 1);
}

TEST(signal_test, L14_a_break_leaves_between_the_repeats_and_the_next_run_brings_the_rest) {
  auto base = event_base::create({}).value();
  int runs = 0;
  event hearing(*base, sigusr1, event_life::persistent, [&](event&, reasons) {
    if (++runs == 1) base->loop_break();
  });
  ASSERT_TRUE(hearing.add().ok());
  for (int at = 0; at < 3; ++at) ::raise(SIGUSR1);
  EXPECT_EQ(base->loop(), loop_result::left);
  EXPECT_EQ(runs, 1);
  base->loop(loop_flags::nonblock);
  EXPECT_EQ(runs, 3);
}

TEST(signal_test, C7_an_exception_between_the_repeats_loses_none_of_them) {
  auto base = event_base::create({}).value();
  int runs = 0;
  event hearing(*base, sigusr1, event_life::persistent, [&](event&, reasons) {
    if (++runs == 1) throw std::runtime_error("from a callback");
  });
  ASSERT_TRUE(hearing.add().ok());
  for (int at = 0; at < 3; ++at) ::raise(SIGUSR1);
  EXPECT_THROW(base->loop(loop_flags::once), std::runtime_error);
  base->loop(loop_flags::nonblock);
  EXPECT_EQ(runs, 3);
}

TEST(signal_test, a_signal_wakes_a_loop_that_waits) {
  auto base = event_base::create({}).value();
  event hearing(*base, sigusr1, event_life::one_shot, [&](event&, reasons) { base->loop_exit(); });
  ASSERT_TRUE(hearing.add().ok());
  base->hold();
  // From the kernel's timer, some time after the loop has begun to wait.
  timer_t timer{};
  sigevent notify{};
  notify.sigev_notify = SIGEV_SIGNAL;
  notify.sigev_signo = SIGUSR1;
  ASSERT_EQ(::timer_create(CLOCK_MONOTONIC, &notify, &timer), 0);
  const itimerspec soon{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_nsec = 20'000'000}};
  ASSERT_EQ(::timer_settime(timer, 0, &soon, nullptr), 0);
  EXPECT_EQ(base->loop(), loop_result::left);
  base->release();
  ::timer_delete(timer);
}

TEST(signal_test, S1_every_base_hears_a_signal_that_several_watch) {
  auto one = event_base::create({}).value();
  auto two = event_base::create({.notifier = notifier_kind::pipe}).value();
  int heard = 0;
  event in_one(*one, sigusr1, event_life::persistent, [&](event&, reasons) { heard += 1; });
  event in_two(*two, sigusr1, event_life::persistent, [&](event&, reasons) { heard += 10; });
  ASSERT_TRUE(in_one.add().ok());
  ASSERT_TRUE(in_two.add().ok());
  ::raise(SIGUSR1);
  one->loop(loop_flags::once);
  two->loop(loop_flags::once);
  EXPECT_EQ(heard, 11);
}

TEST(signal_test, S2_the_previous_handler_is_restored_when_the_last_watcher_goes) {
  struct sigaction before{};
  struct sigaction after{};
  ::sigaction(SIGUSR2, nullptr, &before);
  {
    auto base = event_base::create({}).value();
    event one(*base, signal_number{SIGUSR2}, event_life::persistent, [](event&, reasons) {});
    event two(*base, signal_number{SIGUSR2}, event_life::persistent, [](event&, reasons) {});
    ASSERT_TRUE(one.add().ok());
    ASSERT_TRUE(two.add().ok());
    one.remove();
    ::sigaction(SIGUSR2, nullptr, &after);
    EXPECT_NE(after.sa_handler, before.sa_handler);
  }
  ::sigaction(SIGUSR2, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

TEST(signal_test, S3_more_deliveries_than_a_pipe_holds_are_all_counted) {
  auto base = event_base::create({.notifier = notifier_kind::pipe}).value();
  const int deliveries = 20'000;  // At eight bytes each: beyond a pipe's 64 KiB.
  int runs = 0;
  event hearing(*base, sigusr1, event_life::persistent, [&](event&, reasons) { ++runs; });
  ASSERT_TRUE(hearing.add().ok());
  for (int at = 0; at < deliveries; ++at) ::raise(SIGUSR1);
  base->loop(loop_flags::once);
  EXPECT_EQ(runs, deliveries);
}

TEST(signal_test, a_signal_that_cannot_be_caught_is_refused) {
  auto base = event_base::create({}).value();
  event kill(*base, signal_number{SIGKILL}, event_life::persistent, [](event&, reasons) {});
  EXPECT_EQ(kill.add().error(), EINVAL);
  EXPECT_FALSE(kill.is_pending());
}

}  // namespace
}  // namespace pinwheel::testing
