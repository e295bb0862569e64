// SEMANTICS I13: the streams of a loop are closed in the child of a fork, and go on in the parent.
#include "support/forked_child.h"
#include "support/net_connections.h"

namespace pinwheel::testing {
namespace {

using connection_fork_test = connection_test;

TEST_P(connection_fork_test, I13_connections_close_in_the_child_and_go_on_in_the_parent) {
  script& echoing = new_script();
  echoes(echoing);
  net_peer& peer = open(echoing);
  script& paused = new_script();
  paused.open = [](connection& mine) { mine.pause_reading(); };
  open(paused);
  turn();
  EXPECT_TRUE(succeeds_in_child([&] {
    if (!base_->reinit_after_fork().ok()) return false;
    turns(3);
    return echoing.closes.size() == 1 && paused.closes.size() == 1 && host_->size() == 0;
  }));
  EXPECT_EQ(peer.send("still here"), 10U);
  run_until_received(peer, "still here");
  EXPECT_TRUE(echoing.closes.empty());
}

TEST_P(connection_fork_test, I13_what_a_child_had_to_send_is_sent_by_the_parent_alone) {
  script& writing = new_script();
  const std::string much(std::size_t{256} << 10, 'x');
  writing.open = [&](connection& mine) { mine.write(much); };
  net_peer& peer = open(writing, {}, small_kernel_buffers);
  turn();
  EXPECT_TRUE(succeeds_in_child([&] {
    if (!base_->reinit_after_fork().ok()) return false;
    turns(4);
    return writing.closes.size() == 1;
  }));
  run_until_received(peer, much);
}

PINWHEEL_IN_BOTH_STREAM_MODES(connection_fork_test);

}  // namespace
}  // namespace pinwheel::testing
