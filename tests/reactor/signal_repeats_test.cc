// SEMANTICS C3: a signal's callback runs once for each delivery, and what may end or add to these repeats.
#include <signal.h>

#include <thread>

#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

class signal_repeats_test : public event_base_test {
 protected:
  static constexpr signal_number usr1{SIGUSR1};

  void deliver(int times) {
    while (times-- > 0) base().activate_signal(usr1);
  }

  // Runs `first` in the first of its callbacks, on another thread, and counts all of them.
  template <class First>
  std::unique_ptr<event> heard_while(First first) {
    return std::make_unique<event>(base(), usr1, event_life::persistent, [this, first](event&, reasons) {
      if (++calls_ == 1) std::thread(first).join();
    });
  }

  int calls_ = 0;
};

TEST_P(signal_repeats_test, C3_a_signal_activated_in_its_own_callback_is_heard_once_more_in_the_next_pass) {
  event hears(base(), usr1, event_life::persistent, [&](event&, reasons) {
    if (++calls_ == 1) deliver(1);
  });
  ASSERT_TRUE(hears.add().ok());
  deliver(1);
  EXPECT_EQ(run_one_turn(), loop_result::left_active);
  EXPECT_EQ(calls_, 1);  // A6.
  run_one_turn();
  run_one_turn();
  EXPECT_EQ(calls_, 2);
}

TEST_P(signal_repeats_test, L14_a_break_of_another_thread_ends_them_and_the_next_run_goes_on) {
  const auto hears = heard_while([this] { EXPECT_EQ(base().handle().loop_break(), post_result::taken); });
  ASSERT_TRUE(hears->add().ok());
  deliver(3);
  base().loop();
  EXPECT_TRUE(base().got_break());
  EXPECT_EQ(calls_, 1);
  run_one_turn();
  EXPECT_EQ(calls_, 3);
}

TEST_P(signal_repeats_test, N7_a_removal_by_another_thread_ends_them) {
  event_ref name;
  const auto hears = heard_while([&] { EXPECT_EQ(base().handle().remove(name), post_result::taken); });
  name = hears->ref();
  ASSERT_TRUE(hears->add().ok());
  deliver(3);
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(calls_, 1);
}

PINWHEEL_OVER_EVERY_BACKEND(signal_repeats_test);

}  // namespace
}  // namespace pinwheel::testing
