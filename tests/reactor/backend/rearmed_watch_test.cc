// Edge-triggered watches whose owner says when the kernel had no more: the same over a backend with edges and without.
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pinwheel/reactor/simulated_backend.h"
#include "support/owned_descriptor.h"
#include "support/watched_kernel.h"

namespace pinwheel::testing {
namespace {

constexpr interest everything = interest::read_write | interest::closed | interest::edge;

class rearmed_watch_test : public ::testing::TestWithParam<const char*> {
 protected:
  test_watch& watch(int descriptor) {
    test_watch& made = kernel_.make_watch(descriptor, everything);
    EXPECT_TRUE(kernel_.map().add_rearmed(made).ok());
    return made;
  }

  watched_kernel kernel_{choose_backend({.name = GetParam()}, {}).value()};
};

TEST_P(rearmed_watch_test, a_direction_is_reported_once_until_it_is_rearmed) {
  const owned_socket_pair pair;
  test_watch& stream = watch(pair.ours.number());
  kernel_.poll();
  EXPECT_EQ(stream.heard(), reasons::writable);
  pair.fill();
  kernel_.poll();
  EXPECT_TRUE(any(stream.heard(), reasons::readable));
  kernel_.poll();
  EXPECT_EQ(stream.heard(), reasons::none);
  char scrap = 0;
  ASSERT_EQ(::read(pair.ours.number(), &scrap, 1), 1);
  kernel_.map().rearm(stream, interest::read | interest::closed);
  kernel_.poll();
  EXPECT_EQ(stream.heard(), reasons::none);
  pair.fill();
  kernel_.poll();
  EXPECT_TRUE(any(stream.heard(), reasons::readable));
}

TEST_P(rearmed_watch_test, a_full_sending_side_is_reported_when_there_is_room_again) {
  owned_socket_pair pair;
  test_watch& stream = watch(pair.ours.number());
  kernel_.poll();
  std::vector<char> block(1 << 16);
  while (::write(pair.ours.number(), block.data(), block.size()) > 0) {
  }
  ASSERT_EQ(errno, EAGAIN);
  kernel_.map().rearm(stream, interest::write);
  stream.heard();
  kernel_.poll();
  EXPECT_EQ(stream.heard(), reasons::none);
  while (::read(pair.peers.number(), block.data(), block.size()) > 0) {
  }
  kernel_.poll();
  EXPECT_EQ(stream.heard(), reasons::writable);
}

TEST_P(rearmed_watch_test, a_hang_up_is_heard_though_every_direction_was_reported_and_once) {
  owned_socket_pair pair;
  test_watch& stream = watch(pair.ours.number());
  pair.fill();
  kernel_.poll();
  stream.heard();
  pair.peers.close();
  kernel_.poll();
  EXPECT_TRUE(any(stream.heard(), reasons::failed));
  kernel_.poll();
  EXPECT_EQ(stream.heard(), reasons::none);
}

TEST_P(rearmed_watch_test, what_is_rearmed_after_an_error_hears_of_it_again_or_not_at_all) {
  owned_socket_pair pair;
  test_watch& stream = watch(pair.ours.number());
  pair.peers.close();
  kernel_.poll();
  stream.heard();
  kernel_.map().rearm(stream, interest::read);
  kernel_.poll();
  const reasons again = stream.heard();
  kernel_.poll();
  EXPECT_EQ(any(again, reasons::failed), GetParam() == std::string("poll"));
  EXPECT_EQ(stream.heard(), reasons::none);
}

TEST_P(rearmed_watch_test, one_removed_before_the_close_leaves_its_number_free_for_another_file) {
  owned_socket_pair first;
  const int number = first.ours.number();
  test_watch& stream = watch(number);
  kernel_.poll();
  kernel_.map().remove_before_close(stream);
  first.ours.close();
  owned_socket_pair second;
  second.ours.move_to(number);
  EXPECT_EQ(kernel_.kernel().wait(duration::zero(), kernel_.map()).count(), 0U);
  test_watch& next = watch(number);
  second.fill();
  kernel_.poll();
  EXPECT_TRUE(any(next.heard(), reasons::readable));
}

TEST_P(rearmed_watch_test, I4_a_level_triggered_watch_beside_it_is_refused) {
  const owned_socket_pair pair;
  watch(pair.ours.number());
  EXPECT_EQ(kernel_.map().add(kernel_.make_watch(pair.ours.number(), interest::read)).error(), EINVAL);
}

INSTANTIATE_TEST_SUITE_P(over, rearmed_watch_test, ::testing::Values("epoll", "poll"),
                         [](const auto& named) { return std::string(named.param); });

TEST(rearmed_watch_without_edges, an_error_is_heard_again_after_it_has_passed_and_everything_was_rearmed) {
  virtual_clock clock;
  auto owned = std::make_unique<simulated_backend>(clock, backend_features::early_close);
  simulated_backend& simulated = *owned;
  watched_kernel kernel(std::move(owned));
  test_watch& stream = kernel.make_watch(1000, everything);
  ASSERT_TRUE(kernel.map().add_rearmed(stream).ok());
  simulated.set_ready(1000, reasons::failed);
  kernel.poll();
  EXPECT_TRUE(any(stream.heard(), reasons::failed));
  simulated.set_ready(1000, reasons::readable | reasons::writable | reasons::closed);
  kernel.map().rearm(stream, interest::read_write | interest::closed);
  kernel.poll();
  EXPECT_FALSE(any(stream.heard(), reasons::failed));
  simulated.set_ready(1000, reasons::failed);
  kernel.poll();
  EXPECT_TRUE(any(stream.heard(), reasons::failed));
}

TEST(rearmed_watch_over_edges, rearming_tells_the_backend_nothing) {
  virtual_clock clock;
  auto owned = std::make_unique<simulated_backend>(clock);
  const simulated_backend& simulated = *owned;
  watched_kernel kernel(std::move(owned));
  test_watch& stream = kernel.make_watch(1000, everything);
  ASSERT_TRUE(kernel.map().add_rearmed(stream).ok());
  const std::size_t changes = simulated.changes();
  kernel.map().rearm(stream, everything);
  EXPECT_EQ(simulated.changes(), changes);
}

}  // namespace
}  // namespace pinwheel::testing
