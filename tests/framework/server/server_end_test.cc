// How a server ends: drain, deadline, stop, signals.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "pinwheel/framework/server.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/event_base.h"
#include "support/no_more_descriptors.h"
#include "support/raw_client.h"
#include "test_handlers.h"

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;

using clients = std::vector<std::unique_ptr<raw_client>>;

// Connects each, and returns when the kernel has its request.
void deliver_requests(const clients& from, const address& where) {
  for (const auto& each : from) {
    each->connect(where);
    each->send("hello");
    each->wait_until_delivered();
  }
}

clients make_clients(int count) {
  clients made;
  for (int at = 0; at < count; ++at) made.push_back(std::make_unique<raw_client>(sa_family_t{AF_INET}));
  return made;
}

void expect_answers_then_end(const clients& all) {
  for (const auto& each : all) EXPECT_EQ(each->receive_rest(), "hello");
}

TEST(server_drain, answers_every_request_that_the_kernel_had_received) {
  for (int round = 0; round < 20; ++round) {
    server served({.loops = 2});
    served.listen("127.0.0.1:0", make_handler<echo>);
    ASSERT_TRUE(served.start().ok());
    const clients connected = make_clients(24);
    deliver_requests(connected, served.addresses()[0]);
    served.drain(10s);
    expect_answers_then_end(connected);
    served.wait();
  }
}

TEST(server_drain, answers_also_what_still_waits_in_the_backlog) {
  server served({.loops = 2});
  served.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(served.start().ok());
  const clients connected = make_clients(24);
  {
    const no_more_descriptors none;
    deliver_requests(connected, served.addresses()[0]);
    while (served.counters().acceptor.back_offs == 0) ::sched_yield();
    served.drain(10s);  // Still without descriptors: it goes on when there are some.
  }
  expect_answers_then_end(connected);
  served.wait();
  EXPECT_EQ(served.counters().acceptor.accepted, connected.size());
}

