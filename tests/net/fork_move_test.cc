// SEMANTICS I13: a fork finds a connection on its way between two loops.
#include <unistd.h>

#include "support/forked_child.h"
#include "support/net_loops.h"

namespace pinwheel::testing {
namespace {

class fork_move_test : public net_loops_test {
 protected:
  [[nodiscard]] bool reinit_all() {
    for (const one_loop& each : loops_) {
      if (!each.base->reinit_after_fork().ok()) return false;
    }
    return true;
  }

  // In the child.
  [[nodiscard]] bool closes_once(const script& lines) {
    turns(6);
    return lines.closes.size() == 1 && host(0).size() + host(1).size() == 0;
  }
};

TEST_P(fork_move_test, I13_a_connection_between_two_loops_closes_in_the_child_and_arrives_in_the_parent) {
  for (const bool is_paused : {false, true}) {
    script& lines = new_script();
    echoes(lines);
    lines.moved = [&](connection& peer) {
      if (is_paused) peer.resume_reading();
      peer.write("moved, ");
    };
    net_peer& peer = open(lines);
    if (is_paused) lines.self->pause_reading();
    move(lines, 1);
    while (host(0).size() > 0) turn(0);
    EXPECT_TRUE(succeeds_in_child([&] { return reinit_all() && closes_once(lines); }));
    peer.send("and here");
    run_until_received(peer, "moved, and here");
    EXPECT_TRUE(lines.closes.empty());
    lines.self->abort();
    run_until([&] { return lines.destroyed == 1; });
  }
}

TEST_P(fork_move_test, I13_a_connection_that_is_about_to_leave_closes_in_the_child_and_moves_in_the_parent) {
  for (int moment = 0; moment < 6; ++moment) {
    script& lines = new_script();
    echoes(lines);
    net_peer& peer = open(lines);
    move(lines, 1);
    for (int at = 0; at < moment; ++at) turn(0);
    pid_t child = -1;
    bool goes_on = false;
    ASSERT_EQ(base(0).post([&] {
      child = ::fork();
      goes_on = child != 0 || reinit_all();
    }),
              post_result::taken);
    turn(0);  // Of which the child runs the rest.
    if (child == 0) ::_exit(goes_on && closes_once(lines) ? 0 : 1);
    EXPECT_TRUE(succeeded(child)) << "after " << moment << " turns";
    run_until([&] { return lines.moves == 1; });
    peer.send("moved");
    run_until_received(peer, "moved");
    lines.self->abort();
    run_until([&] { return lines.destroyed == 1; });
  }
}

PINWHEEL_IN_BOTH_STREAM_MODES(fork_move_test);

}  // namespace
}  // namespace pinwheel::testing
