// A user's handlers in a simulation: served as by a server, under faults, with the same run for the same seed.
#include "pinwheel/framework/testing/simulation.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pinwheel/framework/core_local.h"
#include "pinwheel/reactor/base/log.h"

namespace pinwheel::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view where = "10.0.0.1:7000";

struct echo final : connection_handler {
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    peer.write(bytes);
    return bytes.size();
  }
};

// Tells what it heard.
struct journal {
  std::vector<std::string> lines;
  std::set<event_base*> loops;
};

struct journaling final : connection_handler {
  explicit journaling(journal& shared) : told(shared) {}

  void on_open(connection& peer) override {
    told.lines.emplace_back("open");
    told.loops.insert(&peer.loop());
  }
  std::size_t on_data(connection&, std::string_view bytes) override {
    told.lines.emplace_back(bytes);
    return bytes.size();
  }
  void on_close(connection&, close_status why) noexcept override { told.lines.emplace_back(to_string(why.reason)); }

  journal& told;
};

TEST(simulation_test, a_handler_serves_its_clients_as_on_a_server) {
  simulation world;
  world.listen(where, make_handler<echo>);
  simulated_client& client = world.connect(where);
  client.send("hello, ");
  client.send("world");
  world.run_until_idle();
  EXPECT_EQ(client.take_received(), "hello, world");
  EXPECT_EQ(client.received(), "");
  EXPECT_EQ(world.connections(), 1U);
  client.shut_down_write();
  world.run_until_idle();
  EXPECT_TRUE(client.is_at_end());
  EXPECT_EQ(world.connections(), 0U);
}

TEST(simulation_test, connections_go_to_the_loops_in_turn) {
  journal told;
  simulation world({.loops = 3});
  world.listen(where, make_handler_with<journaling>(told));
  for (int client = 0; client < 6; ++client) world.connect(where);
  world.run_until_idle();
  EXPECT_EQ(told.loops.size(), 3U);
  for (std::size_t loop = 0; loop < world.loops(); ++loop) EXPECT_EQ(world.host(loop).size(), 2U);
}

TEST(simulation_test, a_client_stops_reading_reads_a_little_and_reads_on) {
  simulation world;
  world.listen(where, make_handler<echo>);
  simulated_client& client = world.connect(where);
  client.stop_reading();
  client.send("0123456789");
  world.run_until_idle();
  EXPECT_EQ(client.received(), "");
  client.read(4);
  world.run_until_idle();
  EXPECT_EQ(client.received(), "0123");
  client.read();
  world.run_until_idle();
  EXPECT_EQ(client.received(), "0123456789");
}

TEST(simulation_test, a_client_that_reads_nothing_backs_the_server_up_and_is_told_of_when_it_is_cut_off) {
  journal told;
  simulation world;
  struct pours final : connection_handler {
    explicit pours(journal& shared) : told(shared) {}
    void on_open(connection& peer) override { pour(peer); }
    void on_drained(connection& peer) override { pour(peer); }
    std::size_t on_data(connection&, std::string_view bytes) override { return bytes.size(); }
    void on_close(connection&, close_status why) noexcept override { told.lines.emplace_back(to_string(why.reason)); }
    static void pour(connection& peer) {
      while (peer.write(std::string(4096, 'x')) == write_result::accepted) {
      }
    }
    journal& told;
  };
  world.listen(where, make_handler_with<pours>(told), {.connection = {.write_stall_timeout = seconds(10)}});
  simulated_client& client = world.connect(where);
  client.stop_reading();
  world.run_until_idle();
  EXPECT_EQ(world.faults().occurred(simulated_fault::full_window), 1U);
  EXPECT_TRUE(told.lines.empty());
  world.run_for(seconds(13));
  EXPECT_EQ(told.lines, std::vector<std::string>{"write_stall"});
}

TEST(simulation_test, a_timer_that_is_due_before_what_the_network_still_carries_runs_first) {
  journal told;
  simulation world;
  world.listen(where, make_handler_with<journaling>(told), {.connection = {.idle_timeout = milliseconds(1)}});
  simulated_client& client = world.connect(where);
  world.run_until_idle();
  world.faults().script(simulated_fault::stall);
  client.send("too late");
  world.run_until_idle();
  EXPECT_EQ(told.lines, (std::vector<std::string>{"open", "idle"}));
}

