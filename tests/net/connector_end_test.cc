// What becomes of connections that are opening when their host drains, ends or is forked.
#include "support/forked_child.h"
#include "support/net_connects.h"

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;

using connector_end_test = connector_test;

TEST_P(connector_end_test, a_drain_ends_what_is_opening_and_refuses_more) {
  script& client = new_script();
  const address to = silent();
  connect(client, {to});
  turns(3);
  host_->drain();
  EXPECT_TRUE(client.closes.empty());
  expect_ended_unopened(client, {close_reason::drained});
  EXPECT_FALSE(connect(client, {to}));
  EXPECT_EQ(host_->counters().refused.value(), 1U);
}

TEST_P(connector_end_test, what_is_connected_to_finish_something_goes_on_in_a_drain_and_is_told_of_it) {
  script& served = new_script();
  script& before = new_script();
  script& after = new_script();
  const address to = serve(served);
  connect(before, {to}, {.while_draining = true});
  host_->drain();
  connect(after, {to}, {.while_draining = true});
  for (script* each : {&before, &after}) {
    run_until_closed(*each);
    EXPECT_EQ(each->opens, 1);
    EXPECT_EQ(each->drains, 1);
    EXPECT_EQ(reason_of(*each), close_reason::drained);
  }
}

TEST_P(connector_end_test, aborting_all_ends_what_is_opening_and_a_handler_that_tries_again_is_refused) {
  const address to = silent();
  script& client = new_script();
  int refused = 0;
  client.closing = [&](connection&) { refused += connect(client, {to}) ? 0 : 1; };
  connect(client, {to});
  turns(3);
  bool is_empty = false;
  host_->on_empty([&] { is_empty = true; });
  host_->abort_all(close_reason::stopped);
  EXPECT_TRUE(client.closes.empty());
  expect_ended_unopened(client, {close_reason::stopped});
  EXPECT_EQ(refused, 1);
  EXPECT_TRUE(is_empty);
}

TEST_P(connector_end_test, a_draining_host_is_not_empty_while_a_handler_tries_again) {
  const connect_options how = {.while_draining = true};
  const address nobody = silent();
  script& again = new_script();
  script& client = new_script();
  connect_id second;
  client.closing = [&](connection&) { second = connect(again, {nobody}, how); };
  connect(client, {refusing()}, how);
  host_->drain();
  bool is_empty = false;
  host_->on_empty([&] { is_empty = true; });
  run_until_closed(client);
  turns(3);
  EXPECT_FALSE(is_empty);
  EXPECT_TRUE(host_->cancel(second));
  turns(3);
  EXPECT_TRUE(is_empty);
}

TEST_P(connector_end_test, a_host_that_ends_tells_what_is_opening_and_takes_no_more) {
  const address to = silent();
  script& connecting = new_script();
  script& not_tried_yet = new_script();
  script& again = new_script();
  connect(connecting, {to});
  turns(3);
  connect(not_tried_yet, {to});
  int refused = 0;
  connecting.closing = [&](connection& peer) {
    refused += peer.host().connect(to, make_handler_with<scripted>(again), default_options_) ? 0 : 1;
  };
  host_.reset();
  for (const script* each : {&connecting, &not_tried_yet}) {
    EXPECT_EQ(each->opens, 0);
    EXPECT_EQ(each->closes, std::vector{close_status{close_reason::stopped}});
    EXPECT_EQ(each->destroyed, 1);
  }
  EXPECT_EQ(refused, 1);
  host_ = make_host();
}

TEST_P(connector_end_test, I13_what_is_opening_fails_in_the_child_and_goes_on_in_the_parent) {
  script& served = new_script();
  script& client = new_script();
  connect(client, {silent(), serve(served)}, {.address_timeout = 1s});
  turns(3);
  in_child([&] {
    ASSERT_TRUE(base_->reinit_after_fork().ok());
    EXPECT_TRUE(client.closes.empty());
    expect_ended_unopened(client, {close_reason::connect_failed, ECONNABORTED});
    EXPECT_EQ(host_->size(), 0U);
  });
  clock_.advance(1s);
  run_until_open(client);
}

PINWHEEL_IN_BOTH_STREAM_MODES(connector_end_test);

}  // namespace
}  // namespace pinwheel::testing
