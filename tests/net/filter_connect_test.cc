// A filter on both ends: a connection that was accepted and one that was opened as a client, on one loop.
#include <optional>
#include <string>

#include "pinwheel/net/filter_factory.h"
#include "support/checksum_filter.h"
#include "support/net_connects.h"

namespace pinwheel::testing {
namespace {

class filter_connect_test : public connector_test {
 protected:
  // The acceptor that serves `lines` through a filter.
  address serve_filtered(script& lines) {
    auto accepted = [this, &lines](socket_descriptor socket, const address&) {
      host_->open(std::move(socket), make_handler_with<scripted>(lines), server_options_);
    };
    acceptor_.emplace(*base_, listen(loopback()), accepted);
    EXPECT_TRUE(acceptor_->start().ok());
    return acceptor_->listens_on();
  }

  void connect_filtered(script& lines, const address& to) {
    host_->connect(to, make_handler_with<scripted>(lines), client_options_);
  }

  void TearDown() override {
    acceptor_.reset();
    connector_test::TearDown();
  }

 private:
  checksum_options server_ = {.rekeys_after = 2};
  checksum_options client_ = {.is_client = true, .rekeys_after = 3};
  const connection_options server_options_ = {.filter = make_filter_with<checksum_filter>(server_)};
  const connection_options client_options_ = {.filter = make_filter_with<checksum_filter>(client_)};
  std::optional<acceptor> acceptor_;
};

TEST_P(filter_connect_test, what_a_client_sends_comes_back_to_it_and_both_hear_the_others_end) {
  script& served = new_script();
  echoes(served);
  script& client = new_script();
  const std::string sent(50'000, 's');
  client.open = [&](connection& peer) {
    peer.write(sent);
    peer.shutdown_write();
  };
  connect_filtered(client, serve_filtered(served));
  run_until([&] { return !client.closes.empty() && !served.closes.empty(); });
  EXPECT_EQ(received_by(client), sent);
  EXPECT_EQ(reason_of(client), close_reason::peer_eof);
  EXPECT_EQ(reason_of(served), close_reason::peer_eof);
}

TEST_P(filter_connect_test, a_server_without_the_filter_never_opens_the_client) {
  script& served = new_script();
  served.open = [](connection& peer) { peer.write(std::string(checksum_filter::payload_bytes_max * 2, 'x')); };
  script& client = new_script();
  connect_filtered(client, serve(served));
  run_until_closed(client);
  EXPECT_EQ(client.opens, 0);
  EXPECT_EQ(reason_of(client), close_reason::filter_error);
}

PINWHEEL_IN_BOTH_STREAM_MODES(filter_connect_test);

}  // namespace
}  // namespace pinwheel::testing
