// SEMANTICS T3 and T10, on a virtual clock: when a persistent timeout is due again, and what time it is in a turn.
#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

using std::chrono::milliseconds;

class repeat_test : public event_base_test {
 protected:
  [[nodiscard]] std::int64_t elapsed_ms() const {
    return std::chrono::duration_cast<milliseconds>(clock_.now() - began_).count();
  }

  // Runs a timer of 10 ms four times; its second callback takes 34 ms.
  std::vector<std::int64_t> run_with_a_long_callback(event_repeat repeat) {
    std::vector<std::int64_t> at_ms;
    event timer(base(), event_life::persistent, [&](event& self, reasons) {
      at_ms.push_back(elapsed_ms());
      if (at_ms.size() == 2) clock_.advance(milliseconds(34));
      if (at_ms.size() == 4) self.remove();
    });
    timer.set_repeat(repeat);
    EXPECT_TRUE(timer.add(milliseconds(10)).ok());
    base().loop();
    return at_ms;
  }

  const time_point began_ = clock_.now();
};

TEST_P(repeat_test, T3_as_scheduled_starts_anew_from_now_when_the_next_deadline_is_past) {
  EXPECT_EQ(run_with_a_long_callback(event_repeat::as_scheduled), (std::vector<std::int64_t>{10, 20, 54, 64}));
}

TEST_P(repeat_test, T3_new_a_fixed_rate_keeps_its_grid_and_skips_what_it_missed) {
  EXPECT_EQ(run_with_a_long_callback(event_repeat::fixed_rate), (std::vector<std::int64_t>{10, 20, 54, 60}));
}

TEST_P(repeat_test, T3_new_a_fixed_delay_counts_from_the_end_of_the_callbacks) {
  EXPECT_EQ(run_with_a_long_callback(event_repeat::fixed_delay), (std::vector<std::int64_t>{10, 20, 64, 74}));
}

TEST_P(repeat_test, T3_new_input_does_not_move_a_fixed_rate) {
  auto descriptor = make_descriptor();
  std::vector<std::int64_t> at_ms;
  event watched(base(), descriptor->number(), interest::read, event_life::persistent, [&](event& self, reasons why) {
    at_ms.push_back(elapsed_ms());
    if (any(why, reasons::readable)) descriptor->read_empty();
    if (at_ms.size() == 3) self.remove();
  });
  watched.set_repeat(event_repeat::fixed_rate);
  ASSERT_TRUE(watched.add(milliseconds(10)).ok());
  kernel_->set_ready_at(began_ + milliseconds(7), descriptor->number(), reasons::readable);
  base().loop();
  EXPECT_EQ(at_ms, (std::vector<std::int64_t>{7, 10, 20}));
}

TEST_P(repeat_test, T3_new_a_fixed_rate_of_no_time_runs_every_turn) {
  int runs = 0;
  event timer(base(), event_life::persistent, [&](event& self, reasons) {
    clock_.advance(milliseconds(1));
    if (++runs == 3) self.remove();
  });
  timer.set_repeat(event_repeat::fixed_rate);
  ASSERT_TRUE(timer.add(duration::zero()).ok());
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(runs, 3);
}

TEST_P(repeat_test, T10_the_clock_is_read_once_a_turn_and_can_be_refreshed) {
  std::vector<std::int64_t> seen_ms;
  const auto see = [&] { seen_ms.push_back(std::chrono::duration_cast<milliseconds>(base().now() - began_).count()); };
  event watching(base(), event_life::one_shot, [&](auto&, auto) {
    see();
    clock_.advance(milliseconds(5));
    see();
    base().refresh_time();
    see();
  });
  watching.activate();
  base().loop();
  EXPECT_EQ(seen_ms, (std::vector<std::int64_t>{0, 0, 5}));
}

TEST_P(repeat_test, T10_caching_can_be_turned_off) {
  make_base({.cache_time = false});
  duration seen{};
  event watching(base(), event_life::one_shot, [&](auto&, auto) {
    clock_.advance(milliseconds(5));
    seen = base().now() - began_;
  });
  watching.activate();
  base().loop();
  EXPECT_EQ(seen, milliseconds(5));
}

INSTANTIATE_TEST_SUITE_P(over, repeat_test, ::testing::Values("simulated"), backend_of);

}  // namespace
}  // namespace pinwheel::testing
