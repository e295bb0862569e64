// Listening sockets, and what accepts from them.
#include "pinwheel/net/acceptor.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "pinwheel/net/listener.h"
#include "pinwheel/reactor/base/log.h"
#include "pinwheel/reactor/event_base.h"
#include "support/net_peer.h"
#include "support/no_more_descriptors.h"
#include "support/scratch_directory.h"

namespace pinwheel::testing {
namespace {

address loopback() { return parse_address("127.0.0.1:0").value(); }

int option_of(const socket_descriptor& socket, int level, int name) {
  int value = -1;
  socklen_t length = sizeof(value);
  EXPECT_EQ(::getsockopt(socket.native_handle(), level, name, &value, &length), 0);
  return value;
}

TEST(listener_test, a_listener_has_the_options_it_was_given_and_its_connections_inherit_them) {
  const socket_descriptor listening = bind_and_listen(loopback(), {.keepalive = true}).value();
  const net_peer peer = net_peer::connect(local_address_of(listening.native_handle()));
  const socket_descriptor accepted(::accept(listening.native_handle(), nullptr, nullptr));
  EXPECT_EQ(option_of(listening, SOL_SOCKET, SO_REUSEADDR), 1);
  EXPECT_EQ(option_of(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option_of(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(::fcntl(listening.native_handle(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EXPECT_EQ(::fcntl(listening.native_handle(), F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

TEST(listener_test, a_port_that_is_taken_is_refused_with_the_address_and_what_to_do) {
  const socket_descriptor first = bind_and_listen(loopback(), {}).value();
  const address taken = local_address_of(first.native_handle());
  const auto second = bind_and_listen(taken, {});
  ASSERT_FALSE(second.ok());
  const std::string message(second.status().message());
  EXPECT_NE(message.find(to_string(taken)), std::string::npos) << message;
  EXPECT_NE(message.find("in use"), std::string::npos) << message;
}

TEST(listener_test, two_listeners_share_a_port_when_both_ask_for_it) {
  const socket_descriptor first = bind_and_listen(loopback(), {.reuse_port = true}).value();
  EXPECT_TRUE(bind_and_listen(local_address_of(first.native_handle()), {.reuse_port = true}).ok());
}

TEST(listener_test, the_file_of_a_listener_that_died_is_removed) {
  const scratch_directory scratch;
  {
    const socket_descriptor died = bind_and_listen(scratch.socket(), {}).value();
  }
  EXPECT_TRUE(bind_and_listen(scratch.socket(), {}).ok());
}

TEST(listener_test, the_file_of_a_listener_that_lives_is_left_alone) {
  const scratch_directory scratch;
  const socket_descriptor lives = bind_and_listen(scratch.socket(), {}).value();
  EXPECT_FALSE(bind_and_listen(scratch.socket(), {}).ok());
  const net_peer peer = net_peer::connect(scratch.socket());
  const socket_descriptor accepted(::accept(lives.native_handle(), nullptr, nullptr));
  EXPECT_TRUE(accepted.is_open());
}

TEST(listener_test, a_file_that_is_no_socket_is_never_removed) {
  const scratch_directory scratch;
  const std::string path(scratch.socket().path());
  const socket_descriptor file(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  EXPECT_FALSE(bind_and_listen(scratch.socket(), {}).ok());
  EXPECT_TRUE(std::filesystem::exists(path));
}

class acceptor_test : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log_hook([](log_level, std::string_view line) { logged_.emplace_back(line); });
  }
  void TearDown() override {
    set_log_hook(nullptr);
    logged_.clear();
  }

  void listen(const acceptor_options& options = {}, const address& where = loopback()) {
    acceptor_ = std::make_unique<acceptor>(
        *base_, bind_and_listen(where, {}).value(),
        [this](socket_descriptor socket, const address& peer) {
          accepted_.push_back(std::move(socket));
          peers_.push_back(peer);
        },
        options);
    ASSERT_TRUE(acceptor_->start().ok());
  }

  net_peer connect() { return net_peer::connect(acceptor_->listens_on()); }
  void turn() { base_->loop(loop_flags::nonblock); }

  static inline std::vector<std::string> logged_;
  virtual_clock clock_;
  std::unique_ptr<event_base> base_ = event_base::create({.clock = &clock_}).value();
  std::unique_ptr<acceptor> acceptor_;
  std::vector<socket_descriptor> accepted_;
  std::vector<address> peers_;
};

TEST_F(acceptor_test, an_accepted_socket_comes_ready_to_use_with_its_peers_address) {
  listen();
  const net_peer peer = connect();
  turn();
  ASSERT_EQ(accepted_.size(), 1U);
  EXPECT_EQ(peers_.front(), local_address_of(peer.native_handle()));
  EXPECT_EQ(::fcntl(accepted_.front().native_handle(), F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  EXPECT_EQ(::fcntl(accepted_.front().native_handle(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_F(acceptor_test, a_turn_accepts_at_most_one_batch) {
  listen({.batch_max = 3});
  std::vector<net_peer> peers;
  while (peers.size() < 7) peers.push_back(connect());
  turn();
  EXPECT_EQ(accepted_.size(), 3U);
  turn();
  turn();
  EXPECT_EQ(accepted_.size(), 7U);
}

TEST_F(acceptor_test, a_unix_listener_accepts_and_takes_its_file_with_it) {
  const scratch_directory scratch;
  listen({}, scratch.socket());
  const net_peer peer = connect();
  turn();
  EXPECT_EQ(accepted_.size(), 1U);
  acceptor_->close();
  EXPECT_FALSE(std::filesystem::exists(std::string(scratch.socket().path())));
}

TEST_F(acceptor_test, drain_accepts_what_waits_and_then_refuses) {
  listen({.batch_max = 2});
  std::vector<net_peer> peers;
  while (peers.size() < 9) peers.push_back(connect());
  const address where = acceptor_->listens_on();
  bool drained = false;
  acceptor_->drain([&] { drained = true; });
  EXPECT_EQ(accepted_.size(), 9U);
  EXPECT_TRUE(drained);
  const socket_descriptor late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_NE(::connect(late.native_handle(), where.data(), where.size()), 0);
  EXPECT_EQ(errno, ECONNREFUSED);
}

TEST_F(acceptor_test, out_of_descriptors_it_waits_without_spinning_and_then_recovers) {
  listen({.back_off = std::chrono::milliseconds(100)});
  const net_peer peer = connect();
  {
    const no_more_descriptors limited;
    for (int at = 0; at < 50; ++at) turn();
    EXPECT_EQ(acceptor_->counters().back_offs.value(), 1U);
    clock_.advance(std::chrono::milliseconds(150));
    for (int at = 0; at < 50; ++at) turn();
    EXPECT_EQ(acceptor_->counters().back_offs.value(), 2U);
  }
  EXPECT_EQ(logged_.size(), 1U);  // Once, not once a wait.
  EXPECT_TRUE(accepted_.empty());
  clock_.advance(std::chrono::milliseconds(150));
  for (int at = 0; at < 3; ++at) turn();
  EXPECT_EQ(accepted_.size(), 1U);
  EXPECT_EQ(acceptor_->counters().accepted.value(), 1U);
}

TEST_F(acceptor_test, a_drain_without_descriptors_goes_on_when_there_are_some) {
  listen({.back_off = std::chrono::milliseconds(100)});
  const net_peer first = connect();
  const net_peer second = connect();
  bool drained = false;
  {
    const no_more_descriptors limited;
    acceptor_->drain([&] { drained = true; });
    EXPECT_FALSE(drained);
  }
  clock_.advance(std::chrono::milliseconds(150));
  for (int at = 0; at < 3; ++at) turn();
  EXPECT_EQ(accepted_.size(), 2U);
  EXPECT_TRUE(drained);
}

TEST_F(acceptor_test, a_callback_may_close_the_acceptor) {
  int accepted = 0;
  auto listening = bind_and_listen(loopback(), {}).value();
  const address where = local_address_of(listening.native_handle());
  acceptor_ = std::make_unique<acceptor>(*base_, std::move(listening), [&](socket_descriptor, const address&) {
    ++accepted;
    acceptor_->close();
  });
  ASSERT_TRUE(acceptor_->start().ok());
  const net_peer first = net_peer::connect(where);
  const net_peer second = net_peer::connect(where);
  turn();
  turn();
  EXPECT_EQ(accepted, 1);
}

}  // namespace
}  // namespace pinwheel::testing
