// Connects to test: connections that are opened as a client, and addresses that take them, refuse them or never answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pinwheel/net/acceptor.h"
#include "pinwheel/net/connect_options.h"
#include "pinwheel/net/listener.h"
#include "support/net_connections.h"

namespace pinwheel::testing {

class connector_test : public connection_test {
 protected:
  void TearDown() override {
    acceptors_.clear();
    full_.clear();
    bound_.close();
    connection_test::TearDown();
  }

  static address loopback() { return parse_address("127.0.0.1:0").value(); }

  [[nodiscard]] socket_descriptor listen(const address& where, const listener_options& options = {}) const {
    return network_ != nullptr ? network_->listen(where, options).value() : bind_and_listen(where, options).value();
  }

  // Takes every connection, with handlers that follow `lines`.
  address serve(script& lines, const address& where = loopback()) {
    auto accepted = [this, &lines](socket_descriptor socket, const address&) {
      host_->open(std::move(socket), make_handler_with<scripted>(lines), default_options_);
    };
    acceptors_.push_back(std::make_unique<acceptor>(*base_, listen(where), accepted));
    EXPECT_TRUE(acceptors_.back()->start().ok());
    return acceptors_.back()->listens_on();
  }

  // Nobody listens there, nor will anybody else.
  address refusing() {
    address any = loopback();
    if (network_ != nullptr) {
      any.set_port(1);
      return any;
    }
    bound_ = socket_descriptor(::socket(any.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(bound_.native_handle(), any.data(), any.size()), 0);
    return local_address_of(bound_.native_handle());
  }

  // Of the kernel: a listener whose backlog has room for one connection, and has it. Nothing more is answered there.
  struct full_backlog {
    explicit full_backlog(const address& where)
        : listening(bind_and_listen(where, {.backlog = 0}).value()),
          to(local_address_of(listening.native_handle())),
          first(net_peer::connect(to)) {}

    void make_room() const {
      const socket_descriptor taken(::accept(listening.native_handle(), nullptr, nullptr));
      EXPECT_TRUE(taken.is_open());
    }

    socket_descriptor listening;
    address to;
    net_peer first;
  };

  full_backlog& fill_backlog(const address& where) {
    full_.push_back(std::make_unique<full_backlog>(where));
    return *full_.back();
  }

  // Nobody answers there.
  address silent() {
    if (network_ == nullptr) return fill_backlog(loopback()).to;
    address lost = loopback();
    lost.set_port(2);
    network_->lose_connects_to(lost);
    return lost;
  }

  connect_id connect(script& lines, const std::vector<address>& to, const connect_options& how = {}) {
    return host_->connect(to, make_handler_with<scripted>(lines), default_options_, how);
  }

  // All that the handlers that follow `lines` were given.
  static std::string received_by(const script& lines) {
    std::string all;
    for (const std::string& each : lines.offered) all += each;
    return all;
  }

  void run_until_received(const script& lines, std::string_view expected) {
    run_until([&] { return received_by(lines).size() >= expected.size(); });
    EXPECT_EQ(received_by(lines), expected);
  }

  void run_until_open(const script& lines) {
    run_until([&] { return lines.opens > 0 || !lines.closes.empty(); });
    EXPECT_EQ(lines.opens, 1);
  }

  // Never open, and told so exactly once.
  void expect_ended_unopened(const script& lines, close_status why) {
    turns(5);
    EXPECT_EQ(lines.opens, 0);
    EXPECT_EQ(lines.closes, std::vector{why});
    EXPECT_EQ(lines.destroyed, 1);
    EXPECT_EQ(host_->connects().in_flight(), 0U);
  }

 private:
  socket_descriptor bound_;
  std::vector<std::unique_ptr<acceptor>> acceptors_;
  std::vector<std::unique_ptr<full_backlog>> full_;
};

// For what only the kernel's sockets do.
#define PINWHEEL_OVER_THE_KERNEL(fixture)                                                                \
  INSTANTIATE_TEST_SUITE_P(streams, fixture,                                                             \
                           ::testing::Values(::pinwheel::testing::immediate, ::pinwheel::testing::late), \
                           ::pinwheel::testing::case_name)

}  // namespace pinwheel::testing
