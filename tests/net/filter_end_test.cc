// How a connection through a filter ends: closing notices of both sides, ends without one, and what cannot be right.
#include <stdexcept>

#include "support/filtered_connections.h"

namespace pinwheel::testing {
namespace {

class filter_end_test : public filtered_connection_test {};

TEST_P(filter_end_test, a_spoilt_byte_ends_the_connection_after_what_came_before_it) {
  script& lines = new_script();
  filtered_peer& peer = open_filtered(lines, no_handshake);
  const std::string sent = counted_bytes(10'000);
  peer.spoil([](std::string& sealed) {
    if (sealed.size() > 9000) sealed[9000] = static_cast<char>(sealed[9000] ^ 4);
  });
  peer.write(sent);
  run_until_closed(lines, peer);
  EXPECT_EQ(lines.closes.front(), (close_status{close_reason::filter_error, EBADMSG}));
  EXPECT_EQ(all_of(lines), sent.substr(0, 2 * checksum_filter::payload_bytes_max));
  EXPECT_EQ(lines.eofs, 0);
  run_until_over(peer);
  EXPECT_FALSE(peer.has_ended());
}

TEST_P(filter_end_test, what_was_sealed_before_a_failure_still_leaves) {
  script& lines = new_script();
  echoes(lines);
  filtered_peer& peer = open_filtered(lines, no_handshake);
  peer.write("good");
  run_until_opened(peer, "good");
  peer.spoil([](std::string& sealed) {
    if (!sealed.empty()) sealed.back() = static_cast<char>(sealed.back() ^ 1);
  });
  lines.self->write(" before");
  turns(3);
  peer.write("bad");
  run_until_over(peer);
  EXPECT_EQ(peer.received(), "good before");
  EXPECT_EQ(reason_of(lines), close_reason::filter_error);
}

TEST_P(filter_end_test, an_end_without_the_closing_notice_is_no_eof) {
  script& lines = new_script();
  echoes(lines);
  filtered_peer& peer = open_filtered(lines);
  peer.write("all");
  run_until_opened(peer, "all");
  peer.socket().shutdown_write();
  run_until_over(peer);
  EXPECT_EQ(reason_of(lines), close_reason::filter_truncated);
  EXPECT_EQ(lines.eofs, 0);
  EXPECT_TRUE(peer.has_ended());  // Ours is sent nevertheless.
}

TEST_P(filter_end_test, an_end_in_the_middle_of_a_frame_loses_nothing_of_those_before_it) {
  script& lines = new_script();
  echoes(lines);
  filtered_peer& peer = open_filtered(lines, no_handshake);
  const std::string whole(checksum_filter::payload_bytes_max, 'w');
  peer.spoil([](std::string& sealed) {
    if (!sealed.empty()) sealed.pop_back();
  });
  peer.write(whole + "and a part");
  steps(peer, 1);
  peer.socket().shutdown_write();
  run_until_over(peer);
  EXPECT_EQ(reason_of(lines), close_reason::filter_truncated);
  EXPECT_EQ(peer.received(), whole);
}

TEST_P(filter_end_test, a_truncated_end_is_told_after_what_came_before_it_was_offered) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.pause_reading(); };
  filtered_peer& peer = open_filtered(lines);
  peer.write("waits");
  run_with(peer, [&] { return lines.opens == 1 && peer.has_sent_all(); });
  peer.socket().shutdown_write();
  turns(5);
  EXPECT_TRUE(lines.closes.empty());
  lines.self->resume_reading();
  run_until_closed(lines);
  EXPECT_EQ(all_of(lines), "waits");
  EXPECT_EQ(reason_of(lines), close_reason::filter_truncated);
}

// Seals as it is told to: not at all.
class broken_filter final : public filter {
 public:
  filter_result open(std::string_view ciphertext, std::span<char>, filter_output&) noexcept override {
    return {.taken = ciphertext.size()};
  }
  filter_result seal(std::span<const iovec>, filter_output& out) noexcept override {
    out.append("alert");
    return {.status = filter_status::failed, .error = EPROTO};
  }
  void finish(filter_output& out) noexcept override { out.append("finished"); }
};

TEST_P(filter_end_test, what_cannot_be_sealed_ends_the_connection_and_the_filters_last_word_leaves) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.write("secret"); };
  net_peer& peer = open(lines, {.filter = make_filter<broken_filter>});
  run_until_at_end(peer);
  EXPECT_EQ(peer.received(), "alert");
  EXPECT_EQ(lines.closes.front(), (close_status{close_reason::filter_error, EPROTO}));
}

TEST_P(filter_end_test, the_peers_closing_notice_is_its_end_and_the_handler_may_go_on_writing) {
  script& lines = new_script();
  lines.eof = [](connection&) {};
  filtered_peer& peer = open_filtered(lines);
  peer.write("all I have");
  peer.finish();
  run_with(peer, [&] { return lines.eofs == 1; });
  EXPECT_EQ(all_of(lines), "all I have");
  peer.socket().shutdown_write();
  turns(4);
  lines.self->write("still here");
  run_until_opened(peer, "still here");
  lines.self->close();
  run_until_over(peer);
  EXPECT_EQ(reason_of(lines), close_reason::local);
  EXPECT_TRUE(peer.has_ended());
  EXPECT_EQ(lines.eofs, 1);
}

