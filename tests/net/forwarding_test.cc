// What a loop remembers of names.
#include "pinwheel/net/forwarding.h"

#include <gtest/gtest.h>

namespace pinwheel::testing {
namespace {

constexpr connection_id name(unsigned loop, unsigned slot, unsigned generation) {
  return {.loop = loop & 0x3ffU, .slot = slot & 0x3fffffU, .generation = generation};
}

TEST(forwarding_test, a_name_that_left_leads_to_its_loop_and_one_that_came_to_a_new_name) {
  forwarding names;
  names.left_for(name(3, 10, 7), 1023);
  names.came_as(name(2, 10, 9), name(3, 10, 8));
  const auto left = names.next(name(3, 10, 7));
  ASSERT_TRUE(left.has_value());
  EXPECT_FALSE(left->is_here);
  EXPECT_EQ(left->name.loop, 1023U);
  const auto came = names.next(name(2, 10, 9));
  ASSERT_TRUE(came.has_value());
  EXPECT_TRUE(came->is_here);
  EXPECT_EQ(came->name, name(3, 10, 8));
}

TEST(forwarding_test, names_that_differ_in_anything_are_apart) {
  forwarding names;
  names.left_for(name(3, 10, 7), 4);
  EXPECT_FALSE(names.next(name(2, 10, 7)).has_value());
  EXPECT_FALSE(names.next(name(3, 11, 7)).has_value());
  EXPECT_FALSE(names.next(name(3, 10, 8)).has_value());
}

TEST(forwarding_test, what_is_forgotten_is_unknown) {
  forwarding names;
  names.left_for(name(3, 10, 7), 4);
  names.left_for(name(3, 10, 8), 5);
  names.forget(name(3, 10, 7));
  names.forget(name(3, 10, 7));
  EXPECT_FALSE(names.next(name(3, 10, 7)).has_value());
  EXPECT_EQ(names.size(), 1U);
  names.forget_all();
  EXPECT_TRUE(names.empty());
}

}  // namespace
}  // namespace pinwheel::testing
