// What goes wrong on the way from another thread, and who hears of it: nothing is lost without a word.

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "pinwheel/reactor/event.h"
#include "pinwheel/reactor/mailbox.h"
#include "scripted_backend.h"
#include "token.h"

namespace pinwheel {
inline namespace v0 {
namespace {

using namespace std::chrono_literals;

TEST(mailbox_errors_test, an_event_that_cannot_be_added_over_there_hears_that_it_failed) {
  const scripted_base base;
  reasons seen = reasons::none;
  event reader(*base.base, 0, interest::read, event_life::one_shot, [&](event&, reasons why) { seen = why; });
  base.kernel->refuse_changes(EPERM);
  ASSERT_EQ(base->handle().add(reader.ref()), post_result::taken);
  base->loop();
  EXPECT_EQ(std::exchange(seen, reasons::none), reasons::failed);
  EXPECT_FALSE(reader.is_pending());

  ASSERT_EQ(base->handle().add(reader.ref(), 1h), post_result::taken);
  base->loop();
  EXPECT_EQ(seen, reasons::failed);
  EXPECT_FALSE(reader.is_pending());
}

TEST(mailbox_errors_test, a_negative_timeout_and_an_empty_task_are_refused_at_the_call) {
  const scripted_base base;
  EXPECT_DEATH(static_cast<void>(base->handle().add(event_ref{}, -1ns)), "a timeout is not negative");
  EXPECT_DEATH(static_cast<void>(base->handle().post(task())), "an empty task was posted");
  EXPECT_DEATH(static_cast<void>(base->handle().remove_async(event_ref{}, task())), "an empty task");
}

// A mailbox that the test takes itself, with a taker that runs out of memory when told to.
class throwing_taker_test : public ::testing::Test {
 protected:
  struct out_of_memory {};

  ~throwing_taker_test() override { box_->close(); }

  // As many posts of the current loop, or of a foreign thread outside of one.
  void post(std::size_t letters) {
    for (std::size_t at = 0; at < letters; ++at) {
      letter mail{[this, number = posted_++, alive = token(counts_)] { taken_.push_back(number); }};
      ASSERT_EQ(box_->post(mail), post_result::taken);
    }
  }

  // Takes all, or throws at the letter behind the first `letters`, which stays.
  void drain(std::size_t letters = SIZE_MAX) {
    box_->drain([&, left = letters](letter& mail) mutable {
      if (left-- == 0) throw out_of_memory{};
      mail.work();
      mail.work.reset();
    });
  }

  void expect_all_taken_in_order() {
    std::vector<std::size_t> in_order(posted_);
    std::iota(in_order.begin(), in_order.end(), std::size_t{0});
    EXPECT_EQ(taken_, in_order);
    EXPECT_EQ(counts_.alive(), 0U);
    EXPECT_FALSE(box_->has_mail());
  }

  const scripted_base from_;
  mailbox* box_ = new mailbox(*from_.base, notifier::create(notifier_kind::eventfd).value(), 1000);
  const event_base_handle shared_{box_};
  token_counts counts_;
  std::size_t posted_ = 0;
  std::vector<std::size_t> taken_;
};

TEST_F(throwing_taker_test, C7_what_a_throwing_taker_leaves_of_foreign_letters_is_taken_first_by_the_next) {
  post(5);
  EXPECT_THROW(drain(2), out_of_memory);
  EXPECT_TRUE(box_->has_mail());
  post(3);
  EXPECT_THROW(drain(4), out_of_memory);
  drain();
  expect_all_taken_in_order();
}

TEST_F(throwing_taker_test, C7_what_a_throwing_taker_leaves_of_a_ring_and_its_overflow_is_taken_first_by_the_next) {
  const std::size_t past_the_ring = loop_ring::slots + 50;
  from_.run([&] { post(past_the_ring); });
  for (const std::size_t letters : {std::size_t{10}, loop_ring::slots, std::size_t{20}}) {
    EXPECT_THROW(drain(letters), out_of_memory);
    EXPECT_TRUE(box_->has_mail());
    from_.run([&] { post(past_the_ring); });
  }
  drain();
  drain();  // What lies in the ring again, since the overflow was taken.
  expect_all_taken_in_order();
}

TEST_F(throwing_taker_test, C7_what_a_throwing_taker_leaves_is_destroyed_unrun_with_the_mailbox) {
  post(5);
  from_.run([&] { post(loop_ring::slots + 5); });
  EXPECT_THROW(drain(2), out_of_memory);
  box_->close();
  EXPECT_EQ(counts_.alive(), 0U);
  EXPECT_EQ(taken_.size(), 2U);
}

}  // namespace
}  // namespace v0
}  // namespace pinwheel