TEST(simulation_test, a_reset_and_a_break_at_a_byte_reach_the_handler) {
  journal told;
  simulation world;
  world.listen(where, make_handler_with<journaling>(told));
  simulated_client& reset = world.connect(where);
  world.run_until_idle();
  reset.reset();
  EXPECT_FALSE(reset.is_open());
  world.run_until_idle();
  EXPECT_EQ(told.lines, (std::vector<std::string>{"open", "reset"}));
  told.lines.clear();
  simulated_client& broken = world.connect(where);
  world.run_until_idle();
  broken.break_after(3);
  broken.send("abcdef");
  world.run_until_idle();
  EXPECT_EQ(told.lines, (std::vector<std::string>{"open", "abc", "reset"}));
  EXPECT_EQ(broken.error(), ECONNRESET);
}

TEST(simulation_test, where_nobody_listens_a_client_is_refused) {
  simulation world;
  simulated_client& client = world.connect(where);
  world.run_until_idle();
  EXPECT_EQ(client.error(), ECONNREFUSED);
}

struct answers_later final : connection_handler {
  std::size_t on_data(connection& peer, std::string_view bytes) override {
    peer.loop().after(milliseconds(100), [&host = peer.host(), id = peer.id()] {
      if (connection* still_there = host.find(id)) still_there->write("later");
    });
    return bytes.size();
  }
};

TEST(simulation_test, timers_run_as_time_passes_and_at_their_time) {
  simulation world;
  world.listen(where, make_handler<answers_later>);
  simulated_client& client = world.connect(where);
  client.send("?");
  world.run_until_idle();
  world.run_for(milliseconds(99));
  EXPECT_EQ(client.received(), "");
  world.run_for(milliseconds(1));
  EXPECT_EQ(client.received(), "later");
}

TEST(simulation_test, a_drain_lets_handlers_finish_and_takes_no_new_clients) {
  journal told;
  simulation world({.loops = 2});
  world.listen(where, make_handler_with<journaling>(told));
  simulated_client& open = world.connect(where);
  world.run_until_idle();
  world.drain();
  simulated_client& late = world.connect(where);
  world.run_until_idle();
  EXPECT_TRUE(open.is_at_end());
  EXPECT_EQ(told.lines, (std::vector<std::string>{"open", "drained"}));
  EXPECT_EQ(late.error(), ECONNREFUSED);
}

TEST(simulation_test, what_is_still_open_hears_that_the_server_stopped) {
  journal told;
  {
    simulation world;
    world.listen(where, make_handler_with<journaling>(told));
    world.connect(where);
    world.run_until_idle();
    world.stop();
    world.run_until_idle();
    EXPECT_EQ(told.lines, (std::vector<std::string>{"open", "stopped"}));
    told.lines.clear();
    world.listen("10.0.0.1:7001", make_handler_with<journaling>(told));
    world.connect("10.0.0.1:7001");
    world.run_until_idle();
  }
  EXPECT_EQ(told.lines, (std::vector<std::string>{"open", "stopped"}));
}

struct counts_by_loop final : connection_handler {
  explicit counts_by_loop(core_local<int>& shared) : by_loop(shared) {}
  void on_open(connection&) override { ++by_loop.local(); }
  std::size_t on_data(connection&, std::string_view bytes) override { return bytes.size(); }
  void on_close(connection&, close_status) noexcept override { --by_loop.local(); }
  core_local<int>& by_loop;
};

TEST(simulation_test, core_local_is_that_of_the_loop_that_runs) {
  auto world = std::make_unique<simulation>(simulation_options{.loops = 2});
  core_local<int> by_loop(*world, 100);
  world->listen(where, make_handler_with<counts_by_loop>(by_loop));
  for (int client = 0; client < 3; ++client) world->connect(where);
  world->run_until_idle();
  EXPECT_EQ(by_loop.at(0), 102);
  EXPECT_EQ(by_loop.at(1), 101);
  world.reset();  // Also what ends with the simulation ends on its loop.
  EXPECT_EQ(by_loop.at(0) + by_loop.at(1), 200);
}

