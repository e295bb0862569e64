#include "pinwheel/framework/http/later_table.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace pinwheel::http {
namespace {

later_target target_at(int& place) {
  return {[](void*, const answer&) {}, &place};
}

TEST(later_table_test, a_ticket_finds_its_target_once) {
  later_table table;
  int place = 0;
  const later_ticket ticket = table.issue(target_at(place));
  const std::optional<later_target> found = table.take(ticket);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->context, &place);
  EXPECT_FALSE(table.take(ticket));
}

TEST(later_table_test, an_old_ticket_does_not_find_the_next_one_in_its_slot) {
  later_table table;
  int first = 0;
  int second = 0;
  const later_ticket old = table.issue(target_at(first));
  table.take(old);
  const later_ticket current = table.issue(target_at(second));
  EXPECT_EQ(current.slot, old.slot);
  EXPECT_FALSE(table.take(old));
  EXPECT_EQ(table.take(current)->context, &second);
}

TEST(later_table_test, slots_are_used_again_before_there_are_more) {
  later_table table;
  int place = 0;
  std::vector<later_ticket> tickets;
  for (int i = 0; i < 100; ++i) tickets.push_back(table.issue(target_at(place)));
  for (const later_ticket ticket : tickets) EXPECT_TRUE(table.take(ticket));
  EXPECT_EQ(table.in_flight(), 0u);
  for (int i = 0; i < 100; ++i) EXPECT_LT(table.issue(target_at(place)).slot, 100u);
  EXPECT_EQ(table.in_flight(), 100u);
}

TEST(later_table_test, no_ticket_at_all_finds_nothing) {
  later_table table;
  int place = 0;
  static_cast<void>(table.issue(target_at(place)));
  EXPECT_FALSE(table.take({}));
  EXPECT_FALSE(table.take({7, 1}));
}

}  // namespace
}  // namespace pinwheel::http
