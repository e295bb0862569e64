// The life of a connection: bytes both ways, its ends, and who hears what.
#include "support/net_connections.h"

namespace pinwheel::testing {
namespace {

TEST_P(connection_test, what_a_peer_sends_comes_back_from_an_echo) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  peer.send("hello");
  run_until_received(peer, "hello");
  EXPECT_EQ(lines.opens, 1);
  EXPECT_EQ(host_->counters().opened.value(), 1U);
}

TEST_P(connection_test, a_mebibyte_comes_back_whole_and_in_order) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines, {}, small_kernel_buffers);
  std::string sent;
  for (int at = 0; sent.size() < (1U << 20); ++at) sent += std::to_string(at) + ",";
  std::size_t given = 0;
  run_until([&] {
    given += peer.send(std::string_view(sent).substr(given));
    peer.receive();
    return peer.received().size() == sent.size();
  });
  EXPECT_EQ(peer.received(), sent);
}

TEST_P(connection_test, all_writes_of_one_callback_leave_in_one_send) {
  script& lines = new_script();
  lines.data = [](connection& peer, std::string_view bytes) {
    for (const char each : bytes) peer.write({&each, 1});
    return bytes.size();
  };
  net_peer& peer = open(lines);
  turns(3);
  peer.send("abcdefgh");
  run_until_received(peer, "abcdefgh");
  if (is_immediate()) {
    EXPECT_EQ(sends(), 1U);
  }
}

TEST_P(connection_test, room_that_was_reserved_is_filled_in_place) {
  script& lines = new_script();
  lines.data = [](connection& peer, std::string_view bytes) {
    peer.write("<");
    char* room = peer.reserve(connection::output_block_bytes);
    EXPECT_NE(room, nullptr);
    bytes.copy(room, bytes.size());
    EXPECT_EQ(peer.commit(bytes.size()), write_result::accepted);
    peer.write(">");
    return bytes.size();
  };
  net_peer& peer = open(lines);
  peer.send("filled");
  run_until_received(peer, "<filled>");
}

TEST_P(connection_test, reserved_room_that_is_not_used_is_given_back) {
  script& lines = new_script();
  lines.data = [](connection& peer, std::string_view bytes) {
    EXPECT_NE(peer.reserve(100), nullptr);
    return bytes.size();
  };
  net_peer& peer = open(lines);
  peer.send("x");
  run_until([&] { return !lines.offered.empty(); });
  EXPECT_EQ(host_->blocks().blocks_in_use(), 0U);
}

TEST_P(connection_test, an_idle_connection_owns_no_buffer) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  peer.send("hello");
  run_until_received(peer, "hello");
  turns(3);
  EXPECT_EQ(host_->blocks().blocks_in_use(), 0U);
}

TEST_P(connection_test, close_sends_everything_before_the_end) {
  script& lines = new_script();
  const std::string much(200'000, 'm');
  lines.open = [&](connection& peer) {
    peer.write(much);
    peer.close();
    EXPECT_EQ(peer.write("too late"), write_result::closed);
    EXPECT_EQ(peer.reserve(8), nullptr);
  };
  net_peer& peer = open(lines, {}, small_kernel_buffers);
  run_until_at_end(peer);
  EXPECT_EQ(peer.received(), much);
  EXPECT_TRUE(peer.at_end());
  EXPECT_EQ(reason_of(lines), close_reason::local);
}

TEST_P(connection_test, abort_drops_what_was_not_sent_and_the_peer_sees_a_reset) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.write("never sent");
    peer.abort();
  };
  net_peer& peer = open(lines);
  run_until_at_end(peer);
  EXPECT_EQ(peer.received(), "");
  EXPECT_EQ(peer.error(), ECONNRESET);
  EXPECT_EQ(reason_of(lines), close_reason::local);
}

