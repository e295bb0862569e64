// Connections that wander between the loops of a simulation, as the seed has it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pinwheel/framework/current_server_loop.h"
#include "pinwheel/framework/testing/simulation.h"

namespace pinwheel::testing {
namespace {

constexpr std::string_view where = "10.0.0.1:7000";
constexpr std::size_t loops = 3;

struct story {
  simulation& world;
  std::vector<connection_id> first_ids = {};
  std::vector<int> works_reached = {};  // Their numbers, in the order of the calls.
  int works_told_gone = 0;
  int moves = 0;
  int closes = 0;
};

// Echoes, and moves on now and then.
class wanderer final : public connection_handler {
 public:
  explicit wanderer(story& told) : told_(told) {}

  void on_open(connection& peer) override {
    loop_ = current_server_loop::get().index;
    told_.first_ids.push_back(peer.id());
  }
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    expect_at_home();
    const std::size_t consumed = told_.world.chance().below(bytes.size()) + 1;
    peer.write(bytes.substr(0, consumed));
    if (told_.world.chance().below(2) == 0) {
      peer.move_to(told_.world.host(told_.world.chance().below(loops)).handle());
    }
    if (consumed < bytes.size()) peer.resume_reading();
    return consumed;
  }
  void on_moved(connection&) override {
    loop_ = current_server_loop::get().index;
    ++told_.moves;
  }
  void on_close(connection&, close_status) noexcept override {
    expect_at_home();
    ++told_.closes;
  }

 private:
  void expect_at_home() const { EXPECT_EQ(current_server_loop::get().index, loop_); }

  story& told_;
  std::size_t loop_ = 0;
};

struct run {
  std::uint64_t hash;
  int moves;

  friend bool operator==(const run&, const run&) = default;
};

run wander(std::uint64_t seed, stream_mode streams) {
  simulation world({.seed = seed,
                    .loops = loops,
                    .faults = {.short_read = 0.3, .short_write = 0.3, .delay = 0.2},
                    .streams = streams});
  story told{world};
  world.listen(where, make_handler_with<wanderer>(told));
  simulated_client& client = world.connect(where);
  std::string sent;
  int works = 0;
  for (int round = 0; round < 20; ++round) {
    const std::string bytes(1 + world.chance().below(5000), static_cast<char>('a' + round));
    client.send(bytes);
    sent += bytes;
    for (std::uint64_t steps = world.chance().below(60); steps > 0; --steps) world.step();
    if (told.first_ids.empty()) continue;
    const int number = works++;
    EXPECT_EQ(world.send_to(told.first_ids.front(),
                            [&told, number](connection* peer) {
                              peer == nullptr ? static_cast<void>(++told.works_told_gone)
                                              : told.works_reached.push_back(number);
                            }),
              post_result::taken);
  }
  world.run_until_idle();
  EXPECT_EQ(client.received(), sent);
  EXPECT_EQ(told.works_told_gone, 0);
  EXPECT_EQ(told.works_reached.size(), static_cast<std::size_t>(works));
  EXPECT_TRUE(std::ranges::is_sorted(told.works_reached));
  client.close();
  world.run_until_idle();
  EXPECT_EQ(told.closes, 1);
  for (std::size_t at = 0; at < loops; ++at) {
    EXPECT_EQ(world.host(at).names_forwarded(), 0U);
    EXPECT_EQ(world.host(at).rooms().rooms_in_use(), 0U);
    EXPECT_EQ(world.host(at).blocks().blocks_in_use(), 0U);
  }
  return {world.trace_hash(), told.moves};
}

TEST(simulation_moves, lose_nothing_whatever_the_seed_and_repeat_with_it) {
  int moves = 0;
  for (const stream_mode streams : {stream_mode::immediate, stream_mode::late}) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      SCOPED_TRACE(seed);
      const run first = wander(seed, streams);
      EXPECT_TRUE(first == wander(seed, streams));
      moves += first.moves;
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(moves, 400);
}

}  // namespace
}  // namespace pinwheel::testing
