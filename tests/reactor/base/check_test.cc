#include "pinwheel/reactor/base/check.h"

#include <gtest/gtest.h>

#include <csignal>

namespace pinwheel::testing {
namespace {

TEST(check_test, a_check_that_holds_goes_on_and_looks_once) {
  int looks = 0;
  PINWHEEL_CHECK(++looks == 1, "looked twice");
  EXPECT_EQ(looks, 1);
}

TEST(check_test, a_check_that_fails_says_where_what_and_why_and_aborts) {
  const int answer = 41;
  EXPECT_EXIT(PINWHEEL_CHECK(answer == 42, "the answer is wrong"), ::testing::KilledBySignal(SIGABRT),
              "check_test\\.cc:[0-9]+: check failed: answer == 42 \\(the answer is wrong\\)");
}

TEST(check_test, a_check_is_one_statement_behind_an_if_without_braces) {
  bool reached_else = false;
  if (const bool never = false; never)
    PINWHEEL_CHECK(false, "not reached");
  else
    reached_else = true;
  EXPECT_TRUE(reached_else);
}

#ifdef NDEBUG

TEST(check_test, a_debug_check_costs_nothing_in_a_release) {
  int looks = 0;
  PINWHEEL_DCHECK(++looks == 0, "never looked at");
  EXPECT_EQ(looks, 0);
}

#else

TEST(check_test, a_debug_check_is_a_check_in_a_debug_build) {
  int looks = 0;
  PINWHEEL_DCHECK(++looks == 1, "looked twice");
  EXPECT_EQ(looks, 1);
  EXPECT_DEATH(PINWHEEL_DCHECK(looks == 2, "looked once"), "check failed: looks == 2 \\(looked once\\)");
}

#endif

}  // namespace
}  // namespace pinwheel::testing