// Under faults.

constexpr fault_probabilities all_faults = {.short_read = 0.2,
                                            .short_write = 0.2,
                                            .interrupted = 0.1,
                                            .no_buffer = 0.002,
                                            .no_descriptor = 0.2,
                                            .aborted_accept = 0.05,
                                            .split = 0.3,
                                            .delay = 0.3,
                                            .stall = 0.01,
                                            .reset = 0.005,
                                            .reordered_report = 0.5,
                                            .late_report = 0.2};

struct outcome {
  std::uint64_t trace = 0;
  std::size_t whole = 0;  // Clients whose echo came back whole.
  std::size_t cut = 0;    // Clients that were told of an error.
};

outcome run_echo_clients(std::uint64_t seed, stream_mode mode, std::vector<std::uint64_t>& occurred) {
  simulation world({.seed = seed, .loops = 3, .faults = all_faults, .streams = mode});
  world.listen(where, make_handler<echo>);
  const std::string sent(3000, static_cast<char>('a' + seed % 26));
  std::vector<simulated_client*> clients;
  while (clients.size() < 8) clients.push_back(&world.connect(where));
  for (simulated_client* each : clients) {
    each->send(sent);
    each->shut_down_write();
  }
  world.run_for(seconds(600));
  outcome seen;
  for (const simulated_client* each : clients) {
    EXPECT_EQ(each->received(), sent.substr(0, each->received().size())) << "seed " << seed;
    if (each->error() != 0) {
      ++seen.cut;
    } else {
      EXPECT_TRUE(each->is_at_end()) << "seed " << seed;
      seen.whole += each->received().size() == sent.size() ? 1 : 0;
    }
  }
  EXPECT_EQ(world.connections(), 0U) << "seed " << seed;
  EXPECT_EQ(world.network().stale_calls(), 0U) << "seed " << seed;
  for (std::size_t fault = 0; fault < simulated_faults; ++fault) {
    occurred[fault] += world.faults().occurred(static_cast<simulated_fault>(fault));
  }
  seen.trace = world.trace_hash();
  return seen;
}

class simulation_mode_test : public ::testing::TestWithParam<stream_mode> {
 protected:
  void SetUp() override {
    set_log_hook([](log_level, std::string_view) {});
  }
  void TearDown() override { set_log_hook(nullptr); }
};

TEST_P(simulation_mode_test, clients_get_their_bytes_back_or_an_error_whatever_goes_wrong) {
  std::vector<std::uint64_t> occurred(simulated_faults);
  outcome all;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const outcome seen = run_echo_clients(seed, GetParam(), occurred);
    all.whole += seen.whole;
    all.cut += seen.cut;
  }
  EXPECT_GT(all.whole, 400U);
  EXPECT_GT(all.cut, 20U);
  for (const simulated_fault each :
       {simulated_fault::short_read, simulated_fault::short_write, simulated_fault::interrupted,
        simulated_fault::no_buffer, simulated_fault::no_descriptor, simulated_fault::aborted_accept,
        simulated_fault::split, simulated_fault::delay, simulated_fault::stall, simulated_fault::reset,
        simulated_fault::reordered_report, simulated_fault::late_report}) {
    EXPECT_GT(occurred[static_cast<std::size_t>(each)], 0U) << to_string(each);
  }
}

TEST_P(simulation_mode_test, the_same_seed_runs_the_same_and_another_seed_otherwise) {
  std::vector<std::uint64_t> occurred(simulated_faults);
  std::set<std::uint64_t> traces;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const outcome first = run_echo_clients(seed, GetParam(), occurred);
    EXPECT_EQ(run_echo_clients(seed, GetParam(), occurred).trace, first.trace) << "seed " << seed;
    traces.insert(first.trace);
  }
  EXPECT_EQ(traces.size(), 10U);
}

INSTANTIATE_TEST_SUITE_P(streams, simulation_mode_test, ::testing::Values(stream_mode::immediate, stream_mode::late),
                         [](const auto& each) { return each.param == stream_mode::immediate ? "immediate" : "late"; });

}  // namespace
}  // namespace pinwheel::testing
