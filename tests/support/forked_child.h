// Runs a part of a test in a forked child, and says in the parent whether all that it expected was so.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace pinwheel::testing {

// Waits for the child's end.
[[nodiscard]] inline bool succeeded(pid_t child) {
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Calls `body() -> bool` in the child; answers what it answered. The child ends without running any destructor.
template <class Body>
[[nodiscard]] bool succeeds_in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  return succeeded(child);
}

// The same for what is checked with EXPECT_ and ASSERT_: the child prints what is not so, and that fails the test here.
template <class Checks>
void in_child(Checks checks) {
  std::fflush(nullptr);  // Or the child would print it too.
  EXPECT_TRUE(succeeds_in_child([&] {
    checks();
    std::fflush(nullptr);
    return !::testing::Test::HasFailure();
  }));
}

}  // namespace pinwheel::testing
