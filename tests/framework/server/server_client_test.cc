// Handlers of a server that are clients themselves: a proxy.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "pinwheel/framework/client.h"
#include "pinwheel/framework/server.h"
#include "support/raw_client.h"
#include "test_handlers.h"

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;

// One of two connections that are joined: what comes from its peer goes to the other's, no faster than that reads.
class joined : public connection_handler {
 public:
  joined() = default;
  explicit joined(connection_id other) : other_(other) {}

  std::size_t on_data(connection& peer, std::string_view bytes) override {
    connection* to = other_of(peer);
    if (to != nullptr && to->write(bytes) == write_result::above_high) peer.pause_reading();
    return bytes.size();
  }
  void on_eof(connection& peer) override {
    if (connection* to = other_of(peer)) to->shutdown_write();
  }
  void on_drained(connection& peer) override {
    if (connection* from = other_of(peer)) from->resume_reading();
  }
  void on_drain(connection&) override {}  // It is the peers who know when they are done.
  void on_close(connection& peer, close_status) noexcept override {
    if (connection* left = other_of(peer)) left->close();
  }

 protected:
  connection* other_of(connection& peer) const { return peer.host().find(other_); }

  connection_id other_;
};

class proxied final : public joined {
 public:
  explicit proxied(const address& to) : to_(to) {}
  void on_open(connection& client) override;
  void on_close(connection& client, close_status why) noexcept override {
    client.host().cancel(connecting_);
    joined::on_close(client, why);
  }
  void join(connection& client, connection_id upstream) {
    other_ = upstream;
    client.resume_reading();
  }

 private:
  static constexpr connection_options options = {};
  const address& to_;
  connect_id connecting_;
};

class upstream final : public joined {
 public:
  explicit upstream(const connection_id& client) : joined(client) {}
  // The client is there: it would have cancelled.
  void on_open(connection& peer) override {
    connection& client = *other_of(peer);
    static_cast<proxied&>(client.handler()).join(client, peer.id());
  }
};

void proxied::on_open(connection& client) {
  client.pause_reading();
  connection_id self = client.id();
  connecting_ = client.host().connect(to_, make_handler_with<upstream>(self), options, {.while_draining = true});
  if (!connecting_) client.close();
}

class server_client_test : public ::testing::Test {
 protected:
  void SetUp() override {
    served_.listen("127.0.0.1:0", make_handler<echo>);
    ASSERT_TRUE(served_.start().ok());
    to_ = served_.addresses()[0];
    proxy_.listen("127.0.0.1:0", make_handler_with<proxied>(to_));
    ASSERT_TRUE(proxy_.start().ok());
  }

  static std::uint64_t opened_by(const server& counted) {
    std::uint64_t opened = 0;
    for (const loop_counters& each : counted.counters().loops) opened += each.opened;
    return opened;
  }

  server served_{{.loops = 1}};
  address to_;
  server proxy_{{.loops = 2}};
};

TEST_F(server_client_test, a_proxy_carries_bytes_both_ways_and_ends_with_its_client) {
  for (int at = 0; at < 8; ++at) {
    raw_client client(proxy_.addresses()[0]);
    client.expect_echo("hello");
    client.expect_echo("again");
  }
  proxy_.drain(20s);
  proxy_.wait();
  EXPECT_EQ(opened_by(proxy_), 16U);
  EXPECT_EQ(opened_by(served_), 8U);
}

TEST_F(server_client_test, a_drain_of_a_proxy_finishes_what_had_come_before) {
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int at = 0; at < 16; ++at) {
    clients.push_back(std::make_unique<raw_client>(proxy_.addresses()[0]));
    clients.back()->send("hello");
    clients.back()->shutdown_write();
    clients.back()->wait_until_delivered();
  }
  proxy_.drain(20s);
  for (const auto& each : clients) EXPECT_EQ(each->receive_rest(), "hello");
  proxy_.wait();
}

TEST_F(server_client_test, a_client_of_a_proxy_whose_upstream_is_gone_sees_the_end) {
  served_.stop();
  served_.wait();
  raw_client client(proxy_.addresses()[0]);
  client.expect_end();
}

}  // namespace
}  // namespace pinwheel::testing
