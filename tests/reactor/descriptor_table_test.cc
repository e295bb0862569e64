// A pointer for each descriptor.
#include "pinwheel/reactor/descriptor_table.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <vector>

#include "pinwheel/reactor/io_watch.h"

namespace pinwheel::testing {
namespace {

struct nothing_to_run : io_watch {
  nothing_to_run() : io_watch([](active_item&) {}, 0, kind::user) {}
};

std::vector<io_watch*> all_of(const descriptor_table& table) {
  std::vector<io_watch*> all;
  table.for_each([&](io_watch& each) { all.push_back(&each); });
  return all;
}

TEST(descriptor_table_test, what_was_set_is_found_under_its_number_alone) {
  descriptor_table table;
  nothing_to_run watch;
  for (const int number : {0, 511, 512, 4'000'000}) {
    table.set(number, &watch);
    EXPECT_EQ(table.at(number), &watch);
    EXPECT_EQ(table.at(number + 1), nullptr);
    table.set(number, nullptr);
    EXPECT_EQ(table.at(number), nullptr);
    table.validate();
  }
  EXPECT_EQ(table.at(-1), nullptr);
}

TEST(descriptor_table_test, a_crowd_that_left_is_not_kept_for_ever) {
  descriptor_table table;
  nothing_to_run watch;
  for (int number = 0; number < 20'000; ++number) table.set(number, &watch);
  EXPECT_EQ(table.pages_held(), 40U);
  for (int number = 0; number < 20'000; ++number) table.set(number, nullptr);
  EXPECT_EQ(table.pages_held(), 1U);
  table.validate();
}

TEST(descriptor_table_test, a_visit_may_set_and_take_back_what_it_likes) {
  descriptor_table table;
  std::array<nothing_to_run, 3> watches;
  table.set(3, &watches[0]);
  table.set(600, &watches[1]);
  std::vector<io_watch*> visited;
  table.for_each([&](io_watch& each) {
    visited.push_back(&each);
    table.set(3, nullptr);
    table.set(600, nullptr);
    table.set(5'000, &watches[2]);
  });
  EXPECT_EQ(visited, (std::vector<io_watch*>{&watches[0], &watches[2]}));
}

TEST(descriptor_table_test, random_numbers_come_and_go_as_in_a_map) {
  descriptor_table table;
  std::map<int, io_watch*> expected;
  std::array<nothing_to_run, 4> watches;
  std::mt19937 random(17);
  for (int step = 0; step < 20'000; ++step) {
    const int number = static_cast<int>(random() % 3'000);
    if (random() % 2 == 0) {
      table.set(number, expected[number] = &watches[random() % watches.size()]);
    } else {
      table.set(number, nullptr);
      expected.erase(number);
    }
  }
  std::vector<io_watch*> in_order;
  for (const auto& [number, watch] : expected) in_order.push_back(watch);
  EXPECT_EQ(all_of(table), in_order);
  table.validate();
}

}  // namespace
}  // namespace pinwheel::testing
