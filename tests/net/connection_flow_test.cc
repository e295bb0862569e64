// The bounds of a connection on both sides: water marks, pauses, what is left unread, and what happens at the limits.
#include "support/net_connections.h"

namespace pinwheel::testing {
namespace {

class connection_flow_test : public connection_test {
 protected:
  static constexpr connection_options narrow = {
      .input_bytes_max = 1000, .output_high_bytes = 10'000, .output_low_bytes = 2000, .output_bytes_max = 30'000};
};

TEST_P(connection_flow_test, write_tells_when_the_high_mark_is_exceeded_and_still_takes_all) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    EXPECT_EQ(peer.write(std::string(10'000, 'a')), write_result::accepted);
    EXPECT_EQ(peer.write("b"), write_result::above_high);
    EXPECT_EQ(peer.write(std::string(50'000, 'c')), write_result::above_high);
    EXPECT_EQ(peer.output_bytes(), 60'001U);
  };
  net_peer& peer = open(lines, narrow);
  run_until_received(peer, std::string(10'000, 'a') + "b" + std::string(50'000, 'c'));
}

TEST_P(connection_flow_test, a_write_at_the_bound_takes_nothing_and_closes) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    EXPECT_EQ(peer.write(std::string(30'000, 'a')), write_result::above_high);
    EXPECT_EQ(peer.write("b"), write_result::closed);
    EXPECT_EQ(peer.write("c"), write_result::closed);
    EXPECT_FALSE(peer.is_open());
  };
  open(lines, narrow);
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::output_overflow);
}

TEST_P(connection_flow_test, without_a_bound_of_its_own_output_is_bounded_by_four_times_the_high_mark) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    EXPECT_EQ(peer.write(std::string(39'999, 'a')), write_result::above_high);
    EXPECT_EQ(peer.write("b"), write_result::above_high);
    EXPECT_EQ(peer.write("c"), write_result::closed);
  };
  open(lines, {.output_high_bytes = 10'000});
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::output_overflow);
}

TEST_P(connection_flow_test, on_drained_comes_once_when_output_has_fallen_to_the_low_mark) {
  script& lines = new_script();
  const std::string much(300'000, 'x');
  lines.open = [&](connection& peer) { peer.write(much); };
  lines.drained = [&](connection& peer) { EXPECT_LE(peer.output_bytes(), narrow.output_low_bytes); };
  net_peer& peer = open(lines, narrow, small_kernel_buffers);
  turns(5);
  EXPECT_EQ(lines.draineds, 0);
  run_until_received(peer, much);
  run_until([&] { return lines.draineds > 0; });
  turns(5);
  EXPECT_EQ(lines.draineds, 1);
}

TEST_P(connection_flow_test, above_the_high_mark_nothing_is_read_until_output_has_drained) {
  script& lines = new_script();
  lines.data = [&](connection& peer, std::string_view bytes) {
    if (lines.offered.size() == 1) peer.write(std::string(300'000, 'x'));
    return bytes.size();
  };
  net_peer& peer = open(lines, narrow, small_kernel_buffers);
  peer.send("first");
  run_until([&] { return !lines.offered.empty(); });
  turns(3);
  peer.send("second");
  turns(5);
  EXPECT_EQ(lines.offered.size(), 1U);
  run_until([&] {
    peer.receive();
    return lines.offered.size() == 2;
  });
  EXPECT_EQ(lines.offered.back(), "second");
}

TEST_P(connection_flow_test, a_producer_that_waits_for_on_drained_is_bounded_by_the_high_mark_and_one_write) {
  script& lines = new_script();
  std::size_t left = 2 << 20;
  std::size_t most = 0;
  const auto produce = [&](connection& peer) {
    while (left > 0) {
      left -= 4096;
      const write_result wrote = peer.write(std::string(4096, 'p'));
      most = std::max(most, peer.output_bytes());
      if (wrote != write_result::accepted) return;
    }
  };
  lines.open = produce;
  lines.drained = produce;
  net_peer& peer = open(lines, narrow, small_kernel_buffers);
  run_until([&] {
    peer.receive();
    return peer.received().size() == 2 << 20;
  });
  EXPECT_LE(most, narrow.output_high_bytes + 4096);
}

TEST_P(connection_flow_test, a_paused_connection_reads_nothing_until_it_resumes) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.pause_reading(); };
  net_peer& peer = open(lines);
  peer.send("early");
  turns(5);
  EXPECT_TRUE(lines.offered.empty());
  lines.self->resume_reading();
  run_until([&] { return !lines.offered.empty(); });
  EXPECT_EQ(lines.offered.front(), "early");
}

// No new edge comes for what was ready before the pause.
TEST_P(connection_flow_test, a_pause_in_on_data_keeps_what_the_kernel_still_has) {
  script& lines = new_script();
  std::string seen;
  lines.data = [&](connection& peer, std::string_view bytes) {
    seen += bytes;
    peer.pause_reading();
    return bytes.size();
  };
  net_peer& peer = open(lines);
  const std::string sent(150'000, 's');
  std::size_t given = peer.send(sent);
  run_until([&] {
    given += peer.send(std::string_view(sent).substr(given));
    turns(2);
    if (lines.self != nullptr) lines.self->resume_reading();
    return seen.size() == sent.size();
  });
  EXPECT_EQ(seen, sent);
}

TEST_P(connection_flow_test, what_is_left_over_is_offered_again_with_more_behind_it) {
  script& lines = new_script();
  lines.data = [](connection&, std::string_view bytes) { return bytes.size() - bytes.size() % 4; };
  net_peer& peer = open(lines);
  peer.send("abcdef");
  run_until([&] { return lines.offered.size() == 1; });
  turns(5);
  EXPECT_EQ(lines.offered.size(), 1U);  // Not again without anything new.
  peer.send("gh");
  run_until([&] { return lines.offered.size() == 2; });
  EXPECT_EQ(lines.offered, (std::vector<std::string>{"abcdef", "efgh"}));
}

TEST_P(connection_flow_test, what_is_left_over_is_offered_again_after_resuming) {
  script& lines = new_script();
  lines.data = [&](connection& peer, std::string_view) {
    if (lines.offered.size() == 1) peer.pause_reading();
    return std::size_t{1};
  };
  net_peer& peer = open(lines);
  peer.send("abc");
  run_until([&] { return lines.offered.size() == 1; });
  turns(3);
  EXPECT_EQ(lines.offered.size(), 1U);
  lines.self->resume_reading();
  run_until([&] { return lines.offered.size() == 2; });
  EXPECT_EQ(lines.offered.back(), "bc");
}

TEST_P(connection_flow_test, pausing_and_resuming_in_one_callback_offers_what_is_left_in_a_later_pass) {
  script& lines = new_script();
  lines.data = [](connection& peer, std::string_view) {
    peer.pause_reading();
    peer.resume_reading();
    return std::size_t{1};
  };
  net_peer& peer = open(lines);
  peer.send("abc");
  run_until([&] { return lines.offered.size() == 3; });
  EXPECT_EQ(lines.offered, (std::vector<std::string>{"abc", "bc", "c"}));
}

TEST_P(connection_flow_test, unread_input_at_its_bound_closes_when_nothing_is_consumed) {
  script& lines = new_script();
  lines.data = [](connection&, std::string_view) { return std::size_t{0}; };
  net_peer& peer = open(lines, narrow);
  peer.send(std::string(999, 'a'));
  run_until([&] { return lines.offered.size() == 1; });
  turns(3);
  EXPECT_TRUE(lines.closes.empty());
  peer.send("b");
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::input_overflow);
}

TEST_P(connection_flow_test, a_handler_that_consumes_little_by_little_gets_all_within_the_bound) {
  script& lines = new_script();
  std::string seen;
  std::size_t most = 0;
  lines.data = [&](connection&, std::string_view bytes) {
    most = std::max(most, bytes.size());
    seen += bytes.substr(0, 1);
    return std::size_t{1};
  };
  net_peer& peer = open(lines, narrow);
  std::string sent;
  while (sent.size() < 4000) sent += static_cast<char>('a' + sent.size() % 26);
  peer.send(sent);
  run_until([&] { return seen.size() > sent.size() - narrow.input_bytes_max; });
  EXPECT_EQ(seen, sent.substr(0, seen.size()));
  EXPECT_LE(most, sent.size());
  EXPECT_TRUE(lines.closes.empty());
}

TEST_P(connection_flow_test, the_end_is_told_after_what_came_before_it_was_offered) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.pause_reading(); };
  net_peer& peer = open(lines);
  peer.send("before the end");
  peer.shutdown_write();
  turns(5);
  EXPECT_EQ(lines.eofs, 0);
  lines.self->resume_reading();
  run_until_closed(lines);
  EXPECT_EQ(lines.offered, std::vector<std::string>{"before the end"});
  EXPECT_EQ(lines.eofs, 1);
}

TEST_P(connection_flow_test, one_flooding_peer_does_not_keep_the_loop_from_others) {
  script& flooded = new_script();
  script& quiet = new_script();
  net_peer& flood = open(flooded);
  net_peer& other = open(quiet);
  turns(2);
  const std::string much(4 << 20, 'f');
  EXPECT_GT(flood.send(much), 200'000U);
  other.send("me too");
  run_until([&] { return !quiet.offered.empty(); });
  EXPECT_LE(flooded.offered.size(), 2U);
}

// The kernel takes the output at once, so the low mark is reached, and reading resumed, when the callback ends.
TEST_P(connection_flow_test, a_handler_hears_that_its_output_has_drained_before_the_bytes_it_waits_with) {
  script& lines = new_script();
  bool full = false;
  lines.data = [&](connection& peer, std::string_view bytes) -> std::size_t {
    if (full) return 0;
    full = peer.write(std::string(2048, 'x')) == write_result::above_high;
    return bytes.size();
  };
  lines.drained = [&](connection&) { full = false; };
  net_peer& peer = open(lines, {.input_bytes_max = 16, .output_high_bytes = 1024, .output_low_bytes = 512});
  for (std::size_t round = 1; round <= 5; ++round) {
    EXPECT_EQ(peer.send("sixteen bytes ..."), 17U);
    run_until([&] {
      peer.receive();
      return peer.received().size() == round * 2048 || !lines.closes.empty();
    });
  }
  EXPECT_TRUE(lines.closes.empty());
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_flow_test);

}  // namespace
}  // namespace pinwheel::testing