TEST_P(connection_test, abort_with_a_send_in_flight_keeps_its_bytes_until_it_is_over) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.write(std::string(100'000, 'x')); };
  open(lines, {}, small_kernel_buffers);
  turns(2);
  ASSERT_NE(lines.self, nullptr);
  ASSERT_GT(lines.self->output_bytes(), 0U);
  lines.self->abort();
  run_until_closed(lines);
  run_until([&] { return lines.destroyed == 1; });
  EXPECT_EQ(host_->blocks().blocks_in_use(), 0U);
}

TEST_P(connection_test, abort_in_a_callback_keeps_what_is_lent_to_a_send_in_flight) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.write(std::string(200'000, 'x')); };
  lines.data = [](connection& peer, std::string_view bytes) {
    peer.abort();
    return bytes.size();
  };
  net_peer& peer = open(lines, {.output_high_bytes = 1 << 20}, small_kernel_buffers);
  peer.send("stop");
  run_until([&] { return lines.destroyed == 1; });
  EXPECT_EQ(reason_of(lines), close_reason::local);
  EXPECT_EQ(host_->blocks().blocks_in_use(), 0U);
}

TEST_P(connection_test, the_last_answer_is_not_lost_when_the_peer_had_sent_more) {
  script& lines = new_script();
  lines.data = [](connection& peer, std::string_view) {
    peer.write("the last answer");
    peer.close();
    return std::size_t{0};
  };
  net_peer& peer = open(lines);
  peer.send("a question");
  run_until_closed(lines);
  peer.send("and more that nobody reads");
  turns(5);
  run_until_at_end(peer);
  EXPECT_EQ(peer.received(), "the last answer");
  EXPECT_EQ(peer.error(), 0);
}

TEST_P(connection_test, lingering_ends_with_its_timeout) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.close(); };
  open(lines, {.linger_timeout = std::chrono::seconds(2)});
  run_until([&] { return lines.destroyed == 1; });
  EXPECT_EQ(host_->all_streams().lingering_now(), 1U);
  clock_.advance(std::chrono::milliseconds(1900));
  turns(3);
  EXPECT_EQ(host_->all_streams().lingering_now(), 1U);
  clock_.advance(std::chrono::milliseconds(200));
  turns(3);
  EXPECT_EQ(host_->all_streams().lingering_now(), 0U);
}

TEST_P(connection_test, the_peers_end_closes_by_default_after_what_was_written) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  peer.send("last words");
  peer.shutdown_write();
  run_until_at_end(peer);
  EXPECT_EQ(peer.received(), "last words");
  EXPECT_EQ(lines.eofs, 1);
  EXPECT_EQ(reason_of(lines), close_reason::peer_eof);
}

TEST_P(connection_test, after_the_peers_end_the_handler_may_go_on_writing) {
  script& lines = new_script();
  lines.eof = [](connection&) {};
  net_peer& peer = open(lines);
  peer.shutdown_write();
  run_until([&] { return lines.eofs == 1; });
  lines.self->write("still here");
  run_until_received(peer, "still here");
  lines.self->close();
  run_until_at_end(peer);
  EXPECT_EQ(reason_of(lines), close_reason::local);
}

TEST_P(connection_test, after_shutting_down_writing_the_handler_goes_on_reading) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.write("all I have");
    peer.shutdown_write();
    EXPECT_EQ(peer.write("more"), write_result::closed);
  };
  net_peer& peer = open(lines);
  run_until_at_end(peer);
  EXPECT_EQ(peer.received(), "all I have");
  peer.send("heard");
  run_until([&] { return !lines.offered.empty(); });
  EXPECT_EQ(lines.offered.back(), "heard");
  EXPECT_TRUE(lines.closes.empty());
}

TEST_P(connection_test, with_both_directions_at_their_end_the_connection_ends) {
  script& lines = new_script();
  lines.eof = [](connection& peer) { peer.shutdown_write(); };
  net_peer& peer = open(lines);
  peer.shutdown_write();
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::peer_eof);
}

