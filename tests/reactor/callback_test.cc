// SEMANTICS, "What running a callback means", and descriptors.
#include "support/reactor_loop.h"

namespace pinwheel::testing {
namespace {

using callback_test = event_base_test;

TEST_P(callback_test, C1_a_one_shot_event_is_removed_before_its_callback) {
  auto descriptor = make_descriptor();
  bool pending = true;
  event once(base(), descriptor->number(), interest::read, event_life::one_shot,
             [&](event& self, reasons) { pending = self.is_pending(); });
  ASSERT_TRUE(once.add(std::chrono::hours(1)).ok());
  descriptor->make_readable();
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_FALSE(pending);
}

TEST_P(callback_test, C2_a_persistent_event_stays) {
  auto descriptor = make_descriptor();
  event stays(base(), descriptor->number(), interest::read, event_life::persistent, [&](event& self, reasons) {
    trace_.push_back("readable");
    if (trace_.size() == 3) self.remove();
  });
  ASSERT_TRUE(stays.add().ok());
  descriptor->make_readable();
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_.size(), 3U);
}

TEST_P(callback_test, C6_a_callback_may_destroy_its_own_event_and_use_its_captures_after) {
  auto doomed = std::unique_ptr<event>();
  std::string captured = "captured";
  doomed = std::make_unique<event>(base(), event_life::persistent, [&doomed, captured, this](event&, reasons) {
    doomed.reset();
    trace_.push_back(captured);
  });
  doomed->activate();
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(trace_, names{"captured"});
}

TEST_P(callback_test, C6_what_a_callback_captured_lives_until_it_has_returned) {
  auto captured = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = captured;
  bool lived = false;
  std::unique_ptr<event> doomed;
  doomed = std::make_unique<event>(base(), event_life::persistent, [&, kept = std::move(captured)](event&, reasons) {
    bool& answer = lived;  // Both on the stack: behind the reset no capture is read.
    const std::weak_ptr<int>& asked = watched;
    doomed.reset();
    answer = !asked.expired();
  });
  doomed->activate();
  base().loop();
  EXPECT_TRUE(lived);
  EXPECT_TRUE(watched.expired());
}

TEST_P(callback_test, C6_a_callback_may_destroy_another_that_is_active_in_the_same_pass) {
  auto victim = traced("victim");
  event killer(base(), event_life::one_shot, [&](event&, reasons) { victim.reset(); });
  killer.activate();
  victim->activate();
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_TRUE(trace_.empty());
}

TEST_P(callback_test, C6_a_handler_may_destroy_itself_while_both_events_are_pending) {
  auto descriptor = make_descriptor();
  std::unique_ptr<event> reader;
  std::unique_ptr<event> writer;
  int calls = 0;
  const auto destroy_both = [&](event&, reasons) {
    ++calls;
    reader.reset();
    writer.reset();
  };
  reader = std::make_unique<event>(base(), descriptor->number(), interest::read, event_life::persistent, destroy_both);
  writer = std::make_unique<event>(base(), descriptor->number(), interest::write, event_life::persistent, destroy_both);
  ASSERT_TRUE(reader->add().ok());
  ASSERT_TRUE(writer->add().ok());
  descriptor->make_readable();
  EXPECT_EQ(base().loop(), loop_result::nothing_to_do);
  EXPECT_EQ(calls, 1);
}

TEST_P(callback_test, I2_events_of_one_descriptor_run_in_order_of_adding) {
  auto descriptor = make_descriptor();
  std::vector<std::unique_ptr<event>> all;
  for (const char* name : {"first", "second", "third"}) {
    all.push_back(std::make_unique<event>(base(), descriptor->number(), interest::read, event_life::one_shot,
                                          [this, name](event&, reasons) { trace_.push_back(name); }));
    ASSERT_TRUE(all.back()->add().ok());
  }
  descriptor->make_readable();
  base().loop();
  EXPECT_EQ(trace_, (names{"first", "second", "third"}));
}

TEST_P(callback_test, I4_edge_and_level_on_one_descriptor_are_refused) {
  auto descriptor = make_descriptor();
  const auto nothing = [](event&, reasons) {};
  event level(base(), descriptor->number(), interest::read, event_life::persistent, nothing);
  event edge(base(), descriptor->number(), interest::read | interest::edge, event_life::persistent, nothing);
  ASSERT_TRUE(level.add().ok());
  EXPECT_EQ(edge.add().error(), EINVAL);
  level.remove();
  EXPECT_EQ(edge.add().error(), GetParam() == "poll" ? ENOTSUP : 0);
}

TEST_P(callback_test, I5_an_early_close_is_a_condition_of_its_own) {
  auto descriptor = make_descriptor();
  reasons seen = reasons::none;
  event closing(base(), descriptor->number(), interest::closed, event_life::one_shot,
                [&](event&, reasons why) { seen = why; });
  ASSERT_TRUE(closing.add().ok());
  descriptor->close_peer();
  base().loop();
  EXPECT_EQ(seen, reasons::closed);
}

TEST_P(callback_test, an_edge_triggered_event_hears_of_each_arrival_once) {
  PINWHEEL_NEEDS_EDGES();
  auto descriptor = make_descriptor();
  event edge(base(), descriptor->number(), interest::read | interest::edge, event_life::persistent,
             [&](event&, reasons) { trace_.push_back("edge"); });
  ASSERT_TRUE(edge.add().ok());
  descriptor->make_readable();
  run_one_turn();
  run_one_turn();
  EXPECT_EQ(trace_.size(), 1U);
  descriptor->make_readable();
  run_one_turn();
  EXPECT_EQ(trace_.size(), 2U);
}

TEST_P(callback_test, an_event_reference_is_stale_after_its_event) {
  auto named = traced("named");
  const event_ref old = named->ref();
  EXPECT_EQ(base().find(old), named.get());
  named.reset();
  EXPECT_EQ(base().find(old), nullptr);
  auto next = traced("next");
  EXPECT_NE(next->ref(), old);
  EXPECT_EQ(base().find(old), nullptr);
}

PINWHEEL_OVER_EVERY_BACKEND(callback_test);

using simulated_test = event_base_test;

TEST_P(simulated_test, I1_the_backend_hears_only_of_the_first_and_the_last_watch_for_each_direction) {
  auto descriptor = make_descriptor();
  const auto nothing = [](event&, reasons) {};
  event one(base(), descriptor->number(), interest::read, event_life::persistent, nothing);
  event two(base(), descriptor->number(), interest::read, event_life::persistent, nothing);
  const std::size_t before = kernel_->changes();
  ASSERT_TRUE(one.add().ok());
  ASSERT_TRUE(two.add().ok());
  one.remove();
  base().validate();
  two.remove();
  base().validate();
  EXPECT_EQ(kernel_->changes() - before, 2U);
}

INSTANTIATE_TEST_SUITE_P(over, simulated_test, ::testing::Values("simulated"), backend_of);

TEST(epoll_backend_test, I8_a_descriptor_closed_and_opened_again_behind_its_back_is_watched_again) {
  auto base = event_base::create({}).value();
  std::array<int, 2> first{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, first.data()), 0);
  bool heard = false;
  event reader(*base, first[0], interest::read, event_life::persistent, [&](event& self, reasons) {
    heard = true;
    self.remove();
  });
  event both(*base, first[0], interest::write, event_life::persistent, [](event& self, reasons) { self.remove(); });
  ASSERT_TRUE(reader.add().ok());
  std::array<int, 2> second{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, second.data()), 0);
  ASSERT_EQ(::dup2(second[0], first[0]), first[0]);  // The kernel forgot the watch with the old socket.
  ASSERT_TRUE(both.add().ok());                      // A modification in our books, an addition in the kernel's.
  ASSERT_EQ(::write(second[1], "x", 1), 1);
  EXPECT_EQ(base->loop(), loop_result::nothing_to_do);
  EXPECT_TRUE(heard);
  for (const int each : {first[0], first[1], second[0], second[1]}) ::close(each);
}

