// SEMANTICS, "Looking inside": D1, D2, D5, D6.
#include <string>

#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

using inspection_test = event_base_test;
using inspection_death_test = event_base_test;

TEST_P(inspection_test, D1_counts_tell_what_is_added_active_and_held) {
  auto descriptor = make_descriptor();
  event both(base(), descriptor->number(), interest::read, event_life::persistent, [](auto&, auto) {});
  ASSERT_TRUE(both.add(std::chrono::hours(1)).ok());
  auto timer = traced("timer");
  ASSERT_TRUE(timer->add(std::chrono::hours(1)).ok());
  auto active = traced("active");
  auto later = traced("later");
  active->activate();
  later->activate_later();
  base().hold();
  const event_counts counts = base().counts();
  EXPECT_EQ(counts.added, 2U);  // One event counts once, whatever it waits for.
  EXPECT_EQ(counts.active, 2U);
  EXPECT_EQ(counts.holds, 1U);
  base().release();
}

TEST_P(inspection_test, D1_maxima_stay_until_they_are_reset) {
  {
    auto first = traced("first");
    auto second = traced("second");
    ASSERT_TRUE(first->add(std::chrono::hours(1)).ok());
    ASSERT_TRUE(second->add(std::chrono::hours(1)).ok());
    first->activate();
  }
  EXPECT_EQ(base().counts().added, 0U);
  EXPECT_EQ(base().maxima().added, 2U);
  EXPECT_EQ(base().maxima().active, 1U);
  base().reset_maxima();
  EXPECT_EQ(base().maxima().added, 0U);
  EXPECT_EQ(base().maxima().active, 0U);
}

TEST_P(inspection_test, D1_a_one_shot_event_is_not_added_while_its_callback_runs_and_a_persistent_one_is) {
  std::size_t in_one_shot = 7;
  std::size_t in_persistent = 7;
  event once(base(), event_life::one_shot, [&](auto&, auto) { in_one_shot = base().counts().added; });
  ASSERT_TRUE(once.add(duration::zero()).ok());
  base().loop();
  event repeated(base(), event_life::persistent, [&](event& self, auto) {
    in_persistent = base().counts().added;
    self.remove();
  });
  ASSERT_TRUE(repeated.add(moment).ok());
  base().loop();
  EXPECT_EQ(in_one_shot, 0U);
  EXPECT_EQ(in_persistent, 1U);
}

TEST_P(inspection_test, D2_a_walk_visits_what_is_pending_until_it_is_told_to_stop) {
  auto first = traced("first");
  auto idle = traced("idle");
  auto second = traced("second");
  ASSERT_TRUE(first->add(std::chrono::hours(1)).ok());
  second->activate();
  std::vector<event*> visited;
  base().for_each_event([&](event& each) {
    visited.push_back(&each);
    return true;
  });
  EXPECT_EQ(visited, (std::vector<event*>{first.get(), second.get()}));
  visited.clear();
  base().for_each_event([&](event& each) {
    visited.push_back(&each);
    return false;
  });
  EXPECT_EQ(visited, std::vector<event*>{first.get()});
}

TEST_P(inspection_test, D2_a_dump_names_every_pending_event) {
  auto descriptor = make_descriptor();
  event watching(base(), descriptor->number(), interest::read | interest::closed, event_life::persistent,
                 [](auto&, auto) {});
  ASSERT_TRUE(watching.add().ok());
  auto active = traced("active");
  active->activate();
  const std::string text = base().dump();
  EXPECT_NE(text.find("descriptor " + std::to_string(descriptor->number()) + " [read closed], persistent"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("none, one-shot, priority 0, active [user]"), std::string::npos) << text;
  EXPECT_NE(text.find("1 added (at most 1), 1 active (at most 1), 0 holds"), std::string::npos) << text;
}

TEST_P(inspection_test, D2_a_dump_is_one_json_object_on_request) {
  auto timer = traced("timer");
  const time_point deadline{std::chrono::hours(1'000'000)};
  ASSERT_TRUE(timer->add_at(deadline).ok());
  const std::string text = base().dump_json();
  EXPECT_NE(text.find("\"counts\":{\"added\":1,\"active\":0,\"holds\":0}"), std::string::npos) << text;
  EXPECT_NE(text.find("\"events\":[{\"waits_for\":\"none\",\"number\":-1,\"watched\":[],\"persistent\":false,"
                      "\"priority\":0,\"added\":true,\"active\":false,\"why\":[],\"deadline_ns\":3600000000000000000,"
                      "\"interval_ns\":null}]}"),
            std::string::npos)
      << text;
}

TEST_P(inspection_test, D6_the_running_event_can_be_asked_for) {
  event* seen = nullptr;
  event asking(base(), event_life::one_shot, [&](auto&, auto) { seen = base().running_event(); });
  asking.activate();
  EXPECT_EQ(base().running_event(), nullptr);
  base().loop();
  EXPECT_EQ(seen, &asking);
  EXPECT_EQ(base().running_event(), nullptr);
}

TEST_P(inspection_test, D6_an_event_destroyed_in_its_callback_is_not_running_any_more) {
  bool none_runs = false;
  std::unique_ptr<event> doomed;
  doomed = std::make_unique<event>(base(), event_life::one_shot, [&](auto&, auto) {
    doomed.reset();
    none_runs = base().running_event() == nullptr;
  });
  doomed->activate();
  base().loop();
  EXPECT_TRUE(none_runs);
}

#ifdef GTEST_HAS_DEATH_TEST
TEST_P(inspection_death_test, D5_a_base_that_dies_before_its_events_says_so) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        event outlives(base(), event_life::one_shot, [](auto&, auto) {});
        base_.reset();
      },
      "an event outlives its base");
}
#endif

PINWHEEL_OVER_EVERY_BACKEND(inspection_test);
PINWHEEL_OVER_EVERY_BACKEND(inspection_death_test);

}  // namespace
}  // namespace pinwheel::testing
