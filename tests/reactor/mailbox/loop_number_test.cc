// The smallest free number, and how long it stays taken.

#include "pinwheel/reactor/loop_number.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace pinwheel {
inline namespace v0 {
namespace {

TEST(loop_number_test, numbers_are_the_smallest_that_are_free) {
  const auto first = loop_number_lease::take();
  auto second = loop_number_lease::take();
  const auto third = loop_number_lease::take();
  EXPECT_EQ(second->number(), first->number() + 1);
  EXPECT_EQ(third->number(), first->number() + 2);

  const unsigned freed = second->number();
  second.reset();
  EXPECT_EQ(loop_number_lease::take()->number(), freed);
}

TEST(loop_number_test, a_number_is_taken_until_the_last_share_of_its_lease_is_gone) {
  auto of_the_base = loop_number_lease::take();
  auto of_a_ring = of_the_base;
  const unsigned number = of_the_base->number();

  of_the_base.reset();
  EXPECT_NE(loop_number_lease::take()->number(), number);
  of_a_ring.reset();
  EXPECT_EQ(loop_number_lease::take()->number(), number);
}

TEST(loop_number_test, a_lease_has_ended_when_its_base_says_so) {
  const auto lease = loop_number_lease::take();
  EXPECT_FALSE(lease->has_ended());
  lease->end();
  EXPECT_TRUE(lease->has_ended());
}

TEST(loop_number_test, there_are_loops_max_numbers_and_then_none) {
  std::vector<std::shared_ptr<loop_number_lease>> leases;
  while (auto lease = loop_number_lease::take()) leases.push_back(std::move(lease));
  EXPECT_EQ(leases.size(), loops_max);

  leases.resize(leases.size() - 1);
  EXPECT_EQ(loop_number_lease::take()->number(), loops_max - 1);
}

}  // namespace
}  // namespace v0
}  // namespace pinwheel
