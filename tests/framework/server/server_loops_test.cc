// Where a server's connections and threads are, and how they are reached.
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "pinwheel/framework/allowed_cpus.h"
#include "pinwheel/framework/core_local.h"
#include "pinwheel/framework/server.h"
#include "support/raw_client.h"
#include "test_handlers.h"

namespace pinwheel::testing {
namespace {

using clients = std::vector<std::unique_ptr<raw_client>>;

clients connect(const server& to, int count) {
  clients connected;
  for (int at = 0; at < count; ++at) connected.push_back(std::make_unique<raw_client>(to.addresses()[0]));
  return connected;
}

// Returns when each has been given to its loop and served there.
void expect_all_served(const clients& connected) {
  for (const auto& each : connected) each->expect_echo("hello");
}

// The CPUs that the kernel lets each thread of this process use, by the thread's name.
std::map<std::string, std::vector<unsigned>> cpus_by_thread() {
  std::map<std::string, std::vector<unsigned>> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    cpu_set_t set;
    EXPECT_EQ(::sched_getaffinity(std::stoi(entry.path().filename()), sizeof set, &set), 0);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) found[name].push_back(cpu);
    }
  }
  return found;
}

TEST(server_loops, get_connections_in_turn_so_that_they_are_spread_evenly) {
  server served({.loops = 3});
  served.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(served.start().ok());
  expect_all_served(connect(served, 30));
  const server_counters counted = served.counters();
  EXPECT_EQ(counted.acceptor.accepted, 30U);
  EXPECT_EQ(counted.acceptor.dropped, 0U);
  ASSERT_EQ(counted.loops.size(), 3U);
  for (const loop_counters& each : counted.loops) EXPECT_EQ(each.opened, 10U);
}

TEST(server_loops, run_on_threads_of_their_name_each_on_its_cpu) {
  const std::vector<unsigned> allowed = allowed_cpus().value();
  server served({.loops = one_per_cpu});
  served.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(served.start().ok());
  expect_all_served(connect(served, static_cast<int>(served.loops())));
  ASSERT_EQ(served.loops(), allowed.size());
  auto cpus = cpus_by_thread();
  for (std::size_t at = 0; at < served.loops(); ++at) {
    EXPECT_EQ(served.loop_cpus()[at], allowed[at]);
    EXPECT_EQ(cpus["pinwheel/" + std::to_string(at)], std::vector<unsigned>{allowed[at]});
  }
  EXPECT_EQ(cpus["pinwheel/accept"], allowed);
}

TEST(server_loops, that_are_not_pinned_may_use_every_allowed_cpu) {
  server served({.loops = 1, .pin = false});
  served.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(served.start().ok());
  expect_all_served(connect(served, 1));
  EXPECT_EQ(cpus_by_thread()["pinwheel/0"], allowed_cpus().value());
}

TEST(server_for_each, reaches_every_connection) {
  server served({.loops = 2});
  served.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(served.start().ok());
  const clients connected = connect(served, 9);
  expect_all_served(connected);
  EXPECT_EQ(served.for_each([](connection& each) { each.write("news"); }), post_result::taken);
  for (const auto& each : connected) EXPECT_EQ(each->receive(4), "news");
}

TEST(server_for_each, whose_work_throws_harms_neither_loop_nor_connection) {
  server served({.loops = 1});
  served.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(served.start().ok());
  const clients connected = connect(served, 1);
  expect_all_served(connected);
  EXPECT_EQ(served.for_each([](connection&) { throw std::runtime_error("thrown by the test"); }), post_result::taken);
  EXPECT_EQ(served.for_each([](connection& each) { each.write("after"); }), post_result::taken);
  EXPECT_EQ(connected[0]->receive(5), "after");
  EXPECT_EQ(served.counters().loops[0].task_exceptions, 1U);
}

struct tally {
  std::size_t bytes = 0;
};

class counts_locally final : public connection_handler {
 public:
  explicit counts_locally(core_local<tally>& tallies) : tallies_(tallies) {}

  std::size_t on_data(connection& peer, std::string_view bytes) override {
    tallies_.local().bytes += bytes.size();
    peer.write(bytes);
    return bytes.size();
  }

 private:
  core_local<tally>& tallies_;
};

TEST(core_local, is_one_value_for_each_loop) {
  server served({.loops = 3});
  core_local<tally> tallies(served);
  served.listen("127.0.0.1:0", make_handler_with<counts_locally>(tallies));
  ASSERT_TRUE(served.start().ok());
  expect_all_served(connect(served, 6));
  served.drain(std::chrono::seconds(10));
  served.wait();
  ASSERT_EQ(tallies.size(), 3U);
  for (std::size_t at = 0; at < tallies.size(); ++at)
    EXPECT_EQ(tallies.at(at).bytes, 2 * std::string_view("hello").size());
}

TEST(core_local, is_made_from_its_arguments_on_cache_lines_of_its_own) {
  const server served({.loops = 2});
  core_local<std::string> names(served, 3, 'x');
  EXPECT_EQ(names.at(0), "xxx");
  EXPECT_EQ(names.at(1), "xxx");
  EXPECT_GE(reinterpret_cast<std::uintptr_t>(&names.at(1)) - reinterpret_cast<std::uintptr_t>(&names.at(0)), 64U);
}

TEST(server_counters, count_connections_bytes_and_what_handlers_threw) {
  class throws final : public connection_handler {
    std::size_t on_data(connection&, std::string_view) override { throw std::runtime_error("thrown by the test"); }
  };
  server served({.loops = 1});
  served.listen("127.0.0.1:0", make_handler<echo>);
  served.listen("127.0.0.1:0", make_handler<throws>);
  ASSERT_TRUE(served.start().ok());
  expect_all_served(connect(served, 2));
  raw_client ended(served.addresses()[1]);
  ended.send("!");
  ended.expect_end();
  served.drain(std::chrono::seconds(10));
  served.wait();
  const loop_counters counted = served.counters().loops.at(0);
  EXPECT_EQ(counted.opened, 3U);
  EXPECT_EQ(counted.open(), 0U);
  EXPECT_EQ(counted.closed_by_reason[static_cast<std::size_t>(close_reason::handler_threw)], 1U);
  EXPECT_EQ(counted.handler_exceptions, 1U);
  EXPECT_EQ(counted.bytes_in, 2 * std::string_view("hello").size() + 1);
  EXPECT_EQ(counted.bytes_out, 2 * std::string_view("hello").size());
}

}  // namespace
}  // namespace pinwheel::testing
