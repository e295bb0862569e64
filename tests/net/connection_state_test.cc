// The states of a connection, and each way from one to another that connection_state.h has in its table.
#include "pinwheel/net/connection_state.h"

#include <set>
#include <stdexcept>

#include "support/net_connections.h"

namespace pinwheel::testing {
namespace {

// A connection that stays half-closed until the test says otherwise.
class connection_state_test : public connection_test {
 protected:
  void SetUp() override {
    connection_test::SetUp();
    set_log_hook([](log_level, std::string_view) {});
    lines_.eof = [](connection&) {};
    lines_.closing = [this](connection& peer) { last_ = peer.state(); };
    peer_ = &open(lines_, {.output_high_bytes = 1 << 20}, small_kernel_buffers);
  }

  connection& ours() { return *lines_.self; }
  connection_state state() { return ours().state(); }

  // More than the kernel takes: what is written waits until the peer reads.
  void write_much() { ours().write(std::string(1 << 19, 'x')); }

  void let_peer_end() {
    peer_->shutdown_write();
    run_until([this] { return lines_.eofs == 1; });
  }

  void run_until_closed_while_peer_reads() {
    run_until([this] {
      peer_->receive();
      return !lines_.closes.empty();
    });
  }

  // What on_close sees is the last state.
  void expect_closed(close_reason why) {
    EXPECT_EQ(reason_of(lines_), why);
    EXPECT_EQ(last_, connection_state::closed);
  }

  script& lines_ = new_script();
  net_peer* peer_ = nullptr;
  connection_state last_ = connection_state::open;
};

TEST_P(connection_state_test, a_connection_is_open_from_on_open_on) {
  script& lines = new_script();
  connection_state first = connection_state::closed;
  lines.open = [&](connection& peer) { first = peer.state(); };
  open(lines);
  EXPECT_EQ(first, connection_state::open);
  EXPECT_EQ(state(), connection_state::open);
}

TEST_P(connection_state_test, the_peers_end_half_closes) {
  let_peer_end();
  EXPECT_EQ(state(), connection_state::peer_ended);
  EXPECT_EQ(ours().write("taken"), write_result::accepted);
  run_until_received(*peer_, "taken");
  EXPECT_EQ(state(), connection_state::peer_ended);
}

TEST_P(connection_state_test, what_is_unread_may_still_be_offered_after_the_peers_end) {
  std::vector<connection_state> seen;
  lines_.data = [&](connection& peer, std::string_view) {
    seen.push_back(peer.state());
    return std::size_t{0};
  };
  peer_->send("unread");
  run_until([&] { return seen.size() == 1; });
  let_peer_end();
  ours().resume_reading();
  run_until([&] { return seen.size() == 2; });
  EXPECT_EQ(seen, (std::vector{connection_state::open, connection_state::peer_ended}));
}

TEST_P(connection_state_test, shutting_down_writing_half_closes_from_the_call_on) {
  ours().shutdown_write();
  EXPECT_EQ(state(), connection_state::write_ended);
  EXPECT_EQ(ours().write("not taken"), write_result::closed);
  peer_->send("still comes");
  run_until([&] { return !lines_.offered.empty(); });
  EXPECT_EQ(state(), connection_state::write_ended);
}

TEST_P(connection_state_test, with_both_ended_it_stays_until_its_output_has_left) {
  let_peer_end();
  write_much();
  ours().shutdown_write();
  EXPECT_EQ(state(), connection_state::both_ended);
  turns(10);
  EXPECT_EQ(state(), connection_state::both_ended);
  run_until_closed_while_peer_reads();
  EXPECT_EQ(peer_->received().size(), 1U << 19);
  expect_closed(close_reason::peer_eof);
}

TEST_P(connection_state_test, with_both_ended_in_the_other_order_it_ends_too) {
  write_much();
  ours().shutdown_write();
  let_peer_end();
  EXPECT_EQ(state(), connection_state::both_ended);
  run_until_closed_while_peer_reads();
  expect_closed(close_reason::peer_eof);
}

TEST_P(connection_state_test, close_closes_from_the_call_on_until_the_output_has_left) {
  write_much();
  ours().close();
  EXPECT_EQ(state(), connection_state::closing);
  turns(10);
  EXPECT_EQ(state(), connection_state::closing);
  run_until_closed_while_peer_reads();
  EXPECT_EQ(peer_->received().size(), 1U << 19);
  expect_closed(close_reason::local);
}

TEST_P(connection_state_test, each_half_closed_state_can_be_closed) {
  ours().shutdown_write();
  ours().close();
  EXPECT_EQ(state(), connection_state::closing);
  run_until_closed(lines_);
  script& other = new_script();
  other.eof = [](connection& peer) {
    EXPECT_EQ(peer.state(), connection_state::peer_ended);
    peer.close();
    EXPECT_EQ(peer.state(), connection_state::closing);
  };
  open(other).shutdown_write();
  run_until_closed(other);
  expect_closed(close_reason::local);
}

TEST_P(connection_state_test, abort_ends_every_state_at_once) {
  write_much();
  ours().close();
  ours().abort(close_reason::stopped);
  EXPECT_EQ(state(), connection_state::closed);
  EXPECT_TRUE(lines_.closes.empty());
  run_until_closed(lines_);
  expect_closed(close_reason::stopped);
}

TEST_P(connection_state_test, a_reset_ends_it) {
  turns(2);
  peer_->reset();
  run_until_closed(lines_);
  expect_closed(close_reason::reset);
}

TEST_P(connection_state_test, an_exception_ends_it) {
  lines_.data = [](connection&, std::string_view) -> std::size_t { throw std::runtime_error("no"); };
  peer_->send("x");
  run_until_closed(lines_);
  expect_closed(close_reason::handler_threw);
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_state_test);

TEST(connection_state_text_test, every_state_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t each = 0; each < connection_states; ++each) {
    names.insert(to_string(static_cast<connection_state>(each)));
  }
  EXPECT_EQ(names.size(), connection_states);
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace pinwheel::testing
