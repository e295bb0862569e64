// The reasons' names, which the metrics show.
#include "pinwheel/net/close_reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace pinwheel::testing {
namespace {

TEST(close_reason_test, every_reason_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t each = 0; each < close_reasons; ++each) names.insert(to_string(static_cast<close_reason>(each)));
  EXPECT_EQ(names.size(), close_reasons);
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace pinwheel::testing