TEST_P(connection_test, data_and_the_end_that_came_together_are_both_heard) {
  script& lines = new_script();
  tcp_pair pair = make_pair();
  pair.peer.send("first and last");
  pair.peer.shutdown_write();
  host_->open(std::move(pair.ours), make_handler_with<scripted>(lines), default_options_);
  run_until_closed(lines);
  EXPECT_EQ(lines.offered, std::vector<std::string>{"first and last"});
  EXPECT_EQ(lines.eofs, 1);
}

TEST_P(connection_test, a_reset_is_told_with_its_errno) {
  script& lines = new_script();
  net_peer& peer = open(lines);
  turns(2);
  peer.reset();
  run_until_closed(lines);
  EXPECT_EQ(lines.closes.front(), (close_status{close_reason::reset, ECONNRESET}));
}

TEST_P(connection_test, a_reset_after_the_peers_end_is_told_too) {
  script& lines = new_script();
  lines.eof = [](connection&) {};
  net_peer& peer = open(lines);
  peer.shutdown_write();
  run_until([&] { return lines.eofs == 1; });
  lines.self->write("unread by the peer");
  turns(4);
  peer.reset();
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::reset);
}

TEST_P(connection_test, on_close_is_the_last_call_and_not_inside_another) {
  script& lines = new_script();
  bool inside = false;
  bool was_inside = false;
  lines.data = [&](connection& peer, std::string_view bytes) {
    inside = true;
    peer.abort();
    inside = false;
    return bytes.size();
  };
  lines.closing = [&](connection& peer) {
    was_inside = inside;
    EXPECT_EQ(peer.write("no"), write_result::closed);
    peer.close();
    peer.resume_reading();
    peer.set_deadline(duration(1), close_reason::idle);
  };
  net_peer& peer = open(lines);
  peer.send("a");
  run_until([&] { return lines.destroyed == 1; });
  clock_.advance(std::chrono::seconds(5));
  turns(3);
  EXPECT_FALSE(was_inside);
  EXPECT_EQ(lines.closes.size(), 1U);
}

TEST_P(connection_test, a_connection_found_by_its_id_can_be_used_outside_of_its_callbacks) {
  script& lines = new_script();
  net_peer& peer = open(lines);
  connection* found = host_->find(lines.id);
  ASSERT_EQ(found, lines.self);
  found->write("from elsewhere");
  found->close();
  EXPECT_TRUE(lines.closes.empty());
  run_until_at_end(peer);
  EXPECT_EQ(peer.received(), "from elsewhere");
}

TEST_P(connection_test, a_stale_id_finds_nothing_also_when_its_place_is_taken_again) {
  script& first = new_script();
  script& second = new_script();
  open(first);
  first.self->abort();
  run_until([&] { return first.destroyed == 1; });
  tcp_pair pair = tcp_pair::make_at(static_cast<int>(first.id.slot), network_.get());
  host_->open(std::move(pair.ours), make_handler_with<scripted>(second), default_options_);
  EXPECT_EQ(second.id.slot, first.id.slot);
  EXPECT_EQ(host_->find(first.id), nullptr);
  EXPECT_EQ(host_->find(second.id), second.self);
  EXPECT_EQ(host_->find(connection_id{}), nullptr);
}

// Though the descriptor and the loop's number are the same again.
TEST_P(connection_test, an_id_of_a_host_that_has_gone_names_nothing_of_those_that_come_after_it) {
  script& first = new_script();
  open(first);
  const auto slot = static_cast<int>(first.id.slot);
  const connection_id named_once = first.id;
  for (const bool is_new_loop : {false, true}) {
    host_.reset();
    if (is_new_loop) {
      base_.reset();
      base_ = GetParam().make_base({.priorities = 2, .clock = &clock_}, network_.get());
    }
    host_ = make_host();
    script& second = new_script();
    adopt(second, tcp_pair::make_at(slot, network_.get()), {});
    EXPECT_EQ(second.id.loop, named_once.loop);
    EXPECT_EQ(second.id.slot, named_once.slot);
    EXPECT_EQ(host_->find(named_once), nullptr);
  }
}

