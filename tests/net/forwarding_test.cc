// What a loop remembers of names.
#include "pinwheel/net/forwarding.h"

#include "support/net_loops.h"

namespace pinwheel::testing {
namespace {

constexpr connection_id name(unsigned loop, unsigned slot, unsigned generation) {
  return {.loop = loop & 0x3ffU, .slot = slot & 0x3fffffU, .generation = generation};
}

class forwarding_test : public net_loops_test {
 protected:
  void TearDown() override {
    names_.forget_all();  // The handles that it has keep what wakes their loops.
    net_loops_test::TearDown();
  }

  // Where a name that left leads to, by the number of the test's loop.
  [[nodiscard]] std::size_t leads_to(connection_id was) {
    const auto next = names_.next(was);
    std::size_t at = 0;
    while (at < loops_count && next->elsewhere != host(at).handle()) ++at;
    return at;
  }

  forwarding names_;
};

TEST_P(forwarding_test, a_name_that_left_leads_to_its_loop_and_one_that_came_to_a_new_name) {
  names_.left_for(name(3, 10, 7), host(1).handle());
  names_.left_for(name(3, 11, 7), host(2).handle());
  names_.came_as(name(2, 10, 9), name(3, 10, 8));
  EXPECT_EQ(leads_to(name(3, 10, 7)), 1U);
  EXPECT_EQ(leads_to(name(3, 11, 7)), 2U);
  const auto came = names_.next(name(2, 10, 9));
  ASSERT_TRUE(came.has_value());
  EXPECT_FALSE(static_cast<bool>(came->elsewhere));
  EXPECT_EQ(came->here, name(3, 10, 8));
}

TEST_P(forwarding_test, names_that_differ_in_anything_are_apart) {
  names_.left_for(name(3, 10, 7), host(1).handle());
  EXPECT_FALSE(names_.next(name(2, 10, 7)).has_value());
  EXPECT_FALSE(names_.next(name(3, 11, 7)).has_value());
  EXPECT_FALSE(names_.next(name(3, 10, 8)).has_value());
}

TEST_P(forwarding_test, what_is_forgotten_is_unknown) {
  names_.left_for(name(3, 10, 7), host(1).handle());
  names_.left_for(name(3, 10, 8), host(2).handle());
  names_.forget(name(3, 10, 7));
  names_.forget(name(3, 10, 7));
  EXPECT_FALSE(names_.next(name(3, 10, 7)).has_value());
  EXPECT_EQ(leads_to(name(3, 10, 8)), 2U);
  EXPECT_EQ(names_.size(), 1U);
  names_.forget_all();
  EXPECT_TRUE(names_.empty());
}

TEST_P(forwarding_test, what_leads_to_one_loop_outlives_what_led_to_another) {
  names_.left_for(name(0, 1, 1), host(1).handle());
  names_.left_for(name(0, 2, 2), host(2).handle());
  names_.left_for(name(0, 3, 3), host(1).handle());
  names_.forget(name(0, 1, 1));
  EXPECT_EQ(leads_to(name(0, 3, 3)), 1U);
  names_.forget(name(0, 3, 3));
  names_.left_for(name(0, 4, 4), host(0).handle());
  EXPECT_EQ(leads_to(name(0, 2, 2)), 2U);
  EXPECT_EQ(leads_to(name(0, 4, 4)), 0U);
}

// Of a crowd that has gone, and while some of it stay.
TEST_P(forwarding_test, the_table_shrinks_as_names_are_forgotten) {
  constexpr unsigned crowd = 10'000;
  for (unsigned each = 1; each <= crowd; ++each) names_.left_for(name(0, each, each), host(1).handle());
  for (unsigned each = crowd; each > 100; --each) {
    names_.forget(name(0, each, each));
    ASSERT_LE(names_.capacity(), 8 * names_.size());
  }
  for (unsigned each = 1; each <= 100; ++each) {
    EXPECT_EQ(leads_to(name(0, each, each)), 1U);
    names_.forget(name(0, each, each));
  }
  EXPECT_LE(names_.capacity(), 1U);
}

INSTANTIATE_TEST_SUITE_P(streams, forwarding_test, ::testing::Values(simulated_immediate), case_name);

}  // namespace
}  // namespace pinwheel::testing