TEST(epoll_backend_test, I8_a_watch_removed_after_its_descriptor_was_closed_can_be_added_for_the_next_one) {
  auto base = event_base::create({}).value();
  std::array<int, 2> first{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, first.data()), 0);
  bool heard = false;
  event reader(*base, first[0], interest::read, event_life::persistent, [](event&, reasons) {});
  event writer(*base, first[0], interest::write, event_life::one_shot, [&](event&, reasons) { heard = true; });
  ASSERT_TRUE(reader.add().ok());
  ASSERT_TRUE(writer.add().ok());
  ::close(first[0]);
  writer.remove();
  base->validate();
  std::array<int, 2> second{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, second.data()), 0);
  ASSERT_EQ(second[0], first[0]);  // The kernel gives the lowest free number.
  ASSERT_TRUE(writer.add().ok());
  base->loop(loop_flags::nonblock);
  EXPECT_TRUE(heard);
  reader.remove();
  for (const int each : {first[1], second[0], second[1]}) ::close(each);
}

TEST(epoll_backend_test, a_descriptor_the_kernel_refuses_is_an_error_and_nothing_is_added) {
  auto base = event_base::create({}).value();
  event bad(*base, 12345, interest::read, event_life::persistent, [](event&, reasons) {});
  EXPECT_EQ(bad.add().error(), EBADF);
  EXPECT_FALSE(bad.is_pending());
  base->validate();
}

TEST(epoll_backend_test, more_ready_descriptors_than_the_ready_array_holds_are_all_reported) {
  auto base = event_base::create({}).value();
  std::vector<std::unique_ptr<test_descriptor>> descriptors;
  std::vector<std::unique_ptr<event>> events;
  int heard = 0;
  for (int at = 0; at < 200; ++at) {
    descriptors.push_back(std::make_unique<test_descriptor>());
    events.push_back(std::make_unique<event>(*base, descriptors.back()->number(), interest::read, event_life::one_shot,
                                             [&](event&, reasons) { ++heard; }));
    ASSERT_TRUE(events.back()->add().ok());
    descriptors.back()->make_readable();
  }
  EXPECT_EQ(base->loop(), loop_result::nothing_to_do);
  EXPECT_EQ(heard, 200);
}

}  // namespace
}  // namespace pinwheel::testing
