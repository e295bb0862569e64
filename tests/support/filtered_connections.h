// Connections with a filter to test, and peers that speak it.
#pragma once

#include <deque>
#include <memory>
#include <utility>

#include "pinwheel/net/filter_factory.h"
#include "pinwheel/net/filtered_bytes.h"
#include "support/filtered_peer.h"
#include "support/net_connections.h"

namespace pinwheel::testing {

class filtered_connection_test : public connection_test {
 protected:
  static constexpr checksum_options no_handshake = {.handshakes = false};

  void TearDown() override {
    filtered_peers_.clear();
    connection_test::TearDown();
  }

  // A new connection through a checksum_filter, whose handler follows `lines`, and a peer that has the same.
  filtered_peer& open_filtered(script& lines, const checksum_options& filter = {}, connection_options options = {},
                               const listener_options& listener = {}) {
    filters_.push_back(filter);
    options.filter = make_filter_with<checksum_filter>(filters_.back());
    net_peer& socket = open(lines, options, listener);
    checksum_options other_side = filter;
    other_side.is_client = !filter.is_client;
    return filtered_peers_.emplace_back(socket, other_side);
  }

  // Turns, and steps of the peer, until `done()`.
  template <class Done>
  void run_with(filtered_peer& peer, Done done) {
    run_until([&] {
      peer.step();
      return done();
    });
  }

  void steps(filtered_peer& peer, int count) {
    while (count-- > 0) {
      peer.step();
      turn();
    }
  }

  void run_until_opened(filtered_peer& peer, std::string_view expected) {
    run_with(peer, [&] { return peer.received().size() >= expected.size(); });
    EXPECT_EQ(peer.received(), expected);
  }

  using connection_test::run_until_closed;
  void run_until_closed(const script& lines, filtered_peer& peer) {
    run_with(peer, [&] { return !lines.closes.empty(); });
  }

  // The peer sees the connection's end, of either kind.
  void run_until_over(filtered_peer& peer) {
    run_with(peer, [&] { return peer.socket().at_end() || peer.socket().error() != 0; });
  }

  static std::string all_of(const script& lines) {
    std::string all;
    for (const std::string& each : lines.offered) all += each;
    return all;
  }

 private:
  std::deque<checksum_options> filters_;
  std::deque<filtered_peer> filtered_peers_;
};

// Bytes in which any that is lost, doubled or moved shows.
inline std::string counted_bytes(std::size_t count) {
  std::string all;
  for (int number = 0; all.size() < count; ++number) all += std::to_string(number) + ",";
  all.resize(count);
  return all;
}

}  // namespace pinwheel::testing