TEST(server_drain, takes_no_new_connections) {
  server served({.loops = 1});
  served.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(served.start().ok());
  const address where = served.addresses()[0];
  served.drain(10s);
  served.wait();
  const socket_descriptor late(::socket(where.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(late.native_handle(), where.data(), where.size()), -1);
  EXPECT_EQ(errno, ECONNREFUSED);
}

TEST(server_drain, waits_for_what_is_open) {
  finishes_when_told::story told;
  server served({.loops = 2});
  served.listen("127.0.0.1:0", make_handler_with<finishes_when_told>(told));
  ASSERT_TRUE(served.start().ok());
  raw_client client(served.addresses()[0]);
  client.expect_echo("before");
  served.drain(1h);
  EXPECT_TRUE(told.drain_began.wait());
  client.expect_echo("meanwhile");
  client.send("q");
  EXPECT_EQ(client.receive_rest(), "q");
  EXPECT_EQ(told.closed.wait(), close_reason::local);
  served.wait();
}

TEST(server_drain, cuts_what_is_still_open_when_its_deadline_is_over) {
  finishes_when_told::story told;
  server served({.loops = 2});
  served.listen("127.0.0.1:0", make_handler_with<finishes_when_told>(told));
  ASSERT_TRUE(served.start().ok());
  raw_client client(served.addresses()[0]);
  client.expect_echo("hello");
  served.drain(5ms);
  served.wait();
  EXPECT_TRUE(told.drain_began.wait());
  EXPECT_EQ(told.closed.wait(), close_reason::stopped);
  client.expect_end();
}

TEST(server_drain, cuts_a_peer_that_does_not_read) {
  class floods final : public connection_handler {
   public:
    explicit floods(happens_once<close_reason>& closed) : closed_(closed) {}
    void on_open(connection& peer) override { peer.write(std::string(32 << 20, 'x')); }
    std::size_t on_data(connection&, std::string_view bytes) override { return bytes.size(); }
    void on_close(connection&, close_status why) noexcept override { closed_.happen(why.reason); }

   private:
    happens_once<close_reason>& closed_;
  };
  happens_once<close_reason> closed;
  server served({.loops = 1});
  served.listen("127.0.0.1:0", make_handler_with<floods>(closed));
  ASSERT_TRUE(served.start().ok());
  raw_client stuck(served.addresses()[0]);
  EXPECT_EQ(stuck.receive(1), "x");
  served.drain(20ms);
  served.wait();
  EXPECT_EQ(closed.wait(), close_reason::stopped);
}

TEST(server_drain, has_the_earliest_of_its_deadlines) {
  finishes_when_told::story told;
  server served({.loops = 1});
  served.listen("127.0.0.1:0", make_handler_with<finishes_when_told>(told));
  ASSERT_TRUE(served.start().ok());
  raw_client client(served.addresses()[0]);
  client.expect_echo("hello");
  served.drain(1h);
  EXPECT_TRUE(told.drain_began.wait());
  client.expect_echo("meanwhile");
  served.drain(5ms);
  served.drain(duration::max());
  served.wait();
  EXPECT_EQ(told.closed.wait(), close_reason::stopped);
}

TEST(server_drain, may_be_asked_for_by_many_threads) {
  finishes_when_told::story told;
  server served({.loops = 1});
  served.listen("127.0.0.1:0", make_handler_with<finishes_when_told>(told));
  ASSERT_TRUE(served.start().ok());
  raw_client client(served.addresses()[0]);
  client.expect_echo("hello");
  std::vector<std::thread> others;
  for (int at = 0; at < 4; ++at) others.emplace_back([&served] { served.drain(1h); });
  for (std::thread& each : others) each.join();
  client.expect_echo("still here");
  client.send("q");
  EXPECT_EQ(client.receive_rest(), "q");
  served.wait();
}

TEST(server_drain, may_be_asked_for_by_a_handler) {
  class ends_the_server final : public connection_handler {
   public:
    explicit ends_the_server(server& ended) : ended_(ended) {}
    std::size_t on_data(connection& peer, std::string_view bytes) override {
      peer.write("bye");
      ended_.drain(10s);
      return bytes.size();
    }

   private:
    server& ended_;
  };
  server served({.loops = 2});
  served.listen("127.0.0.1:0", make_handler_with<ends_the_server>(served));
  ASSERT_TRUE(served.start().ok());
  {
    raw_client client(served.addresses()[0]);
    client.send("end");
    EXPECT_EQ(client.receive_rest(), "bye");
  }
  served.wait();
}

TEST(server_stop, aborts_what_is_open_also_in_a_drain) {
  finishes_when_told::story told;
  server served({.loops = 2});
  served.listen("127.0.0.1:0", make_handler_with<finishes_when_told>(told));
  ASSERT_TRUE(served.start().ok());
  raw_client client(served.addresses()[0]);
  client.expect_echo("hello");
  served.drain(1h);
  served.stop();
  served.wait();
  EXPECT_EQ(told.closed.wait(), close_reason::stopped);
  client.expect_end();
}

TEST(server_stop, is_what_destroying_a_server_does) {
  finishes_when_told::story told;
  std::unique_ptr<raw_client> client;
  {
    server served({.loops = 2});
    served.listen("127.0.0.1:0", make_handler_with<finishes_when_told>(told));
    ASSERT_TRUE(served.start().ok());
    client = std::make_unique<raw_client>(served.addresses()[0]);
    client->expect_echo("hello");
  }
  EXPECT_EQ(told.closed.wait(), close_reason::stopped);
  client->expect_end();
}

TEST(server_stop, ends_every_wait) {
  server served({.loops = 1});
  served.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(served.start().ok());
  std::vector<std::thread> waiting;
  for (int at = 0; at < 3; ++at) waiting.emplace_back([&served] { served.wait(); });
  served.stop();
  for (std::thread& each : waiting) each.join();
  served.wait();
  EXPECT_EQ(served.counters().loops.at(0).open(), 0U);
}

TEST(server_stop, happens_when_a_loop_leaves_untold) {
  class leaves_its_loop final : public connection_handler {
    std::size_t on_data(connection& peer, std::string_view bytes) override {
      peer.loop().loop_exit();
      return bytes.size();
    }
  };
  finishes_when_told::story told;
  server served({.loops = 2});
  served.listen("127.0.0.1:0", make_handler_with<finishes_when_told>(told));
  served.listen("127.0.0.1:0", make_handler<leaves_its_loop>);
  ASSERT_TRUE(served.start().ok());
  raw_client other(served.addresses()[0]);
  other.expect_echo("hello");
  raw_client client(served.addresses()[1]);
  client.send("!");
  served.wait();
  EXPECT_EQ(told.closed.wait(), close_reason::stopped);
  for (const loop_counters& each : served.counters().loops) EXPECT_EQ(each.open(), 0U);
  client.expect_end();
}

// A server that runs on a thread of its own, as it would in main().
class server_run : public ::testing::Test {
 protected:
  ~server_run() override {
    if (runs_.joinable()) runs_.join();
  }

  // Returns when it serves.
  address run_until_ready() {
    runs_ = std::thread([this] {
      server served({.loops = 2, .drain_deadline = 1h, .on_ready = [this](const server& ready) {
                       ready_.happen(ready.addresses()[0]);
                     }});
      served.listen("127.0.0.1:0", make_handler_with<finishes_when_told>(told_));
      exit_code_.happen(served.run());
    });
    return ready_.wait();
  }

  finishes_when_told::story told_;
  happens_once<address> ready_;
  happens_once<int> exit_code_;
  std::thread runs_;
};

TEST_F(server_run, drains_on_sigterm_and_answers_0) {
  raw_client client(run_until_ready());
  client.expect_echo("hello");
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_TRUE(told_.drain_began.wait());
  client.expect_echo("meanwhile");
  client.send("q");
  EXPECT_EQ(client.receive_rest(), "q");
  EXPECT_EQ(exit_code_.wait(), 0);
}

TEST_F(server_run, stops_at_once_on_a_second_signal) {
  raw_client client(run_until_ready());
  client.expect_echo("hello");
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_TRUE(told_.drain_began.wait());
  ASSERT_EQ(::kill(::getpid(), SIGINT), 0);
  EXPECT_EQ(told_.closed.wait(), close_reason::stopped);
  EXPECT_EQ(exit_code_.wait(), 0);
}

std::vector<std::string> lines;

void keep_line(log_level level, std::string_view line) {
  if (level == log_level::info) lines.emplace_back(line);
}

TEST_F(server_run, says_where_it_listens_on_which_cpus_and_over_which_backend) {
  lines.clear();
  set_log_hook(&keep_line);
  const address where = run_until_ready();
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  EXPECT_EQ(exit_code_.wait(), 0);
  runs_.join();
  set_log_hook(nullptr);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines[0].find("listening on " + to_string(where) + "; 2 loops on CPUs "), 0U) << lines[0];
  const std::string backend(event_base::create({}).value()->backend_name());
  EXPECT_NE(lines[0].find("; backend " + backend), std::string::npos) << lines[0];
}

TEST(server_run_failed, says_so_in_one_line_and_answers_1) {
  server other({.loops = 1});
  other.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(other.start().ok());
  const std::string taken = to_string(other.addresses()[0]);
  server refused({.loops = 1});
  refused.listen(taken, make_handler<echo>);
  ::testing::internal::CaptureStderr();
  const int exit_code = refused.run();
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(exit_code, 1);
  EXPECT_EQ(said.find("pinwheel: cannot start: "), 0U) << said;
  EXPECT_NE(said.find(taken), std::string::npos) << said;
  EXPECT_EQ(said.find('\n'), said.size() - 1) << said;
}

}  // namespace
}  // namespace pinwheel::testing
