// Work that is sent to connections by their ids, from anywhere, while they move.
#include <array>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include "support/net_loops.h"

namespace pinwheel::testing {
namespace {

class connection_work_test : public net_loops_test {
 protected:
  // What has become of work, in the order in which it was called.
  struct call {
    int number;
    bool reached;
    std::size_t loop;
  };

  void send(connection_id to, int number) {
    ASSERT_EQ(router_.send_to(to, [this, number](connection* peer) { called(number, peer); }), post_result::taken);
  }

  void called(int number, connection* peer) {
    std::size_t at = 0;
    while (event_base::current() != loops_[at].base.get()) ++at;
    if (peer != nullptr) {
      EXPECT_EQ(&peer->loop(), &base(at));
    }
    calls_.push_back({number, peer != nullptr, at});
  }

  std::vector<call> calls_;
};

TEST_P(connection_work_test, work_runs_on_the_connections_loop_and_what_it_writes_leaves_with_it) {
  script& lines = new_script();
  net_peer& peer = open(lines);
  ASSERT_EQ(router_.send_to(lines.id,
                            [&](connection* to) {
                              EXPECT_EQ(event_base::current(), &base(0));
                              EXPECT_EQ(to, lines.self);
                              to->write("one ");
                              to->write("send");
                            }),
            post_result::taken);
  turn(0);
  if (GetParam().mode == stream_mode::immediate) {
    EXPECT_EQ(host(0).traffic().sends.value(), 1U);
  }
  run_until_received(peer, "one send");
}

TEST_P(connection_work_test, work_for_a_connection_that_is_gone_is_told_so) {
  script& lines = new_script();
  open(lines);
  send(lines.id, 1);
  lines.self->abort();
  send(lines.id, 2);
  run_until_closed(lines);
  send(lines.id, 3);
  run_until([&] { return calls_.size() == 3; });
  for (const call& each : calls_) EXPECT_FALSE(each.reached) << each.number;
}

TEST_P(connection_work_test, work_for_no_loop_that_is_known_is_left_with_the_caller) {
  script& lines = new_script();
  open(lines);
  connection_id other = lines.id;
  other.loop = 1000;
  int calls = 0;
  connection_work work = [&](connection*) { ++calls; };
  EXPECT_EQ(router_.send_to(other, std::move(work)), post_result::gone);
  ASSERT_TRUE(static_cast<bool>(work));
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(router_.send_to(lines.id, std::move(work)), post_result::taken);
  run_until([&] { return calls == 1; });
}

TEST_P(connection_work_test, a_loop_that_has_ended_is_gone) {
  script& lines = new_script();
  open(lines);
  const connection_id named = lines.id;
  destroy(0);
  EXPECT_EQ(router_.send_to(named, [](connection*) { FAIL(); }), post_result::gone);
}

TEST_P(connection_work_test, connections_that_have_ended_on_a_loop_that_goes_on_are_gone) {
  script& lines = new_script();
  open(lines);
  send(lines.id, 1);
  loops_[0].host.reset();
  send(lines.id, 2);
  run_until([&] { return calls_.size() == 2; });
  EXPECT_FALSE(calls_[0].reached || calls_[1].reached);
}

TEST_P(connection_work_test, what_work_throws_closes_its_connection) {
  script& lines = new_script();
  set_log_hook([](log_level, std::string_view) {});
  open(lines);
  ASSERT_EQ(router_.send_to(lines.id, [](connection*) { throw std::runtime_error("no"); }), post_result::taken);
  run_until_closed(lines);
  EXPECT_EQ(reason_of(lines), close_reason::handler_threw);
}

TEST_P(connection_work_test, work_by_the_first_name_follows_hop_by_hop_in_order) {
  script& lines = new_script();
  open(lines);
  const connection_id first = lines.id;
  int sent = 0;
  std::vector<std::size_t> route = {1, 2, 0, 1, 0, 2};
  for (const std::size_t next : route) {
    move(lines, next);
    const int moves = lines.moves;
    while (lines.moves == moves) {
      send(first, sent++);
      turn(static_cast<std::size_t>(sent) % loops_count);
    }
    EXPECT_EQ(loop_of(lines), next);
  }
  run_until([&] { return calls_.size() == static_cast<std::size_t>(sent); });
  for (int at = 0; at < sent; ++at) {
    EXPECT_EQ(calls_[static_cast<std::size_t>(at)].number, at);
    EXPECT_TRUE(calls_[static_cast<std::size_t>(at)].reached);
  }
}

TEST_P(connection_work_test, every_name_that_a_connection_had_works_until_it_is_closed_and_then_no_more) {
  script& lines = new_script();
  open(lines);
  std::vector<connection_id> names = {lines.id};
  for (const std::size_t next : {1, 2, 1, 0, 1}) {
    move_and_wait(lines, next);
    names.push_back(lines.id);
  }
  int number = 0;
  for (const connection_id each : names) send(each, number++);
  run_until([&] { return calls_.size() == names.size(); });
  for (const call& each : calls_) EXPECT_TRUE(each.reached && each.loop == 1) << each.number;
  lines.self->abort();
  run_until([&] { return lines.destroyed == 1; });
  calls_.clear();
  for (const connection_id each : names) send(each, number++);
  run_until([&] { return calls_.size() == names.size(); });
  for (const call& each : calls_) EXPECT_FALSE(each.reached) << each.number;
  turns(2);
  for (std::size_t at = 0; at < loops_count; ++at) EXPECT_EQ(host(at).names_forwarded(), 0U);
}

TEST_P(connection_work_test, work_that_reaches_a_loop_before_the_connection_was_taken_in_finds_it) {
  script& lines = new_script();
  open(lines);
  const connection_id first = lines.id;
  move(lines, 1);
  while (host(0).size() > 0) turn(0);
  send(first, 1);
  turn(0);
  run_until([&] { return calls_.size() == 1; });
  EXPECT_TRUE(calls_[0].reached);
  EXPECT_EQ(calls_[0].loop, 1U);
}

TEST_P(connection_work_test, work_on_its_way_to_a_loop_that_has_ended_is_told_that_it_is_gone) {
  script& lines = new_script();
  open(lines);
  const connection_id first = lines.id;
  move_and_wait(lines, 1);
  send(first, 1);
  destroy(1);
  run_until([&] { return calls_.size() == 1; });
  EXPECT_FALSE(calls_[0].reached);
}

TEST_P(connection_work_test, work_on_its_way_over_a_loop_whose_mailbox_is_full_is_told_that_it_reaches_nobody) {
  crowded_loop crowded(GetParam(), clock_, network_.get());
  others_took_part_ = true;
  script& lines = new_script();
  open(lines);
  const connection_id first = lines.id;
  lines.self->move_to(crowded.host->handle());
  run_until([&] {
    crowded.base->loop(loop_flags::nonblock);
    return lines.moves == 1;
  });
  crowded.fill_from(base(0));
  send(first, 1);
  run_until([&] { return calls_.size() == 1; });
  EXPECT_FALSE(calls_[0].reached);
  lines.self->abort();
  run_until([&] {
    crowded.base->loop(loop_flags::nonblock);
    return lines.destroyed == 1;
  });
}

// Many connections, and whatever may happen to them in any order: no byte and no work is lost or out of order.
TEST_P(connection_work_test, random_works_moves_and_ends_lose_nothing) {
  struct one {
    script* lines;
    net_peer* peer;
    connection_id first;
    std::string sent = {};
    int works_sent = 0;
    int works_called = 0;
    int reached_last = -1;
    bool was_told_gone = false;
  };
  std::mt19937 random(20261123);
  std::deque<one> all;
  std::size_t moves = 0;
  for (int step = 0; step < 4000; ++step) {
    if (all.size() < 20 && random() % 8 == 0) {
      script& lines = new_script();
      echoes(lines);
      net_peer& peer = open(lines);
      all.push_back({.lines = &lines, .peer = &peer, .first = lines.id});
    }
    if (all.empty()) continue;
    one& chosen = all[random() % all.size()];
    connection* self = find(*chosen.lines);
    switch (random() % 6) {
      case 0:
      case 1: {
        const std::string bytes(1 + random() % 3000, static_cast<char>('a' + step % 26));
        chosen.sent += bytes.substr(0, chosen.peer->send(bytes));
        break;
      }
      case 2: {
        const int number = chosen.works_sent++;
        ASSERT_EQ(router_.send_to(chosen.first,
                                  [&chosen, number](connection* peer) {
                                    ++chosen.works_called;
                                    if (peer == nullptr) {
                                      chosen.was_told_gone = true;
                                      return;
                                    }
                                    EXPECT_FALSE(chosen.was_told_gone);
                                    EXPECT_EQ(chosen.reached_last, number - 1);
                                    chosen.reached_last = number;
                                  }),
                  post_result::taken);
        break;
      }
      case 3:
        if (self != nullptr) self->move_to(host(random() % loops_count).handle());
        break;
      case 4:
        if (self != nullptr && random() % 40 == 0) self->abort();
        break;
      default:
        turn(random() % loops_count);
    }
    chosen.peer->receive();
    EXPECT_EQ(chosen.peer->received(), chosen.sent.substr(0, chosen.peer->received().size()));
  }
  for (one& each : all) {
    run_until([&] {
      each.peer->receive();
      return !each.lines->closes.empty() || each.peer->received().size() == each.sent.size();
    });
    run_until([&] { return each.works_called == each.works_sent; });
    if (each.lines->closes.empty()) {
      EXPECT_EQ(each.peer->received(), each.sent);
    }
    moves += static_cast<std::size_t>(each.lines->moves);
  }
  EXPECT_GT(moves, 100U);
}

TEST_P(connection_work_test, work_finds_connections_that_have_moved_to_two_hosts_of_one_loop) {
  others_took_part_ = true;
  script& one = new_script();
  script& other = new_script();
  const auto neighbour =
      std::make_unique<connection_host>(base(1), stream_options{.mode = GetParam().mode, .network = network_.get()});
  open(one);
  open(other);
  const std::array<connection_id, 2> first_names = {one.id, other.id};
  move(one, 1);
  other.self->move_to(neighbour->handle());
  run_until([&] { return one.moves + other.moves == 2; });
  send(first_names[0], 1);
  send(first_names[1], 2);
  run_until([&] { return calls_.size() == 2; });
  for (const call& each : calls_) EXPECT_TRUE(each.reached) << each.number;
  other.self->abort();
  run_until([&] { return other.destroyed == 1; });
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_work_test);

}  // namespace
}  // namespace pinwheel::testing
