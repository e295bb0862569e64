// The bounds of a connection through a filter, and a filter that waits for input.
#include "support/filtered_connections.h"

namespace pinwheel::testing {
namespace {

class filter_flow_test : public filtered_connection_test {};

// The peer reads nothing: what was written has become small when the callback ends.
TEST_P(filter_flow_test, water_marks_count_what_the_filter_has_made_of_the_output) {
  script& lines = new_script();
  lines.open = [](connection& peer) { EXPECT_EQ(peer.write(std::string(30'000, 'x')), write_result::above_high); };
  open_filtered(lines, {.handshakes = false, .compresses = true},
                {.output_high_bytes = 20'000, .output_low_bytes = 1000});
  run_until([&] { return lines.draineds == 1; });
  EXPECT_LT(host_->traffic().bytes_out.value(), 100U);
}

TEST_P(filter_flow_test, on_drained_comes_once_when_the_ciphertext_has_fallen_to_the_low_mark) {
  script& lines = new_script();
  const std::string much = counted_bytes(300'000);
  const connection_options narrow = {.output_high_bytes = 10'000, .output_low_bytes = 2000};
  lines.open = [&](connection& peer) { EXPECT_EQ(peer.write(much), write_result::above_high); };
  lines.drained = [&](connection& peer) { EXPECT_LE(peer.output_bytes(), narrow.output_low_bytes); };
  filtered_peer& peer = open_filtered(lines, no_handshake, narrow, small_kernel_buffers);
  turns(5);
  EXPECT_EQ(lines.draineds, 0);
  run_until_opened(peer, much);
  run_until([&] { return lines.draineds > 0; });
  steps(peer, 5);
  EXPECT_EQ(lines.draineds, 1);
}

TEST_P(filter_flow_test, above_the_high_mark_nothing_is_read_until_output_has_drained) {
  script& lines = new_script();
  lines.data = [&](connection& peer, std::string_view bytes) {
    if (lines.offered.size() == 1) peer.write(counted_bytes(300'000));
    return bytes.size();
  };
  filtered_peer& peer = open_filtered(lines, no_handshake, {.output_high_bytes = 10'000}, small_kernel_buffers);
  peer.write("first");
  peer.step(0);
  run_until([&] { return !lines.offered.empty(); });
  peer.write("second");
  peer.step(0);
  turns(5);
  EXPECT_EQ(lines.offered.size(), 1U);
  run_with(peer, [&] { return lines.offered.size() == 2; });
  EXPECT_EQ(lines.offered.back(), "second");
}

TEST_P(filter_flow_test, a_write_at_the_bound_takes_nothing_and_closes) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    EXPECT_EQ(peer.write(std::string(30'000, 'a')), write_result::above_high);
    EXPECT_EQ(peer.write("b"), write_result::closed);
  };
  open_filtered(lines, no_handshake, {.output_high_bytes = 10'000, .output_bytes_max = 30'000});
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::output_overflow);
}

TEST_P(filter_flow_test, what_waits_behind_a_slow_peer_is_sealed_no_further_than_the_limit) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.write(counted_bytes(1 << 20)); };
  open_filtered(lines, no_handshake, {.output_high_bytes = 1 << 20}, small_kernel_buffers);
  turns(5);
  const std::size_t waits = lines.self->output_bytes();
  EXPECT_GT(waits, 500'000U);
  EXPECT_LT(host_->blocks().bytes_in_use(), waits + 2 * filtered_bytes::sealed_bytes_max);
}

TEST_P(filter_flow_test, a_frame_that_opens_to_much_is_opened_only_as_its_handler_takes_it) {
  script& lines = new_script();
  std::size_t seen = 0;
  lines.data = [&](connection& peer, std::string_view bytes) {
    EXPECT_LE(bytes.size(), filtered_bytes::opened_bytes_max);
    seen += bytes.size();
    lines.offered.clear();
    peer.pause_reading();
    return bytes.size();
  };
  filtered_peer& peer = open_filtered(lines);
  run_with(peer, [&] { return lines.opens == 1; });
  constexpr std::uint32_t gibibyte = 1 << 30;
  peer.write_run('b', gibibyte);
  run_with(peer, [&] { return seen > 0; });
  steps(peer, 20);
  EXPECT_EQ(seen, filtered_bytes::opened_bytes_max);
  EXPECT_LE(host_->blocks().bytes_in_use(), filtered_bytes::opened_bytes_max);
  for (std::size_t round = 2; round < 10; ++round) {
    lines.self->resume_reading();
    run_until([&] { return seen == round * filtered_bytes::opened_bytes_max; });
  }
}

TEST_P(filter_flow_test, a_frame_that_opens_to_much_does_not_keep_the_loop_from_others) {
  script& flooded = new_script();
  script& quiet = new_script();
  std::size_t seen = 0;
  flooded.data = [&](connection&, std::string_view bytes) {
    seen += bytes.size();
    return bytes.size();
  };
  filtered_peer& flood = open_filtered(flooded, no_handshake);
  filtered_peer& other = open_filtered(quiet, no_handshake);
  flood.write_run('b', 1 << 30);
  flood.step();
  run_until([&] { return seen > 0; });
  other.write("me too");
  other.step();
  const std::size_t before = seen;
  run_until([&] { return !quiet.offered.empty(); });
  EXPECT_GT(seen, before);
  EXPECT_LT(seen, 40 * filtered_bytes::opened_bytes_max);
  flooded.self->abort();
}

TEST_P(filter_flow_test, a_frame_that_opens_to_more_than_the_handler_ever_takes_closes_with_input_overflow) {
  script& lines = new_script();
  lines.data = [](connection&, std::string_view) { return std::size_t{0}; };
  filtered_peer& peer = open_filtered(lines, no_handshake);
  peer.write_run('b', 1 << 30);
  run_until_closed(lines, peer);
  EXPECT_EQ(reason_of(lines), close_reason::input_overflow);
}

TEST_P(filter_flow_test, plaintext_that_only_the_filter_holds_is_offered_after_resuming) {
  script& lines = new_script();
  lines.data = [&](connection& peer, std::string_view bytes) {
    peer.pause_reading();
    return bytes.size();
  };
  filtered_peer& peer = open_filtered(lines, {.handshakes = false, .compresses = true});
  const std::string sent = std::string(filtered_bytes::opened_bytes_max + 5, 'h');
  peer.write(sent + "end");
  run_with(peer, [&] { return !lines.offered.empty(); });
  steps(peer, 5);
  EXPECT_EQ(lines.offered.size(), 1U);
  lines.self->resume_reading();
  run_until([&] { return lines.offered.size() == 2; });
  EXPECT_EQ(all_of(lines), sent + "end");
}

// Nothing is sealed until the peer has answered: pausing must not keep the answer out.
TEST_P(filter_flow_test, a_filter_that_needs_input_gets_it_while_reading_is_paused) {
  script& lines = new_script();
  const std::string much = counted_bytes(200'000);
  lines.open = [&](connection& peer) {
    peer.pause_reading();
    EXPECT_EQ(peer.write(much), write_result::above_high);
  };
  filtered_peer& peer = open_filtered(lines, {.rekeys_after = 3}, {.output_high_bytes = 10'000}, small_kernel_buffers);
  peer.write("not yet");
  run_until_opened(peer, much);
  EXPECT_TRUE(lines.offered.empty());
  lines.self->resume_reading();
  run_until([&] { return !lines.offered.empty(); });
  EXPECT_EQ(all_of(lines), "not yet");
}

TEST_P(filter_flow_test, a_filter_that_needs_input_gets_it_while_the_connection_closes) {
  script& lines = new_script();
  const std::string much = counted_bytes(200'000);
  lines.open = [&](connection& peer) {
    peer.write(much);
    peer.close();
  };
  filtered_peer& peer = open_filtered(lines, {.rekeys_after = 3}, {}, small_kernel_buffers);
  peer.write("not heard");
  run_until_over(peer);
  EXPECT_EQ(peer.received(), much);
  EXPECT_TRUE(peer.has_ended());
  EXPECT_TRUE(lines.offered.empty());
  EXPECT_EQ(reason_of(lines), close_reason::local);
}

TEST_P(filter_flow_test, a_closing_connection_whose_filter_waits_for_a_peer_that_has_left_ends) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    peer.write(counted_bytes(20'000));
    peer.close();
  };
  filtered_peer& peer = open_filtered(lines, {.handshakes = false, .rekeys_after = 1});
  peer.socket().shutdown_write();
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::filter_truncated);
}

// The answer that sealing waits for lies behind more than may be unread, and nothing is offered above the high mark.
TEST_P(filter_flow_test, a_filter_that_needs_what_lies_behind_unread_input_has_it_offered_above_the_high_mark) {
  script& lines = new_script();
  const std::string much = counted_bytes(100'000);
  lines.open = [&](connection& peer) { peer.write(much); };
  filtered_peer& peer = open_filtered(lines, {.handshakes = false, .rekeys_after = 1},
                                      {.input_bytes_max = 1000, .output_high_bytes = 10'000}, small_kernel_buffers);
  const std::string sent = counted_bytes(50'000);
  peer.write(sent);
  run_until_opened(peer, much);
  run_with(peer, [&] { return all_of(lines).size() == sent.size(); });
  EXPECT_EQ(all_of(lines), sent);
  EXPECT_TRUE(lines.closes.empty());
}

TEST_P(filter_flow_test, a_cork_holds_back_what_was_written_and_not_what_the_peers_filter_waits_for) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.cork();
    peer.write("later");
  };
  filtered_peer& peer = open_filtered(lines, {.rekeys_after = 1});
  const std::string sent = counted_bytes(20'000);
  peer.write(sent);
  run_with(peer, [&] { return all_of(lines).size() == sent.size(); });
  EXPECT_EQ(peer.received(), "");
  lines.self->uncork();
  run_until_opened(peer, "later");
}

PINWHEEL_IN_BOTH_STREAM_MODES(filter_flow_test);

}  // namespace
}  // namespace pinwheel::testing
