#include "pinwheel/framework/loop_placement.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <string>
#include <vector>

#include "pinwheel/framework/allowed_cpus.h"

namespace pinwheel {
namespace {

using cpus = std::vector<unsigned>;
using places = loop_placement;

struct placement_case {
  const char* name;
  cpus allowed;
  unsigned wanted;
  bool pin;
  places expected;
};

class loop_placement_table : public ::testing::TestWithParam<placement_case> {};

TEST_P(loop_placement_table, places_every_loop) {
  const placement_case& given = GetParam();
  const auto placement = place_loops(given.allowed, given.wanted, given.pin);
  ASSERT_TRUE(placement.ok());
  EXPECT_EQ(*placement, given.expected);
}

INSTANTIATE_TEST_SUITE_P(
    over, loop_placement_table,
    ::testing::Values(placement_case{"one_for_each_cpu", {0, 1, 2}, one_per_cpu, true, {0u, 1u, 2u}},
                      placement_case{"only_the_allowed_cpus", {3, 5, 64}, one_per_cpu, true, {3u, 5u, 64u}},
                      placement_case{"fewer_loops_than_cpus", {0, 1, 2, 3}, 2, true, {0u, 1u}},
                      placement_case{"more_loops_than_cpus_take_turns", {2, 7}, 5, true, {2u, 7u, 2u, 7u, 2u}},
                      placement_case{"one_cpu", {9}, one_per_cpu, true, {9u}},
                      placement_case{"not_pinned", {0, 1}, 3, false, {std::nullopt, std::nullopt, std::nullopt}},
                      placement_case{
                          "not_pinned_one_for_each_cpu", {4, 6}, one_per_cpu, false, {std::nullopt, std::nullopt}}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(loop_placement_limits, more_loops_than_a_process_can_have_are_refused_with_the_limit) {
  EXPECT_TRUE(place_loops({0}, 1023, true).ok());
  const auto refused = place_loops({0}, 1024, true);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(refused.status().message()).find("1023"), std::string::npos);
}

TEST(loop_placement_text, says_where_the_loops_are) {
  EXPECT_EQ(to_string(places{0u, 1u}), "2 loops on CPUs 0, 1");
  EXPECT_EQ(to_string(places{7u}), "1 loop on CPU 7");
  EXPECT_EQ(to_string(places{std::nullopt, std::nullopt}), "2 loops, not pinned");
}

TEST(allowed_cpus, are_ascending_and_are_those_the_kernel_names) {
  const auto allowed = allowed_cpus();
  ASSERT_TRUE(allowed.ok());
  cpu_set_t kernel;
  ASSERT_EQ(::sched_getaffinity(0, sizeof kernel, &kernel), 0);
  EXPECT_EQ(allowed->size(), static_cast<std::size_t>(CPU_COUNT(&kernel)));
  EXPECT_TRUE(std::is_sorted(allowed->begin(), allowed->end()));
  for (const unsigned cpu : *allowed) EXPECT_TRUE(CPU_ISSET(cpu, &kernel)) << cpu;
}

}  // namespace
}  // namespace pinwheel
