// Connections in virtual time: it passes only where a test says so.
#pragma once

#include <string_view>

#include "support/net_connections.h"

namespace pinwheel::testing {

class timed_connection_test : public connection_test {
 protected:
  // Enough turns for a timeout that asks the kernel first, and for sends that complete late.
  void advance(duration by) {
    clock_.advance(by);
    turns(6);
  }

  // That the connection ends when so much time has passed, and not a millisecond before.
  void expect_end_after(duration time, const script& lines) {
    advance(time - std::chrono::milliseconds(1));
    EXPECT_TRUE(lines.closes.empty());
    advance(std::chrono::milliseconds(1));
    ASSERT_EQ(lines.closes.size(), 1U);
  }

  void send_and_wait(net_peer& peer, std::string_view bytes, const script& lines) {
    const std::size_t before = lines.offered.size();
    EXPECT_EQ(peer.send(bytes), bytes.size());
    run_until([&] { return lines.offered.size() > before; });
    turn();
  }
};

}  // namespace pinwheel::testing
