// An open connection that changes loops: what goes along, in which order, and what happens when something else happens
// meanwhile.
#include "pinwheel/net/connection_move.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "support/net_loops.h"
#include "support/temporary_file.h"

namespace pinwheel::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class connection_move_test : public net_loops_test {
 protected:
  void advance(duration by) {
    clock_.advance(by);
    turns(3);
  }
};

// What goes along.

TEST_P(connection_move_test, on_moved_is_the_first_call_on_the_new_loop_and_the_block_keeps_its_address) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  const connection* before = lines.self;
  const connection_id old_id = lines.id;
  lines.moved = [&](connection& moved) {
    EXPECT_EQ(&moved, before);
    EXPECT_EQ(&moved.host(), &host(1));
    EXPECT_EQ(event_base::current(), &base(1));
    EXPECT_TRUE(lines.offered.empty());
    moved.write("moved, ");
  };
  move(lines, 1);
  while (host(0).size() > 0) turn(0);
  peer.send("then echoed");
  ASSERT_TRUE(peer.is_delivered());
  run_until_received(peer, "moved, then echoed");
  EXPECT_EQ(lines.moves, 1);
  EXPECT_NE(lines.id, old_id);
  EXPECT_EQ(host(0).size(), 0U);
  EXPECT_EQ(host(1).size(), 1U);
  EXPECT_EQ(host(1).find(lines.id), before);
  EXPECT_EQ(host(0).find(old_id), nullptr);
}

TEST_P(connection_move_test, unread_input_goes_along_and_is_offered_again_with_what_comes_behind_it) {
  script& lines = new_script();
  lines.data = [&](connection& peer, std::string_view bytes) {
    if (bytes.size() < 8) return std::size_t{0};
    peer.write(bytes);
    return bytes.size();
  };
  net_peer& peer = open(lines);
  peer.send("left");
  run_until([&] { return lines.offered.size() == 1; });
  move_and_wait(lines, 1);
  EXPECT_EQ(host(0).blocks().blocks_in_use(), 0U);
  EXPECT_EQ(host(1).blocks().blocks_in_use(), 1U);
  peer.send("over");
  run_until_received(peer, "leftover");
}