TEST_P(filter_end_test, what_comes_behind_the_closing_notice_is_dropped) {
  script& lines = new_script();
  lines.eof = [](connection&) {};
  filtered_peer& peer = open_filtered(lines, no_handshake);
  peer.write("one");
  peer.finish();
  run_with(peer, [&] { return lines.eofs == 1; });
  peer.write("two");
  steps(peer, 5);
  EXPECT_EQ(all_of(lines), "one");
  EXPECT_TRUE(lines.closes.empty());
}

TEST_P(filter_end_test, after_shutting_down_writing_the_peer_has_our_closing_notice_and_reading_goes_on) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.write("all I have");
    peer.shutdown_write();
    EXPECT_EQ(peer.write("more"), write_result::closed);
  };
  filtered_peer& peer = open_filtered(lines);
  run_until_over(peer);
  EXPECT_EQ(peer.received(), "all I have");
  EXPECT_TRUE(peer.has_ended());
  peer.write("heard");
  run_with(peer, [&] { return !lines.offered.empty(); });
  EXPECT_EQ(lines.offered.back(), "heard");
  EXPECT_TRUE(lines.closes.empty());
}

TEST_P(filter_end_test, with_both_directions_at_their_end_the_connection_ends) {
  script& lines = new_script();
  lines.eof = [](connection& peer) { peer.shutdown_write(); };
  filtered_peer& peer = open_filtered(lines);
  peer.finish();
  run_until_closed(lines, peer);
  EXPECT_EQ(reason_of(lines), close_reason::peer_eof);
  run_until_over(peer);
  EXPECT_TRUE(peer.has_ended());
}

TEST_P(filter_end_test, close_sends_everything_and_the_closing_notice_before_the_end) {
  script& lines = new_script();
  const std::string much = counted_bytes(300'000);
  lines.open = [&](connection& peer) {
    peer.write(much);
    peer.close();
  };
  filtered_peer& peer = open_filtered(lines, {}, {}, small_kernel_buffers);
  run_until_over(peer);
  EXPECT_EQ(peer.received(), much);
  EXPECT_TRUE(peer.has_ended());
  EXPECT_EQ(peer.socket().error(), 0);
  EXPECT_EQ(reason_of(lines), close_reason::local);
}

TEST_P(filter_end_test, abort_sends_no_closing_notice_and_the_peer_sees_a_reset) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.write("never sent");
    peer.abort();
  };
  filtered_peer& peer = open_filtered(lines);
  run_until_over(peer);
  EXPECT_EQ(peer.received(), "");
  EXPECT_FALSE(peer.has_ended());
  EXPECT_EQ(peer.socket().error(), ECONNRESET);
  EXPECT_EQ(reason_of(lines), close_reason::local);
}

TEST_P(filter_end_test, abort_with_a_send_in_flight_keeps_its_bytes_until_it_is_over) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.write(std::string(200'000, 'x')); };
  filtered_peer& peer = open_filtered(lines, no_handshake, {.output_high_bytes = 1 << 20}, small_kernel_buffers);
  turns(2);
  ASSERT_GT(lines.self->output_bytes(), 0U);
  lines.self->abort();
  run_until([&] { return lines.destroyed == 1; });
  EXPECT_EQ(host_->blocks().blocks_in_use(), 0U);
  EXPECT_FALSE(peer.has_ended());
}

TEST_P(filter_end_test, a_handler_that_throws_closes_its_connection_and_the_peer_has_no_closing_notice) {
  set_log_hook([](log_level, std::string_view) {});
  script& lines = new_script();
  lines.data = [](connection&, std::string_view) -> std::size_t { throw std::runtime_error("no such thing"); };
  filtered_peer& peer = open_filtered(lines);
  peer.write("x");
  run_until_over(peer);
  EXPECT_EQ(reason_of(lines), close_reason::handler_threw);
  EXPECT_FALSE(peer.has_ended());
}

TEST_P(filter_end_test, a_filter_that_cannot_be_made_refuses_the_connection) {
  set_log_hook([](log_level, std::string_view) {});
  script& lines = new_script();
  connection_options options;
  options.filter.make = [](void*) -> std::unique_ptr<filter> { throw std::runtime_error("no certificate"); };
  net_peer& peer = open(lines, options);
  run_until_at_end(peer);
  EXPECT_EQ(host_->counters().refused.value(), 1U);
  EXPECT_EQ(lines.opens, 0);
  EXPECT_EQ(lines.destroyed, 1);
}

PINWHEEL_IN_BOTH_STREAM_MODES(filter_end_test);

}  // namespace
}  // namespace pinwheel::testing
