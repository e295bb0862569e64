// Order through the ring, the overflow behind it and back (DESIGN section 4), on one thread: push() and drain() may be
// interleaved as two threads would, because a letter's take() may push.

#include "pinwheel/reactor/loop_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <numeric>
#include <random>
#include <vector>

#include "token.h"

namespace pinwheel {
inline namespace v0 {
namespace {

constexpr std::size_t slots = loop_ring::slots;
constexpr std::size_t no_limit = 1 << 20;

// A ring whose letters are numbered as they are pushed, and note their number when they are run.
class loop_ring_test : public ::testing::Test {
 protected:
  letter next_letter() {
    return {[this, number = pushed_++, alive = token(counts_)] { taken_.push_back(number); }};
  }

  // Answers how many went in before the first that did not.
  std::size_t push(std::size_t letters, std::size_t overflow_max = no_limit) {
    for (std::size_t at = 0; at < letters; ++at) {
      letter mail = next_letter();
      if (ring_.push(mail, overflow_max)) continue;
      --pushed_;
      return at;
    }
    return letters;
  }

  void drain() {
    ring_.drain([](letter& mail) { mail.work(); });
  }

  // The numbers of all letters pushed so far.
  [[nodiscard]] std::vector<std::size_t> in_order() const {
    std::vector<std::size_t> numbers(pushed_);
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    return numbers;
  }

  token_counts counts_;
  std::size_t pushed_ = 0;
  std::vector<std::size_t> taken_;
  loop_ring ring_{loop_number_lease::take()};
};

TEST_F(loop_ring_test, letters_within_the_slots_come_out_in_the_order_pushed) {
  EXPECT_EQ(push(slots, 0), slots);
  drain();
  EXPECT_EQ(taken_, in_order());
}

TEST_F(loop_ring_test, a_full_ring_spills_and_the_order_is_kept) {
  push(slots + 1000);
  drain();
  EXPECT_EQ(taken_, in_order());
}

TEST_F(loop_ring_test, what_was_spilled_is_taken_once) {
  push(slots + 10);
  drain();
  drain();
  EXPECT_EQ(taken_, in_order());
}

TEST_F(loop_ring_test, after_the_overflow_was_taken_letters_go_into_the_ring_again) {
  push(slots + 10);
  drain();
  EXPECT_EQ(push(slots + 1, 0), slots) << "without room in the overflow only the ring takes letters";
  drain();
  EXPECT_EQ(taken_, in_order());
}

TEST_F(loop_ring_test, while_the_overflow_holds_letters_none_overtakes_them_through_a_free_slot) {
  push(slots + 1);
  bool slot_was_free = true;
  ring_.drain([&](letter& mail) {
    mail.work();
    if (taken_.size() == slots / 2) slot_was_free = push(1, 1) == 1;
  });
  EXPECT_FALSE(slot_was_free) << "half of the ring was free, but one letter waited in the overflow";
  EXPECT_EQ(taken_, in_order());
}

TEST_F(loop_ring_test, letters_pushed_while_a_batch_is_taken_come_behind_it) {
  push(slots + 5);
  ring_.drain([&](letter& mail) {
    mail.work();
    if (pushed_ < 3 * slots) push(2);
  });
  drain();
  EXPECT_EQ(taken_, in_order());
}

TEST_F(loop_ring_test, a_drain_takes_what_lay_there_and_leaves_what_came_during_it) {
  push(3);
  ring_.drain([&](letter& mail) {
    mail.work();
    push(1);
  });
  EXPECT_EQ(taken_.size(), 3U);
  drain();
  EXPECT_EQ(taken_, in_order());
}

TEST_F(loop_ring_test, a_full_overflow_refuses_and_leaves_the_letter_with_the_caller) {
  EXPECT_EQ(push(slots + 8, 7), slots + 7);
  letter refused = next_letter();
  EXPECT_FALSE(ring_.push(refused, 7));
  ASSERT_TRUE(refused.work);
  drain();
  refused.work();
  EXPECT_EQ(taken_, in_order());
}

TEST_F(loop_ring_test, each_letter_is_destroyed_once_as_it_is_taken) {
  push(slots + 20);
  EXPECT_EQ(counts_.alive(), slots + 20);
  drain();
  EXPECT_EQ(counts_.alive(), 0U);
}

TEST_F(loop_ring_test, a_ring_destroys_what_was_not_taken_from_ring_and_overflow) {
  {
    loop_ring ring(loop_number_lease::take());
    for (std::size_t at = 0; at < slots + 20; ++at) {
      letter mail = next_letter();
      ASSERT_TRUE(ring.push(mail, no_limit));
    }
    EXPECT_EQ(counts_.alive(), slots + 20);
  }
  EXPECT_EQ(counts_.alive(), 0U);
  EXPECT_THAT(taken_, ::testing::IsEmpty());
}

TEST_F(loop_ring_test, a_ring_has_ended_when_its_producer_has) {
  const auto lease = loop_number_lease::take();
  const loop_ring ring(lease);
  EXPECT_FALSE(ring.has_ended());
  lease->end();
  EXPECT_TRUE(ring.has_ended());
}

// --- random programs, against two deques ---

// What the header promises, in the simplest words: a ring of `slots`, and an overflow that takes everything while it is
// not empty.
class modelled_ring {
 public:
  bool push(std::size_t number, std::size_t overflow_max) {
    if (overflow_.empty() && ring_.size() < slots) {
      ring_.push_back(number);
      return true;
    }
    if (overflow_.size() >= overflow_max) return false;
    overflow_.push_back(number);
    return true;
  }

  void drain(std::vector<std::size_t>& taken) {
    taken.insert(taken.end(), ring_.begin(), ring_.end());
    taken.insert(taken.end(), overflow_.begin(), overflow_.end());
    ring_.clear();
    overflow_.clear();
  }

 private:
  std::deque<std::size_t> ring_;
  std::deque<std::size_t> overflow_;
};

std::mt19937 seeded(const char* what) {
  const unsigned seed = std::random_device{}();
  std::printf("%s: seed %u\n", what, seed);
  return std::mt19937(seed);
}

TEST_F(loop_ring_test, random_programs_give_the_answers_and_the_order_of_the_model) {
  std::mt19937 random = seeded("random programs");
  for (int program = 0; program < 50; ++program) {
    modelled_ring model;
    std::vector<std::size_t> expected;
    taken_.clear();
    const std::size_t overflow_max = std::vector<std::size_t>{0, 1, 50, no_limit}[random() % 4];
    for (int step = 0; step < 40; ++step) {
      for (std::size_t letters = random() % 100; letters > 0; --letters) {
        const std::size_t number = pushed_;
        letter mail = next_letter();
        ASSERT_EQ(ring_.push(mail, overflow_max), model.push(number, overflow_max));
      }
      if (random() % 3 != 0) continue;
      drain();
      model.drain(expected);
      ASSERT_EQ(taken_, expected);
    }
    drain();
    model.drain(expected);
    ASSERT_EQ(taken_, expected);
    ASSERT_EQ(counts_.alive(), 0U);
  }
}

TEST_F(loop_ring_test, random_pushes_during_random_drains_keep_the_order_and_lose_nothing) {
  std::mt19937 random = seeded("pushes during drains");
  for (int step = 0; step < 500; ++step) {
    push(random() % (2 * slots));
    std::size_t budget = random() % (2 * slots);
    ring_.drain([&](letter& mail) {
      mail.work();
      const std::size_t letters = std::min<std::size_t>(random() % 4, budget);
      budget -= push(letters);
    });
  }
  drain();
  drain();
  EXPECT_EQ(taken_, in_order());
  EXPECT_EQ(counts_.alive(), 0U);
}

}  // namespace
}  // namespace v0
}  // namespace pinwheel
