// SEMANTICS I7, over real descriptors: how often epoll_ctl(2) is called, and that nothing is lost by calling it less.
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/event_base.h"
#include "support/owned_descriptor.h"

namespace {

int calls_of_epoll_ctl = 0;

}  // namespace

// Instead of the C library's.
extern "C" int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) noexcept {
  ++calls_of_epoll_ctl;
  return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, descriptor, event));
}

namespace pinwheel::testing {
namespace {

class change_list_of_epoll : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    base_ = event_base::create({.backend = "epoll", .change_list = GetParam()}).value();
    base_->hold();
    turn();
    calls_of_epoll_ctl = 0;
  }
  void TearDown() override { base_->release(); }

  std::unique_ptr<event> watch(int descriptor, interest what) {
    auto made = std::make_unique<event>(*base_, descriptor, what, event_life::persistent,
                                        [this](event&, reasons why) { heard_.push_back(why); });
    EXPECT_TRUE(made->add().ok());
    return made;
  }

  void turn() {
    base_->loop(loop_flags::nonblock);
    base_->validate();
  }

  // With the list, and without.
  [[nodiscard]] static int gathered(int with, int without) { return GetParam() ? with : without; }

  std::unique_ptr<event_base> base_;
  std::vector<reasons> heard_;
};

TEST_P(change_list_of_epoll, I7_several_changes_of_a_descriptor_in_a_turn_are_one_call) {
  const owned_socket_pair pair;
  const auto reader = watch(pair.ours.number(), interest::read);
  const auto closed = watch(pair.ours.number(), interest::closed);
  const auto writer = watch(pair.ours.number(), interest::write);
  closed->remove();
  turn();
  EXPECT_EQ(calls_of_epoll_ctl, gathered(1, 4));
  EXPECT_EQ(heard_, std::vector{reasons::writable});
  pair.fill();
  turn();
  EXPECT_EQ(heard_, (std::vector{reasons::writable, reasons::readable, reasons::writable}));
}

TEST_P(change_list_of_epoll, I7_what_is_added_and_removed_in_a_turn_costs_no_call) {
  const owned_pipe pipe;
  pipe.fill();
  watch(pipe.read_end.number(), interest::read)->remove();
  turn();
  EXPECT_EQ(calls_of_epoll_ctl, gathered(0, 2));
  EXPECT_TRUE(heard_.empty());
}

TEST_P(change_list_of_epoll, I7_a_direction_added_and_removed_in_a_turn_costs_no_call) {
  const owned_socket_pair pair;
  const auto reader = watch(pair.ours.number(), interest::read);
  turn();
  calls_of_epoll_ctl = 0;
  watch(pair.ours.number(), interest::write)->remove();
  turn();
  EXPECT_EQ(calls_of_epoll_ctl, gathered(0, 2));
  EXPECT_TRUE(heard_.empty());
}

TEST_P(change_list_of_epoll, I8_a_descriptor_removed_closed_opened_and_added_in_a_turn_is_watched) {
  owned_pipe first;
  const int number = first.read_end.number();
  auto old_watch = watch(number, interest::read);
  turn();
  calls_of_epoll_ctl = 0;
  old_watch->remove();
  first.read_end.close();
  owned_pipe second;
  second.read_end.move_to(number);
  const auto new_watch = watch(number, interest::read);
  second.fill();
  turn();
  EXPECT_EQ(heard_, std::vector{reasons::readable});
  EXPECT_EQ(calls_of_epoll_ctl, 2);  // Removed and added; or modified, refused, and added.
}

TEST_P(change_list_of_epoll, I8_the_same_twice_in_a_turn_is_watched) {
  owned_pipe pipe;
  const int number = pipe.read_end.number();
  for (int times = 0; times < 2; ++times) {
    watch(number, interest::read)->remove();
    pipe.read_end.close();
    owned_pipe next;
    next.read_end.move_to(number);
    std::swap(pipe, next);
  }
  const auto last = watch(number, interest::read);
  pipe.fill();
  turn();
  EXPECT_EQ(heard_, std::vector{reasons::readable});
  EXPECT_EQ(calls_of_epoll_ctl, gathered(1, 5));
}

TEST_P(change_list_of_epoll, I7_a_remove_before_the_close_costs_no_call_and_leaves_nothing_behind) {
  owned_pipe first;
  const int number = first.read_end.number();
  io_watch closing([](active_item&) {}, 0, active_item::kind::user);
  closing.set_target(number, interest::read);
  ASSERT_TRUE(base_->descriptors().add(closing).ok());
  base_->descriptors().remove_before_close(closing);
  first.read_end.close();
  turn();
  const int calls_for_the_add = gathered(0, 1);
  EXPECT_EQ(calls_of_epoll_ctl, calls_for_the_add);
  owned_pipe second;
  second.read_end.move_to(number);
  const auto next = watch(number, interest::read);
  second.fill();
  turn();
  EXPECT_EQ(heard_, std::vector{reasons::readable});
  EXPECT_EQ(calls_of_epoll_ctl, calls_for_the_add + 1);
}

TEST_P(change_list_of_epoll, I8_what_was_known_of_a_closed_descriptor_does_not_count_for_the_next) {
  owned_socket_pair first;
  const int number = first.ours.number();
  io_watch closing([](active_item&) {}, 0, active_item::kind::user);
  closing.set_target(number, interest::read);
  ASSERT_TRUE(base_->descriptors().add(closing).ok());
  turn();
  watch(number, interest::write)->remove();  // A change that comes to nothing.
  base_->descriptors().remove_before_close(closing);
  first.ours.close();
  owned_socket_pair second;
  second.ours.move_to(number);
  const auto next = watch(number, interest::read);
  second.fill();
  turn();
  EXPECT_EQ(heard_, std::vector{reasons::readable});
}

TEST_P(change_list_of_epoll, I7_what_is_watched_at_rest_costs_no_call) {
  const owned_pipe pipe;
  const auto reader = watch(pipe.read_end.number(), interest::read);
  turn();
  calls_of_epoll_ctl = 0;
  for (int turns = 0; turns < 10; ++turns) turn();
  EXPECT_EQ(calls_of_epoll_ctl, 0);
}

INSTANTIATE_TEST_SUITE_P(epoll, change_list_of_epoll, ::testing::Bool(),
                         [](const auto& named) { return named.param ? "gathered" : "at_once"; });

}  // namespace
}  // namespace pinwheel::testing
