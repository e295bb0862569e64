// The turn in which a connection leaves its loop: what else happens in it comes first, whole.
#include <memory>

#include "support/net_loops.h"

namespace pinwheel::testing {
namespace {

class connection_leave_test : public net_loops_test {
 protected:
  static constexpr int moments = 6;  // Turns of the old loop, by the last of which the connection has left.

  // Begins a move, and stops so many turns into it.
  void move_until(script& lines, int moment) {
    move(lines, 1);
    for (int at = 0; at < moment; ++at) turn(0);
  }

  void send_to(const script& lines, connection_work work) {
    ASSERT_EQ(router_.send_to(lines.id, std::move(work)), post_result::taken);
  }

  // Whether a connection that was opened on the first loop has not left it.
  [[nodiscard]] bool is_here() { return host(0).counters().moved_out.value() == left_before_; }
  void note_who_left() { left_before_ = host(0).counters().moved_out.value(); }

  void close(script& lines) {
    lines.self->abort();
    run_until([&] { return lines.destroyed == 1; });
  }

 private:
  std::uint64_t left_before_ = 0;
};

// The handler behind the connection lies in its room, which is another loop's from then on.
TEST_P(connection_leave_test, a_handler_that_is_replaced_dies_on_its_loop_before_the_connection_leaves_it) {
  int died_here = 0;
  for (int moment = 0; moment < moments; ++moment) {
    note_who_left();
    script& first = new_script();
    script& second = new_script();
    open(first);
    move_until(first, moment);
    first.dying = [&] {
      if (event_base::current() != &base(0)) return;
      ++died_here;
      EXPECT_TRUE(is_here()) << "after " << moment << " turns";
    };
    send_to(first, [&](connection* peer) { peer->become(std::make_unique<scripted>(second)); });
    run_until([&] { return first.moves + second.moves == 1 && first.destroyed == 1; });
    close(second);
  }
  EXPECT_GT(died_here, 0);
  EXPECT_LT(died_here, moments);
}

// What a handler does away with may name the connection as it dies.
TEST_P(connection_leave_test, what_a_callback_deletes_dies_before_the_connection_leaves) {
  struct last_words {
    std::function<void()> say;
    ~last_words() { say(); }
  };
  int died_here = 0;
  for (int moment = 0; moment < moments; ++moment) {
    note_who_left();
    script& lines = new_script();
    open(lines);
    move_until(lines, moment);
    send_to(lines, [&](connection* peer) {
      peer->loop().delete_later(std::unique_ptr<last_words>(new last_words{[this, &died_here, moment] {
        if (event_base::current() != &base(0)) return;
        ++died_here;
        EXPECT_TRUE(is_here()) << "after " << moment << " turns";
      }}));
    });
    run_until([&] { return lines.moves == 1; });
    close(lines);
  }
  EXPECT_GT(died_here, 0);
  EXPECT_LT(died_here, moments);
}

// Both ends have said goodbye, and only what the handler left unread holds the connection: offered and taken in that
// turn, it ends there.
TEST_P(connection_leave_test, a_connection_that_ends_by_itself_does_not_leave) {
  int ended_here = 0;
  for (int moment = 0; moment < moments; ++moment) {
    script& lines = new_script();
    std::size_t taken = 0;
    lines.data = [&](connection&, std::string_view bytes) { return std::min(taken, bytes.size()); };
    lines.eof = [](connection& peer) {
      peer.pause_reading();
      peer.shutdown_write();
    };
    net_peer& peer = open(lines);
    peer.send("unread");
    peer.shutdown_write();
    run_until([&] { return lines.eofs == 1 && lines.self->state() == connection_state::both_ended; });
    move_until(lines, moment);
    taken = 6;
    send_to(lines, [](connection* resumed) { resumed->resume_reading(); });
    base(0).loop(loop_flags::nonblock | loop_flags::once);  // With what its callbacks ask for, in the same turn.
    run_until_closed(lines);
    EXPECT_EQ(reason_of(lines), close_reason::peer_eof);
    if (lines.moves == 0) ++ended_here;
    run_until([&] { return lines.destroyed == 1; });
  }
  EXPECT_GT(ended_here, 0);
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_leave_test);

}  // namespace
}  // namespace pinwheel::testing