TEST_P(connection_move_test, unsent_output_goes_along_whole_and_in_order) {
  script& lines = new_script();
  std::string expected;
  for (int at = 0; at < 100'000; ++at) expected += std::to_string(at);
  lines.open = [&](connection& peer) { peer.write(std::string_view(expected).substr(0, 400'000)); };
  lines.moved = [&](connection& peer) { peer.write(std::string_view(expected).substr(400'000)); };
  net_peer& peer = open(lines, {.output_bytes_max = 1 << 20}, small_kernel_buffers);
  turns(3);
  EXPECT_GT(lines.self->output_bytes(), 100'000U);
  move_and_wait(lines, 1);
  EXPECT_EQ(host(0).blocks().blocks_in_use(), 0U);
  run_until_received(peer, expected);
}

TEST_P(connection_move_test, strings_constants_and_files_go_along_in_their_order) {
  script& lines = new_script();
  const std::string copied(100'000, 'a');
  const std::string moved(100'000, 'b');
  static constexpr std::string_view constant = "a constant that is longer than what is copied\n";
  const std::string stored(300'000, 'c');
  const temporary_file file(stored);
  lines.open = [&](connection& peer) {
    peer.write(copied);
    peer.write(std::string(moved));
    for (int at = 0; at < 8; ++at) peer.write_constant(constant_bytes::unchecked(moved));
    peer.write_file(file_range::whole(file.open()));
    peer.write_constant(constant);
  };
  std::string expected = copied;
  for (int at = 0; at < 9; ++at) expected += moved;
  expected.append(stored).append(constant);
  net_peer& peer = open(lines, {.output_bytes_max = 1 << 20}, small_kernel_buffers);
  for (const std::size_t next : {1, 2, 0, 1}) {
    turns(3);
    peer.receive(50'000);
    move_and_wait(lines, next);
  }
  EXPECT_GT(lines.self->output_bytes(), stored.size());
  EXPECT_EQ(host(0).blocks().blocks_in_use() + host(2).blocks().blocks_in_use(), 0U);
  run_until_received(peer, expected);
}

TEST_P(connection_move_test, what_a_cork_holds_back_leaves_from_the_new_loop_when_it_is_drawn) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.cork();
    peer.write("held back");
  };
  net_peer& peer = open(lines);
  move_and_wait(lines, 1);
  turns(3);
  peer.receive();
  EXPECT_EQ(peer.received(), "");
  lines.self->uncork();
  run_until_received(peer, "held back");
}

TEST_P(connection_move_test, what_is_above_its_high_mark_is_told_on_the_new_loop_when_it_has_drained) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.write(std::string(200'000, 'x')); };
  net_peer& peer = open(lines, {}, small_kernel_buffers);
  turns(3);
  move_and_wait(lines, 2);
  EXPECT_EQ(lines.draineds, 0);
  lines.drained = [&](connection& drained) { EXPECT_EQ(&drained.host(), &host(2)); };
  run_until_received(peer, std::string(200'000, 'x'));
  EXPECT_EQ(lines.draineds, 1);
}

TEST_P(connection_move_test, a_paused_connection_stays_paused) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.pause_reading(); };
  net_peer& peer = open(lines);
  peer.send("waits");
  turns(2);
  move_and_wait(lines, 1);
  turns(3);
  EXPECT_TRUE(lines.offered.empty());
  lines.self->resume_reading();
  run_until([&] { return !lines.offered.empty(); });
  EXPECT_EQ(lines.offered, std::vector<std::string>{"waits"});
}

TEST_P(connection_move_test, a_deadline_goes_along) {
  script& lines = new_script();
  lines.open = [](connection& peer) { peer.set_deadline(seconds(5), close_reason::header_timeout); };
  open(lines);
  advance(seconds(3));
  move_and_wait(lines, 1);
  advance(milliseconds(1900));
  EXPECT_TRUE(lines.timeouts.empty());
  lines.timeout = [&](connection& peer, close_reason) { EXPECT_EQ(&peer.host(), &host(1)); };
  advance(milliseconds(200));
  EXPECT_EQ(lines.timeouts, std::vector{close_reason::header_timeout});
}

TEST_P(connection_move_test, a_deadline_that_is_over_meanwhile_is_told_behind_on_moved) {
  script& lines = new_script();
  open(lines);
  lines.self->set_deadline(seconds(1), close_reason::header_timeout);
  lines.moved = [&](connection&) { EXPECT_TRUE(lines.timeouts.empty()); };
  lines.timeout = [&](connection&, close_reason) { EXPECT_EQ(lines.moves, 1); };
  move(lines, 1);
  while (host(0).size() > 0) turn(0);
  clock_.advance(seconds(2));
  run_until([&] { return !lines.timeouts.empty(); });
}

TEST_P(connection_move_test, the_idle_timeout_counts_from_the_last_byte_on_either_loop) {
  script& lines = new_script();
  open(lines, {.idle_timeout = seconds(60)});
  advance(seconds(40));
  move_and_wait(lines, 1);
  advance(milliseconds(19'900));
  EXPECT_TRUE(lines.timeouts.empty());
  advance(milliseconds(200));
  EXPECT_EQ(lines.timeouts, std::vector{close_reason::idle});
}

// Each is found late by less than half its time, and the moves come faster than that.
TEST_P(connection_move_test, a_peer_that_takes_nothing_or_sends_too_slowly_gains_no_time_by_moves) {
  script& stalled = new_script();
  stalled.open = [](connection& peer) { peer.write(std::string(200'000, 'x')); };
  open(stalled, {.write_stall_timeout = seconds(20)}, small_kernel_buffers);
  script& slow = new_script();
  slow.open = [](connection& peer) { peer.expect_input(true); };
  open(slow, {.idle_timeout = duration::zero(), .input_rate_min = 100, .rate_grace = seconds(20)});
  turns(3);
  for (std::size_t step = 0; step < 8; ++step) {
    advance(seconds(9));
    for (script* each : {&stalled, &slow}) {
      if (each->timeouts.empty()) move_and_wait(*each, 1 + step % 2);
    }
  }
  EXPECT_EQ(stalled.timeouts, std::vector{close_reason::write_stall});
  EXPECT_EQ(slow.timeouts, std::vector{close_reason::slow_input});
}

TEST_P(connection_move_test, a_half_close_of_the_peer_is_told_once_and_on_one_loop) {
  for (const bool told_before : {false, true}) {
    script& lines = new_script();
    lines.eof = [](connection&) {};
    net_peer& peer = open(lines);
    peer.send("last");
    peer.shutdown_write();
    if (told_before) run_until([&] { return lines.eofs == 1; });
    move_and_wait(lines, 1);
    run_until([&] { return lines.eofs == 1; });
    lines.self->receive_now();
    turns(3);
    EXPECT_EQ(lines.eofs, 1);
    lines.self->write("still open this way");
    run_until_received(peer, "still open this way");
  }
}

TEST_P(connection_move_test, our_own_half_close_goes_along) {
  script& lines = new_script();
  lines.open = [](connection& peer) {
    peer.write(std::string(200'000, 'x'));
    peer.shutdown_write();
  };
  net_peer& peer = open(lines, {}, small_kernel_buffers);
  turns(3);
  move_and_wait(lines, 1);
  run_until([&] {
    peer.receive();
    return peer.at_end();
  });
  EXPECT_EQ(peer.received().size(), 200'000U);
  EXPECT_FALSE(lines.self->is_open());
  peer.send("heard all the same");
  run_until([&] { return !lines.offered.empty(); });
}

TEST_P(connection_move_test, a_new_handler_that_was_asked_for_before_is_the_one_that_moves) {
  script& first = new_script();
  script& second = new_script();
  first.data = [&](connection& peer, std::string_view bytes) {
    peer.move_to(host(1).handle());
    peer.become(std::make_unique<scripted>(second), bytes.substr(3));
    return bytes.size();
  };
  echoes(second);
  second.open = [&](connection& peer) { EXPECT_EQ(&peer.host(), &host(0)); };
  net_peer& peer = open(first);
  peer.send("onetwo");
  run_until_received(peer, "two");
  run_until([&] { return second.moves == 1; });
  EXPECT_EQ(first.moves, 0);
}

// The end, and the other ends.

TEST_P(connection_move_test, close_wins_over_a_move_at_every_moment) {
  for (int moment = 0; moment < 6; ++moment) {
    script& lines = new_script();
    net_peer& peer = open(lines);
    move(lines, 1);
    for (int at = 0; at < moment; ++at) turn(0);
    if (host(0).size() == 0) {  // On its way: closed by the first work that reaches it.
      ASSERT_EQ(router_.send_to(lines.id, [](connection* moved) { moved->close(); }), post_result::taken);
    } else {
      lines.self->write("bye");
      lines.self->close();
    }
    run_until_closed(lines);
    EXPECT_EQ(reason_of(lines), close_reason::local);
    run_until([&] {
      peer.receive();
      return peer.at_end();
    });
    EXPECT_EQ(peer.received(), lines.moves == 0 ? "bye" : "");
    peer.close();
  }
}

TEST_P(connection_move_test, a_closing_connection_does_not_move) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    peer.write(std::string(200'000, 'x'));
    peer.close();
    peer.move_to(host(1).handle());
  };
  net_peer& peer = open(lines, {}, small_kernel_buffers);
  run_until_received(peer, std::string(200'000, 'x'));
  run_until_closed(lines);
  EXPECT_EQ(lines.moves + lines.stays, 0);
}

TEST_P(connection_move_test, a_reset_on_the_way_is_told_on_one_of_the_loops) {
  script& lines = new_script();
  net_peer& peer = open(lines);
  move(lines, 1);
  turn(0);
  peer.reset();
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::reset);
}

TEST_P(connection_move_test, an_exception_out_of_on_moved_closes_the_connection) {
  script& lines = new_script();
  set_log_hook([](log_level, std::string_view) {});
  lines.moved = [](connection&) { throw std::runtime_error("not here"); };
  open(lines);
  move(lines, 1);
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::handler_threw);
  EXPECT_EQ(host(1).counters().handler_exceptions.value(), 1U);
}

// Where it cannot go.

TEST_P(connection_move_test, a_target_that_is_gone_is_told_and_nothing_is_lost) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  const connection_host_handle gone = host(1).handle();
  destroy(1);
  peer.send("before, ");
  lines.self->move_to(gone);
  run_until([&] { return lines.stays == 1; });
  EXPECT_EQ(loop_of(lines), 0U);
  peer.send("behind");
  run_until_received(peer, "before, behind");
  EXPECT_EQ(lines.moves, 0);
}

TEST_P(connection_move_test, a_target_that_names_no_loop_is_told) {
  script& lines = new_script();
  open(lines);
  lines.self->move_to({});
  run_until([&] { return lines.stays == 1; });
}

TEST_P(connection_move_test, a_target_whose_mailbox_is_full_is_told) {
  crowded_loop crowded(GetParam(), clock_, network_.get());
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  crowded.fill_from(base(0));
  lines.self->move_to(crowded.host->handle());
  run_until([&] { return lines.stays == 1; });
  peer.send("still served");
  run_until_received(peer, "still served");
  EXPECT_EQ(crowded.host->size(), 0U);
}

TEST_P(connection_move_test, a_target_that_ends_while_the_connection_becomes_quiet_is_told) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  move(lines, 1);
  if (GetParam().mode == stream_mode::late) turn(0);
  host(1).abort_all(close_reason::stopped);
  run_until([&] { return lines.stays == 1; });
  peer.send("all is well");
  run_until_received(peer, "all is well");
}

TEST_P(connection_move_test, one_that_is_on_its_way_to_a_loop_that_stops_is_stopped_by_it) {
  for (const bool destroyed : {false, true}) {
    script& lines = new_script();
    open(lines);
    move(lines, destroyed ? 2 : 1);
    while (host(0).size() > 0) turn(0);
    if (destroyed) {
      destroy(2);
    } else {
      host(1).abort_all(close_reason::stopped);
      EXPECT_TRUE(lines.closes.empty());
    }
    run_until_closed(lines);
    EXPECT_EQ(reason_of(lines), close_reason::stopped);
    EXPECT_EQ(lines.moves, 0);
  }
}

TEST_P(connection_move_test, the_room_of_one_whose_first_loop_has_ended_is_given_back_all_the_same) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  move_and_wait(lines, 1);
  destroy(0);
  peer.send("alive");
  run_until_received(peer, "alive");
  lines.self->close();
  run_until([&] { return lines.destroyed == 1; });
}

TEST_P(connection_move_test, a_move_to_where_it_is_moves_nothing) {
  script& lines = new_script();
  open(lines);
  const connection_id before = lines.id;
  move_and_wait(lines, 0);
  EXPECT_EQ(lines.id, before);
  EXPECT_EQ(host(0).counters().moved_out.value(), 0U);
}

TEST_P(connection_move_test, of_several_targets_before_it_has_left_the_last_counts) {
  script& lines = new_script();
  lines.open = [&](connection& peer) {
    peer.move_to(host(1).handle());
    peer.move_to(host(2).handle());
  };
  open(lines);
  run_until([&] { return lines.moves == 1; });
  turns(3);
  EXPECT_EQ(loop_of(lines), 2U);
  move(lines, 1);
  turn(0);
  move(lines, 0);
  run_until([&] { return lines.moves == 2; });
  turns(3);
  EXPECT_EQ(lines.moves, 2);
}

TEST_P(connection_move_test, a_handler_that_cannot_move_is_served_until_it_can) {
  script& lines = new_script();
  echoes(lines);
  lines.can_move = false;
  net_peer& peer = open(lines);
  move(lines, 1);
  peer.send("served, ");
  run_until_received(peer, "served, ");
  turns(3);
  EXPECT_EQ(lines.moves, 0);
  lines.can_move = true;
  peer.send("moved");
  run_until([&] { return lines.moves == 1; });
  run_until_received(peer, "served, moved");
}

TEST_P(connection_move_test, a_handler_that_cannot_move_any_more_is_served_again) {
  for (int moment = 0; moment < 3; ++moment) {
    script& lines = new_script();
    echoes(lines);
    net_peer& peer = open(lines);
    move(lines, 1);
    for (int at = 0; at < moment && host(0).size() > 0; ++at) turn(0);
    if (host(0).size() == 0) {
      run_until([&] { return lines.moves == 1; });
      lines.self->close();
      run_until([&] { return lines.destroyed == 1; });
      continue;
    }
    lines.can_move = false;
    peer.send("here");
    run_until_received(peer, "here");
    EXPECT_EQ(loop_of(lines), 0U);
    lines.can_move = true;
    lines.self->receive_now();
    run_until([&] { return lines.moves == 1; });
    lines.self->close();
    run_until([&] { return lines.destroyed == 1; });
  }
}

TEST_P(connection_move_test, a_connection_moves_a_bounded_number_of_times) {
  script& lines = new_script();
  echoes(lines);
  lines.moved = [&](connection& peer) { peer.move_to(host(loop_of(lines) == 0 ? 1 : 0).handle()); };
  net_peer& peer = open(lines);
  move(lines, 1);
  run_until([&] { return lines.stays == 1; });
  EXPECT_EQ(static_cast<std::size_t>(lines.moves), connection_move::moves_max);
  EXPECT_EQ(host(0).names_forwarded() + host(1).names_forwarded(), 2 * connection_move::moves_max);
  peer.send("well travelled");
  run_until_received(peer, "well travelled");
}

// Nobody tells a loop a second time that a connection is over.
TEST_P(connection_move_test, the_end_of_a_connection_is_heard_by_a_loop_whose_mailbox_is_full) {
  crowded_loop crowded(GetParam(), clock_, network_.get());
  script& lines = new_script();
  open(lines);
  lines.self->move_to(crowded.host->handle());
  while (host(0).size() > 0) turn(0);
  while (lines.moves == 0) crowded.base->loop(loop_flags::nonblock);
  move(lines, 0);
  while (crowded.host->size() > 0) crowded.base->loop(loop_flags::nonblock);
  run_until([&] { return lines.moves == 2; });
  EXPECT_EQ(crowded.host->names_forwarded(), 2U);
  crowded.fill_from(base(0));
  lines.self->abort();
  run_until([&] { return lines.destroyed == 1; });
  for (int at = 0; at < 3; ++at) crowded.base->loop(loop_flags::nonblock);
  EXPECT_EQ(crowded.host->names_forwarded(), 0U);
}

// Draining.

TEST_P(connection_move_test, a_connection_that_was_told_to_drain_is_not_told_again_by_a_loop_that_drains_too) {
  script& lines = new_script();
  lines.drain = [](connection&) {};
  open(lines);
  host(0).drain();
  run_until([&] { return lines.drains == 1; });
  host(1).drain();
  move_and_wait(lines, 1);
  turns(3);
  EXPECT_EQ(lines.drains, 1);
  EXPECT_TRUE(lines.self->is_draining());
}

TEST_P(connection_move_test, a_connection_that_comes_to_a_loop_that_drains_sees_all_and_is_told) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  host(1).drain();
  move(lines, 1);
  peer.send("delivered");
  ASSERT_TRUE(peer.is_delivered());
  run_until([&] {
    peer.receive();
    return peer.at_end();
  });
  EXPECT_EQ(peer.received(), "delivered");
  EXPECT_EQ(reason_of(lines), close_reason::drained);
}

TEST_P(connection_move_test, a_drain_that_was_asked_for_before_is_told_on_the_new_loop) {
  script& lines = new_script();
  echoes(lines);
  net_peer& peer = open(lines);
  peer.send("delivered");
  ASSERT_TRUE(peer.is_delivered());
  host(0).drain();
  move(lines, 1);
  run_until([&] {
    peer.receive();
    return peer.at_end();
  });
  EXPECT_EQ(peer.received(), "delivered");
  EXPECT_EQ(lines.drains, 1);
}

TEST_P(connection_move_test, a_loop_is_not_empty_while_a_connection_that_it_forwards_to_is_open) {
  script& lines = new_script();
  open(lines);
  const connection_id first = lines.id;
  int told = 0;
  move_and_wait(lines, 1);
  host(0).on_empty([&] { ++told; });
  turns(3);
  EXPECT_EQ(told, 0);
  bool reached = false;
  ASSERT_EQ(router_.send_to(first,
                            [&](connection* peer) {
                              reached = peer != nullptr;
                              peer->abort();
                            }),
            post_result::taken);
  run_until([&] { return told > 0; });
  turns(3);
  EXPECT_TRUE(reached);
  EXPECT_EQ(told, 1);
}

TEST_P(connection_move_test, a_loop_that_has_said_that_it_is_empty_takes_no_connection_in) {
  script& lines = new_script();
  open(lines);
  int told = 0;
  host(1).on_empty([&] { ++told; });
  run_until([&] { return told == 1; });
  move(lines, 1);
  run_until([&] { return lines.stays == 1; });
  EXPECT_EQ(loop_of(lines), 0U);
}

TEST_P(connection_move_test, a_loop_is_not_empty_while_a_connection_is_on_its_way_there) {
  for (const bool is_asked_in_its_turn : {false, true}) {
    script& lines = new_script();
    open(lines);
    const std::size_t to = is_asked_in_its_turn ? 1 : 2;
    move(lines, to);
    while (host(0).size() > 0) turn(0);
    int told = 0;
    const auto ask = [&] { host(to).on_empty([&] { ++told; }); };
    if (is_asked_in_its_turn) {
      ASSERT_EQ(base(to).post(ask), post_result::taken);  // In front of what tells the loop of the connection.
    } else {
      ask();
    }
    turns(5);
    EXPECT_EQ(told, 0);
    EXPECT_EQ(lines.moves, 1);
    lines.self->abort();
    run_until([&] { return told == 1; });
  }
}

TEST_P(connection_move_test, a_loop_that_is_told_to_end_waits_no_more_for_those_that_have_left_it) {
  script& lines = new_script();
  open(lines);
  move_and_wait(lines, 1);
  int told = 0;
  host(0).on_empty([&] { ++told; });
  turns(3);
  EXPECT_EQ(told, 0);
  host(0).abort_all(close_reason::stopped);
  run_until([&] { return told == 1; });
  EXPECT_TRUE(lines.closes.empty());
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_move_test);

class kernel_move_test : public connection_move_test {};

TEST_P(kernel_move_test, what_the_new_loop_cannot_watch_ends_there_with_the_reason) {
  script& lines = new_script();
  open(lines);
  move(lines, 1);
  while (host(0).size() > 0) turn(0);
  const int directory = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // Refused by epoll, and no socket for poll.
  ASSERT_GE(::dup3(directory, static_cast<int>(lines.id.slot), O_CLOEXEC), 0);
  ::close(directory);
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::reset);
  EXPECT_NE(lines.closes.front().error, 0);
}

INSTANTIATE_TEST_SUITE_P(streams, kernel_move_test, ::testing::Values(immediate, late), case_name);

}  // namespace
}  // namespace pinwheel::testing
