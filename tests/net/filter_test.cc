// A connection through a filter: what a handler hears and writes is as without one.
#include <stdexcept>

#include "support/filtered_connections.h"

namespace pinwheel::testing {
namespace {

class filter_test : public filtered_connection_test {};

TEST_P(filter_test, what_a_peer_sends_comes_back_from_an_echo) {
  script& lines = new_script();
  echoes(lines);
  filtered_peer& peer = open_filtered(lines);
  peer.write("hello");
  run_until_opened(peer, "hello");
  EXPECT_EQ(lines.offered, std::vector<std::string>{"hello"});
  EXPECT_GT(peer.socket().received().size(), peer.received().size());
}

TEST_P(filter_test, a_mebibyte_comes_back_whole_and_in_order) {
  script& lines = new_script();
  echoes(lines);
  filtered_peer& peer = open_filtered(lines, {}, {}, small_kernel_buffers);
  const std::string sent = counted_bytes(1 << 20);
  peer.write(sent);
  run_until_opened(peer, sent);
}

TEST_P(filter_test, all_writes_of_one_callback_are_sealed_together_and_leave_in_one_send) {
  script& lines = new_script();
  lines.data = [](connection& peer, std::string_view bytes) {
    for (const char each : bytes) peer.write({&each, 1});
    return bytes.size();
  };
  filtered_peer& peer = open_filtered(lines, no_handshake);
  peer.write("abcdefgh");
  run_until_opened(peer, "abcdefgh");
  EXPECT_EQ(peer.socket().received().size(), checksum_filter::head_bytes + 8);
  if (is_immediate()) {
    EXPECT_EQ(sends(), 1U);
  }
}

TEST_P(filter_test, an_idle_connection_owns_no_buffer) {
  script& lines = new_script();
  echoes(lines);
  filtered_peer& peer = open_filtered(lines);
  peer.write("hello");
  run_until_opened(peer, "hello");
  turns(3);
  EXPECT_EQ(host_->blocks().blocks_in_use(), 0U);
}

TEST_P(filter_test, a_new_handler_hears_what_was_handed_on_and_what_comes_then) {
  script& first = new_script();
  script& second = new_script();
  first.data = [&](connection& peer, std::string_view bytes) {
    peer.become(std::make_unique<scripted>(second), bytes.substr(3, 3));
    return std::size_t{6};
  };
  echoes(second);
  filtered_peer& peer = open_filtered(first);
  peer.write("onetwothree");
  run_until_opened(peer, "twothree");
  peer.write("four");
  run_until_opened(peer, "twothreefour");
  peer.finish();
  run_until_over(peer);
  EXPECT_EQ(second.eofs, 1);
  EXPECT_TRUE(first.closes.empty());
}

TEST_P(filter_test, a_drain_shows_first_what_the_kernel_already_has) {
  script& lines = new_script();
  echoes(lines);
  filtered_peer& peer = open_filtered(lines, no_handshake);
  turns(3);
  peer.write("delivered before the drain");
  peer.step();
  ASSERT_TRUE(peer.socket().is_delivered());
  host_->drain();
  run_until_over(peer);
  EXPECT_EQ(peer.received(), "delivered before the drain");
  EXPECT_EQ(reason_of(lines), close_reason::drained);
}

TEST_P(filter_test, a_paused_connection_is_told_to_drain_after_it_has_seen_everything) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.pause_reading(); };
  filtered_peer& peer = open_filtered(lines, no_handshake);
  const std::string sent = counted_bytes(100'000);
  peer.write(sent);
  steps(peer, 5);
  host_->drain();
  steps(peer, 3);
  EXPECT_EQ(lines.drains, 0);
  lines.self->resume_reading();
  run_until_closed(lines, peer);
  EXPECT_EQ(all_of(lines), sent);
  EXPECT_EQ(lines.drains, 1);
}

TEST_P(filter_test, a_host_that_ends_tells_its_connections) {
  script& opened = new_script();
  script& opening = new_script();
  open_filtered(opened, no_handshake);
  open_filtered(opening);
  host_ = make_host();
  EXPECT_EQ(reason_of(opened), close_reason::stopped);
  EXPECT_EQ(reason_of(opening), close_reason::stopped);
  EXPECT_EQ(opened.destroyed + opening.destroyed, 2);
}

PINWHEEL_IN_BOTH_STREAM_MODES(filter_test);

}  // namespace
}  // namespace pinwheel::testing
