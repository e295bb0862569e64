// A connection whose filter begins with a handshake: it opens when that is over, or never.
#include "support/filtered_connections.h"

namespace pinwheel::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class filter_handshake_test : public filtered_connection_test {};

TEST_P(filter_handshake_test, the_handler_hears_of_nothing_before_the_handshake_is_over) {
  script& lines = new_script();
  filtered_peer& peer = open_filtered(lines);
  steps(peer, 1);
  turns(5);
  EXPECT_EQ(lines.opens, 0);
  run_with(peer, [&] { return lines.opens == 1; });
  EXPECT_TRUE(peer.is_ready());
}

TEST_P(filter_handshake_test, what_comes_together_with_the_handshakes_end_is_offered_after_on_open) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    EXPECT_TRUE(lines.offered.empty());
    peer.write("welcome");
  };
  filtered_peer& peer = open_filtered(lines);
  peer.write("early");
  peer.finish();
  run_until_closed(lines, peer);
  EXPECT_EQ(all_of(lines), "early");
  EXPECT_EQ(lines.eofs, 1);
  run_until_opened(peer, "welcome");
}

TEST_P(filter_handshake_test, a_handshake_that_is_never_finished_ends_with_its_timeout) {
  script& lines = new_script();
  filtered_peer& peer = open_filtered(lines, {}, {.handshake_timeout = seconds(5)});
  steps(peer, 1);
  clock_.advance(milliseconds(4900));
  turns(5);
  EXPECT_TRUE(lines.closes.empty());
  clock_.advance(milliseconds(200));
  turns(5);
  EXPECT_EQ(reason_of(lines), close_reason::handshake_timeout);
  EXPECT_EQ(lines.opens + lines.eofs, 0);
  EXPECT_TRUE(lines.timeouts.empty());
}

TEST_P(filter_handshake_test, a_handshake_byte_by_byte_does_not_put_its_timeout_off) {
  script& lines = new_script();
  filtered_peer& peer = open_filtered(lines, {}, {.handshake_timeout = seconds(5)});
  std::string held;
  peer.spoil([&](std::string& sealed) {
    held += sealed;
    sealed = held.substr(0, 1);
    held.erase(0, 1);
  });
  for (int second = 0; second < 6; ++second) {
    clock_.advance(seconds(1));
    steps(peer, 1);
    turns(3);
  }
  EXPECT_EQ(reason_of(lines), close_reason::handshake_timeout);
}

TEST_P(filter_handshake_test, after_the_handshake_its_timeout_is_over) {
  script& lines = new_script();
  filtered_peer& peer = open_filtered(lines, {}, {.idle_timeout = seconds(60), .handshake_timeout = seconds(5)});
  run_with(peer, [&] { return lines.opens == 1; });
  clock_.advance(seconds(30));
  turns(3);
  EXPECT_TRUE(lines.closes.empty());
  clock_.advance(seconds(31));
  turns(3);
  EXPECT_EQ(reason_of(lines), close_reason::idle);
}

TEST_P(filter_handshake_test, a_peer_that_leaves_during_the_handshake_is_told_as_truncated) {
  script& lines = new_script();
  filtered_peer& peer = open_filtered(lines);
  steps(peer, 1);
  peer.socket().shutdown_write();
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::filter_truncated);
  EXPECT_EQ(lines.opens + lines.eofs, 0);
}

TEST_P(filter_handshake_test, a_reset_during_the_handshake_is_told_as_one) {
  script& lines = new_script();
  filtered_peer& peer = open_filtered(lines);
  steps(peer, 1);
  peer.socket().reset();
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::reset);
}

TEST_P(filter_handshake_test, a_handshake_under_way_is_finished_and_served_in_a_drain) {
  script& lines = new_script();
  echoes(lines);
  filtered_peer& peer = open_filtered(lines);
  steps(peer, 1);
  host_->drain();
  turns(3);
  EXPECT_EQ(lines.drains, 0);
  peer.write("delivered with the handshake's end");
  run_until_over(peer);
  EXPECT_EQ(peer.received(), "delivered with the handshake's end");
  EXPECT_EQ(lines.drains, 1);
  EXPECT_EQ(reason_of(lines), close_reason::drained);
}

TEST_P(filter_handshake_test, a_peer_that_says_goodbye_during_the_handshake_ends_the_connection) {
  script& lines = new_script();
  filtered_peer& peer = open_filtered(lines);
  peer.finish_now();
  run_until_closed(lines, peer);
  EXPECT_EQ(reason_of(lines), close_reason::peer_eof);
  EXPECT_EQ(lines.opens + lines.eofs, 0);
}

PINWHEEL_IN_BOTH_STREAM_MODES(filter_handshake_test);

}  // namespace
}  // namespace pinwheel::testing
