// A watch in the place of another one, and watches found by what they are, over a backend with edges and without.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "pinwheel/reactor/simulated_backend.h"
#include "support/watched_kernel.h"

namespace pinwheel::testing {
namespace {

constexpr interest everything = interest::read_write | interest::closed | interest::edge;
constexpr int number = 1000;

class other_watch : public io_watch {
 public:
  other_watch() : io_watch(&other_watch::run, 0, kind::user) {}

  static void run(active_item&) {}
};

class handed_over_watch_test : public ::testing::TestWithParam<backend_features> {
 protected:
  handed_over_watch_test() : handed_over_watch_test(std::make_unique<simulated_backend>(clock(), GetParam())) {}

  test_watch& added(int descriptor = number) {
    test_watch& made = kernel_.make_watch(descriptor, everything);
    EXPECT_TRUE(kernel_.map().add_rearmed(made).ok());
    return made;
  }

  test_watch& hand_over(test_watch& from) {
    test_watch& to = kernel_.make_watch(-1, interest::none);
    kernel_.map().hand_over(from, to);
    kernel_.map().validate();
    return to;
  }

  simulated_backend& simulated_;
  watched_kernel kernel_;

 private:
  explicit handed_over_watch_test(std::unique_ptr<simulated_backend> made)
      : simulated_(*made), kernel_(std::move(made)) {}

  static virtual_clock& clock() {
    static virtual_clock shared;
    return shared;
  }
};

TEST_P(handed_over_watch_test, it_hears_what_the_other_one_would_have_heard_and_the_backend_learns_of_nothing) {
  test_watch& before = added();
  const std::size_t changes = simulated_.changes();
  test_watch& after = hand_over(before);
  EXPECT_EQ(simulated_.changes(), changes);
  EXPECT_FALSE(before.is_added());
  EXPECT_EQ(after.descriptor(), number);
  simulated_.set_ready(number, reasons::readable);
  kernel_.poll();
  EXPECT_EQ(after.heard(), reasons::readable);
  EXPECT_EQ(before.heard(), reasons::none);
  kernel_.map().remove(after);
  kernel_.map().validate();
}

TEST_P(handed_over_watch_test, it_takes_the_other_ones_place_among_several) {
  for (std::size_t place = 0; place < 3; ++place) {
    std::vector<test_watch*> ring{&added(), &added(), &added()};
    ring[place] = &hand_over(*ring[place]);
    std::vector<io_watch*> order;
    while (io_watch* const first = kernel_.map().find(number, ring[0]->run_by())) {
      order.push_back(first);
      kernel_.map().remove(*first);
      kernel_.map().validate();
    }
    EXPECT_EQ(order, (std::vector<io_watch*>(ring.begin(), ring.end())));
  }
}

TEST_P(handed_over_watch_test, watches_are_found_by_what_runs_them) {
  test_watch& mine = added();
  other_watch other;
  other.set_target(number, everything);
  ASSERT_TRUE(kernel_.map().add_rearmed(other).ok());
  EXPECT_EQ(kernel_.map().find(number, mine.run_by()), &mine);
  EXPECT_EQ(kernel_.map().find(number, &other_watch::run), &other);
  EXPECT_EQ(kernel_.map().find(number + 1, mine.run_by()), nullptr);
  kernel_.map().remove(mine);
  EXPECT_EQ(kernel_.map().find(number, mine.run_by()), nullptr);
  kernel_.map().remove(other);
}

TEST_P(handed_over_watch_test, all_of_one_kind_are_visited_by_descriptor) {
  test_watch& high = added(number + 700);
  test_watch& low = added(number);
  std::vector<io_watch*> visited;
  kernel_.map().for_each(low.run_by(), [&](io_watch& each) { visited.push_back(&each); });
  EXPECT_EQ(visited, (std::vector<io_watch*>{&low, &high}));
}

INSTANTIATE_TEST_SUITE_P(backends, handed_over_watch_test,
                         ::testing::Values(simulated_backend::offered, backend_features::early_close),
                         [](const auto& each) {
                           return has_all(each.param, backend_features::edge_triggered) ? "with_edges" : "without";
                         });

}  // namespace
}  // namespace pinwheel::testing
