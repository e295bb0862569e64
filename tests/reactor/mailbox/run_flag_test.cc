// Who may touch a base, from one holder to the next (SEMANTICS L7, N7).

#include "pinwheel/reactor/run_flag.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>
#include <utility>

#include "scripted_backend.h"

namespace pinwheel {
inline namespace v0 {
namespace {

// A thread that has begun, and has most likely come as far as it can: what it meets there is looked for in many rounds.
template <class Function>
std::thread begun(Function&& function) {
  std::latch begun(1);
  std::thread made([&begun, call = std::forward<Function>(function)] {
    begun.count_down();
    call();
  });
  begun.wait();
  for (int at = 0; at < 20; ++at) std::this_thread::yield();
  return made;
}

constexpr int rounds = 50;

class run_flag_test : public ::testing::Test {
 protected:
  const scripted_base base_;
  run_flag flag_{*base_.base};
  run_flag::errand errand_;
};

TEST_F(run_flag_test, L7_a_second_run_is_refused_and_the_next_is_not) {
  ASSERT_TRUE(flag_.begin_run());
  EXPECT_FALSE(flag_.begin_run());
  flag_.end_run();
  EXPECT_TRUE(flag_.begin_run());
}

TEST_F(run_flag_test, N7_a_remover_serves_a_base_that_nobody_runs_and_no_other) {
  EXPECT_FALSE(flag_.is_held());
  ASSERT_TRUE(flag_.try_serve());
  EXPECT_TRUE(flag_.is_held());
  EXPECT_FALSE(flag_.try_serve()) << "one at a time";
  flag_.end_service();

  ASSERT_TRUE(flag_.begin_run());
  EXPECT_FALSE(flag_.try_serve());
}

TEST_F(run_flag_test, N7_a_run_that_comes_upon_a_remover_waits_and_is_not_refused) {
  for (int round = 0; round < rounds; ++round) {
    bool served = false;
    ASSERT_TRUE(flag_.try_serve());
    std::thread loop = begun([&] {
      EXPECT_TRUE(flag_.begin_run());
      EXPECT_TRUE(served);
      flag_.end_run();
    });
    served = true;
    flag_.end_service();
    loop.join();
  }
}

TEST_F(run_flag_test, N7_a_waiting_remover_hears_that_its_errand_is_done) {
  ASSERT_TRUE(flag_.begin_run());
  for (int round = 0; round < rounds; ++round) {
    run_flag::errand errand;
    std::thread remover = begun([&] { EXPECT_EQ(flag_.wait_for(errand), run_flag::standing::done); });
    flag_.say_done(errand);
    remover.join();
  }
}

TEST_F(run_flag_test, N7_a_waiting_remover_holds_the_flag_when_the_loop_leaves_with_its_errand_undone) {
  for (int round = 0; round < rounds; ++round) {
    ASSERT_TRUE(flag_.begin_run());
    std::thread remover = begun([&] {
      EXPECT_EQ(flag_.wait_for(errand_), run_flag::standing::held);
      flag_.end_service();
    });
    flag_.end_run();
    remover.join();
    EXPECT_FALSE(flag_.is_held());
  }
}

TEST_F(run_flag_test, N7_the_base_s_end_waits_out_a_remover_and_tells_the_others_that_it_is_gone) {
  for (int round = 0; round < rounds; ++round) {
    run_flag flag(*base_.base);
    bool served = false;
    ASSERT_TRUE(flag.try_serve());
    std::thread end = begun([&] {
      flag.close();
      EXPECT_TRUE(served);
    });
    std::thread late = begun([&] {
      if (flag.wait_for(errand_) == run_flag::standing::held) flag.end_service();
      EXPECT_TRUE(served);
    });
    served = true;
    flag.end_service();
    end.join();
    late.join();
    EXPECT_EQ(flag.wait_for(errand_), run_flag::standing::gone);
    EXPECT_FALSE(flag.try_serve());
  }
}

TEST_F(run_flag_test, a_base_that_runs_may_not_end) {
  ASSERT_TRUE(flag_.begin_run());
  EXPECT_DEATH(flag_.close(), "a base was destroyed while it runs");
}

}  // namespace
}  // namespace v0
}  // namespace pinwheel