// The names of one host mean nothing to another one on the same loop.
TEST_P(connection_test, a_host_finds_and_visits_its_own_connections_alone) {
  script& lines = new_script();
  open(lines);
  connection_host other(*base_);
  EXPECT_EQ(other.find(lines.id), nullptr);
  other.for_each([](connection&) { ADD_FAILURE() << "another host's connection"; });
  other.abort_all(close_reason::stopped);
  turns(3);
  EXPECT_TRUE(lines.closes.empty());
}

TEST_P(connection_test, for_each_reaches_all_and_may_close_them) {
  std::vector<script*> all;
  while (all.size() < 5) open(*all.emplace_back(&new_script()));
  std::size_t reached = 0;
  host_->for_each([&](connection& each) {
    ++reached;
    each.write("bye");
    each.close();
  });
  for (const script* each : all) run_until_closed(*each);
  EXPECT_EQ(reached, all.size());
  host_->for_each([&](connection&) { ADD_FAILURE() << "all have ended"; });
}

TEST_P(connection_test, both_addresses_are_those_of_the_socket) {
  script& lines = new_script();
  net_peer& peer = open(lines);
  EXPECT_EQ(lines.self->peer_address(), peer.local_address());
  EXPECT_EQ(lines.self->local_address(), peer.peer_address());
}

TEST_P(connection_test, a_host_that_ends_tells_its_connections) {
  script& lines = new_script();
  net_peer& peer = open(lines);
  host_.reset();
  host_ = make_host();
  EXPECT_EQ(reason_of(lines), close_reason::stopped);
  EXPECT_EQ(lines.destroyed, 1);
  run_until_at_end(peer);
}

// It is over but for `closed`, which comes in a later pass: then it is in nobody's hands but those that linger for it.
TEST_P(connection_test, a_host_that_ends_also_destroys_what_has_just_begun_to_linger) {
  script& lines = new_script();
  lines.open = [](connection& mine) { mine.close(); };
  open(lines);
  ASSERT_EQ(lines.closes.size(), 1U);
  ASSERT_EQ(lines.destroyed, 0);
  EXPECT_EQ(host_->find(lines.id), nullptr);
  host_ = std::make_unique<connection_host>(*base_);
  EXPECT_EQ(lines.closes.size(), 1U);
  EXPECT_EQ(lines.destroyed, 1);
}

TEST_P(connection_test, a_host_may_be_deleted_later_among_other_things_each_of_which_dies_once) {
  struct counted {
    int& died;
    ~counted() { ++died; }
  };
  int died = 0;
  const auto delete_one = [&] { base_->delete_later(std::unique_ptr<counted>(new counted{died})); };
  script& lines = new_script();
  open(lines);
  lines.closing = [&](connection&) { delete_one(); };
  delete_one();
  base_->delete_later(std::move(host_));
  delete_one();
  turn();
  EXPECT_EQ(lines.destroyed, 1);
  EXPECT_EQ(died, 3);
  host_ = make_host();
}

TEST_P(connection_test, a_host_that_ends_also_ends_what_was_aborted_or_was_closing) {
  script& aborted = new_script();
  script& closing = new_script();
  open(aborted);
  open(closing);
  aborted.self->abort();
  closing.self->close();
  host_.reset();
  host_ = make_host();
  EXPECT_EQ(reason_of(aborted), close_reason::local);
  EXPECT_EQ(reason_of(closing), close_reason::stopped);
  EXPECT_EQ(aborted.destroyed + closing.destroyed, 2);
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_test);

// Late streams take parts on purpose.
class connection_cost_test : public connection_test {};

TEST_P(connection_cost_test, a_request_costs_one_receive_and_one_send) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  std::string expected;
  for (int request = 0; request < 100; ++request) {
    peer.send("request");
    run_until_received(peer, expected += "request");
  }
  EXPECT_EQ(sends(), 100U);
  EXPECT_EQ(receives(), 100U);
}

INSTANTIATE_TEST_SUITE_P(streams, connection_cost_test, ::testing::Values(immediate, simulated_immediate), case_name);

}  // namespace
}  // namespace pinwheel::testing
