// Sleep and wake, in every interleaving of a processor with store buffers (DESIGN section 4, SEMANTICS N5).

#include "pinwheel/reactor/wake_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "store_buffer_model.h"

namespace pinwheel {
inline namespace v0 {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

// Whose sequentially consistent store is only a release: the loop's is asleep_, a producer's is pending_.
enum class weakened { nothing, asleep, pending };

struct scenario {
  std::vector<unsigned> posts;  // Of each producer.
  unsigned timed_waits = 0;     // So many of the loop's waits end by their time, notified or not.
  weakened weak = weakened::nothing;
  bool merged = true;  // The threads say what their future depends on.
};

constexpr std::size_t producers_max = 2;

// What the two sides share. A queue is as long as its producer's count says.
struct shared_memory {
  wake_protocol<modelled_atomic, producers_max> protocol;
  std::array<modelled_atomic<std::uint8_t>, producers_max> pushed;
};

void produce(shared_memory& shared, std::size_t producer, const scenario& what) {
  shared.protocol.enrol(producer);
  for (std::uint8_t count = 1; count <= what.posts[producer]; ++count) {
    if (what.merged) tso_thread::goes_on_from({count});
    shared.pushed[producer].store(count, std::memory_order_release);
    if (shared.protocol.announce(producer)) modelled_descriptor::notify();
  }
}

// Turns of a loop until it has taken everything.
void consume(shared_memory& shared, const scenario& what) {
  std::array<std::uint8_t, producers_max> taken{};
  unsigned left = std::accumulate(what.posts.begin(), what.posts.end(), 0U);
  for (std::uint8_t waits = 0; left > 0;) {
    if (what.merged) tso_thread::goes_on_from({waits, taken[0], taken[1]});
    const bool may_sleep = shared.protocol.may_sleep();
    if (may_sleep && waits++ >= what.timed_waits) {
      modelled_descriptor::wait();
    } else {
      modelled_descriptor::poll();
    }
    shared.protocol.woke();
    for (std::size_t at = 0, producers = shared.protocol.producers(); at < producers; ++at) {
      if (!shared.protocol.take(at)) continue;
      const std::uint8_t pushed = shared.pushed[at].load(std::memory_order_acquire);
      left -= static_cast<unsigned>(pushed - std::exchange(taken[at], pushed));
    }
  }
}

tso_machine::findings explore(const scenario& what) {
  tso_machine machine;
  const auto shared = std::make_unique<shared_memory>();
  machine.add_thread([&] { consume(*shared, what); }, what.weak == weakened::asleep);
  for (std::size_t at = 0; at < what.posts.size(); ++at) {
    machine.add_thread([&, at] { produce(*shared, at, what); }, what.weak == weakened::pending);
  }
  const tso_machine::findings found = machine.explore();
  std::printf("posts %s, %u timed wait(s): %.4g interleavings through %zu states\n",
              ::testing::PrintToString(what.posts).c_str(), what.timed_waits, found.interleavings, found.states);
  return found;
}

void expect_sound(const scenario& what) {
  const tso_machine::findings found = explore(what);
  EXPECT_GT(found.interleavings, 1000);
  EXPECT_THAT(found.lost_wakeup, IsEmpty());
  EXPECT_THAT(found.notified_twice_in_sleep, IsEmpty());
}

TEST(wake_protocol_test, no_interleaving_with_one_producer_loses_a_wake_up_or_notifies_twice_in_a_sleep) {
  expect_sound({.posts = {2}});
  expect_sound({.posts = {3}});
}

TEST(wake_protocol_test, no_interleaving_with_two_producers_loses_a_wake_up_or_notifies_twice_in_a_sleep) {
  expect_sound({.posts = {1, 1}});
  expect_sound({.posts = {2, 1}});
}

TEST(wake_protocol_test, no_interleaving_loses_a_wake_up_when_sleeps_end_by_their_time) {
  expect_sound({.posts = {2}, .timed_waits = 2});
  expect_sound({.posts = {1, 1}, .timed_waits = 1});
}

TEST(wake_protocol_test, merging_what_goes_on_alike_saves_states_and_no_interleaving) {
  for (const scenario& what : {scenario{.posts = {2}, .timed_waits = 1}, scenario{.posts = {1, 1}}}) {
    const tso_machine::findings merged = explore(what);
    const tso_machine::findings apart =
        explore({.posts = what.posts, .timed_waits = what.timed_waits, .merged = false});
    EXPECT_EQ(merged.interleavings, apart.interleavings);
    EXPECT_LT(merged.states, apart.states);
  }
}

TEST(wake_protocol_test, a_wake_up_is_lost_when_the_store_of_asleep_is_only_a_release) {
  EXPECT_THAT(explore({.posts = {1}, .weak = weakened::asleep}).lost_wakeup, Not(IsEmpty()));
  EXPECT_THAT(explore({.posts = {2}, .weak = weakened::asleep}).lost_wakeup, Not(IsEmpty()));
  EXPECT_THAT(explore({.posts = {1, 1}, .weak = weakened::asleep}).lost_wakeup, Not(IsEmpty()));
}

TEST(wake_protocol_test, a_wake_up_is_lost_when_the_store_of_pending_is_only_a_release) {
  EXPECT_THAT(explore({.posts = {1}, .weak = weakened::pending}).lost_wakeup, Not(IsEmpty()));
  EXPECT_THAT(explore({.posts = {2}, .weak = weakened::pending}).lost_wakeup, Not(IsEmpty()));
  EXPECT_THAT(explore({.posts = {1, 1}, .weak = weakened::pending}).lost_wakeup, Not(IsEmpty()));
}

}  // namespace
}  // namespace v0
}  // namespace pinwheel
