// SEMANTICS T12: what the kernel is asked to wait for, by functions that stand in for the C library's and do not wait.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>

#include <chrono>
#include <ctime>
#include <limits>
#include <optional>

#include "support/watched_kernel.h"

namespace {

std::optional<std::chrono::nanoseconds> asked;  // Empty: for ever.

std::optional<std::chrono::nanoseconds> to_duration(const timespec* wait) {
  if (wait == nullptr) return std::nullopt;
  return std::chrono::seconds(wait->tv_sec) + std::chrono::nanoseconds(wait->tv_nsec);
}

}  // namespace

extern "C" {

int epoll_wait(int, epoll_event*, int, int milliseconds) {
  asked = std::chrono::milliseconds(milliseconds);
  if (milliseconds < 0) asked.reset();
  return 0;
}

int epoll_pwait2(int, epoll_event*, int, const timespec* wait, const sigset_t*) {
  asked = to_duration(wait);
  return 0;
}

int ppoll(pollfd*, nfds_t, const timespec* wait, const sigset_t*) {
  asked = to_duration(wait);
  return 0;
}

}  // extern "C"

namespace pinwheel::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

std::optional<duration> asked_by(const char* name, bool precise, std::optional<duration> wait) {
  watched_kernel kernel(choose_backend({.name = name}, {.precise_timeouts = precise}).value());
  EXPECT_TRUE(kernel.kernel().wait(wait, kernel.map()).ok());
  return asked;
}

TEST(precise_timeouts, T12_a_wait_is_rounded_up_to_a_millisecond_and_never_down) {
  EXPECT_EQ(asked_by("epoll", false, nanoseconds(1)), milliseconds(1));
  EXPECT_EQ(asked_by("epoll", false, nanoseconds(1'000'000)), milliseconds(1));
  EXPECT_EQ(asked_by("epoll", false, nanoseconds(1'000'001)), milliseconds(2));
}

TEST(precise_timeouts, T12_a_precise_wait_is_as_long_as_asked) {
  for (const auto wait : {nanoseconds(1), nanoseconds(1'300'500), nanoseconds(7'000'000'001)}) {
    EXPECT_EQ(asked_by("epoll", true, wait), wait);
    EXPECT_EQ(asked_by("poll", false, wait), wait);
  }
}

TEST(precise_timeouts, no_wait_and_an_endless_one_are_what_they_are) {
  for (const bool precise : {false, true}) {
    for (const char* name : {"epoll", "poll"}) {
      EXPECT_EQ(asked_by(name, precise, duration::zero()), duration::zero());
      EXPECT_EQ(asked_by(name, precise, std::nullopt), std::nullopt);
    }
  }
}

TEST(precise_timeouts, a_wait_beyond_what_the_kernel_counts_is_shortened_and_not_turned_around) {
  EXPECT_EQ(asked_by("epoll", false, hours(24 * 365)), milliseconds(std::numeric_limits<int>::max()));
  EXPECT_EQ(asked_by("epoll", true, duration::max()), duration::max());
  EXPECT_EQ(asked_by("poll", false, duration::max()), duration::max());
}

}  // namespace
}  // namespace pinwheel::testing
