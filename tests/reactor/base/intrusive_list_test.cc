#include "pinwheel/reactor/base/intrusive_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <random>
#include <type_traits>
#include <vector>

namespace pinwheel::testing {
namespace {

struct by_age;
struct by_size;

struct animal : list_hook<by_age>, list_hook<by_size> {
  explicit animal(int number_given) : number(number_given) {}

  int number;
};

using age_list = intrusive_list<animal, by_age>;
using size_list = intrusive_list<animal, by_size>;
using age_hook = list_hook<by_age>;

static_assert(!std::is_copy_constructible_v<age_list> && !std::is_move_constructible_v<age_list>);
static_assert(!std::is_copy_constructible_v<age_hook> && !std::is_move_constructible_v<age_hook>);

class intrusive_list_test : public ::testing::Test {
 protected:
  void TearDown() override {
    for (age_list* list : {&list_, &other_}) {
      list->validate();
      while (!list->empty()) list->pop_front();
    }
  }

  void fill(age_list& list, const std::vector<std::size_t>& members) {
    for (const std::size_t member : members) list.push_back(animals_[member]);
  }

  static std::vector<int> numbers(const age_list& list) {
    std::vector<int> found;
    for (const animal* at = list.first(); at != nullptr; at = list.after(*at)) found.push_back(at->number);
    EXPECT_EQ(list.validate(), found.size());
    return found;
  }

  std::array<animal, 6> animals_{animal(0), animal(1), animal(2), animal(3), animal(4), animal(5)};
  age_list list_;
  age_list other_;
};

using order = std::vector<int>;

TEST_F(intrusive_list_test, a_new_list_is_empty) {
  EXPECT_TRUE(list_.empty());
  EXPECT_EQ(list_.first(), nullptr);
  EXPECT_EQ(list_.validate(), 0U);
}

TEST_F(intrusive_list_test, members_leave_in_the_order_in_which_they_joined) {
  fill(list_, {2, 0, 1});
  EXPECT_EQ(list_.front().number, 2);
  EXPECT_EQ(list_.pop_front().number, 2);
  EXPECT_EQ(list_.pop_front().number, 0);
  EXPECT_EQ(list_.pop_front().number, 1);
  EXPECT_TRUE(list_.empty());
}

TEST_F(intrusive_list_test, a_member_leaves_from_the_front_the_middle_and_the_back) {
  fill(list_, {0, 1, 2, 3, 4});
  for (const std::size_t leaving : {0U, 2U, 4U}) {
    static_cast<age_hook&>(animals_[leaving]).unlink();
    EXPECT_FALSE(static_cast<age_hook&>(animals_[leaving]).is_linked());
  }
  EXPECT_EQ(numbers(list_), (order{1, 3}));
}

TEST_F(intrusive_list_test, a_member_that_left_joins_again) {
  fill(list_, {0, 1});
  static_cast<age_hook&>(animals_[0]).unlink();
  list_.push_back(animals_[0]);
  EXPECT_EQ(numbers(list_), (order{1, 0}));
}

TEST_F(intrusive_list_test, splicing_moves_every_member_to_one_end_in_order) {
  fill(list_, {0, 1});
  fill(other_, {2, 3});
  list_.splice_back(other_);
  EXPECT_TRUE(other_.empty());
  EXPECT_EQ(numbers(list_), (order{0, 1, 2, 3}));
  fill(other_, {4, 5});
  list_.splice_front(other_);
  EXPECT_EQ(numbers(list_), (order{4, 5, 0, 1, 2, 3}));
}

TEST_F(intrusive_list_test, splicing_from_and_to_an_empty_list_loses_nobody) {
  fill(other_, {0, 1});
  list_.splice_front(other_);
  EXPECT_EQ(numbers(list_), (order{0, 1}));
  list_.splice_back(other_);
  list_.splice_front(other_);
  EXPECT_EQ(numbers(list_), (order{0, 1}));
  EXPECT_EQ(numbers(other_), order{});
}

TEST_F(intrusive_list_test, a_list_that_was_spliced_away_takes_members_again) {
  fill(other_, {0});
  list_.splice_back(other_);
  fill(other_, {1});
  EXPECT_EQ(numbers(list_), order{0});
  EXPECT_EQ(numbers(other_), order{1});
}

TEST_F(intrusive_list_test, one_object_is_in_a_list_of_each_tag) {
  size_list sizes;
  fill(list_, {0, 1});
  sizes.push_back(animals_[1]);
  sizes.push_back(animals_[0]);
  EXPECT_EQ(list_.pop_front().number, 0);
  EXPECT_TRUE(static_cast<list_hook<by_size>&>(animals_[0]).is_linked());
  EXPECT_EQ(sizes.pop_front().number, 1);
  EXPECT_EQ(sizes.pop_front().number, 0);
}

TEST_F(intrusive_list_test, a_list_does_what_a_deque_does) {
  constexpr unsigned seed = 20;
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::deque<int> model;
  for (int step = 0; step < 2000; ++step) {
    animal& any = animals_[random() % animals_.size()];
    auto& hook = static_cast<age_hook&>(any);
    if (!hook.is_linked()) {
      list_.push_back(any);
      model.push_back(any.number);
    } else if (random() % 2 == 0) {
      hook.unlink();
      model.erase(std::find(model.begin(), model.end(), any.number));
    } else {
      ASSERT_EQ(list_.pop_front().number, model.front());
      model.pop_front();
    }
    ASSERT_EQ(numbers(list_), order(model.begin(), model.end()));
  }
}

#ifndef NDEBUG

TEST_F(intrusive_list_test, misuse_stops_a_debug_build) {
  fill(list_, {0});
  EXPECT_DEATH(other_.push_back(animals_[0]), "joined a second list");
  EXPECT_DEATH(static_cast<age_hook&>(animals_[1]).unlink(), "unlink of a member of no list");
  EXPECT_DEATH(static_cast<void>(other_.pop_front()), "front of an empty list");
}

TEST_F(intrusive_list_test, a_death_while_linked_stops_a_debug_build) {
  const auto member_dies = [&] {
    animal linked(7);
    list_.push_back(linked);
  };
  const auto list_dies = [&] {
    age_list full;
    full.push_back(animals_[0]);
  };
  EXPECT_DEATH(member_dies(), "a list member died while linked");
  EXPECT_DEATH(list_dies(), "a list died with members in it");
}

#endif

}  // namespace
}  // namespace pinwheel::testing
