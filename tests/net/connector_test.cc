// Connections that are opened as a client: addresses in order, and how an attempt ends.
#include "pinwheel/net/connector.h"

#include <stdexcept>

#include "support/net_connects.h"
#include "support/scratch_directory.h"

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;

constexpr close_status refused{close_reason::connect_failed, ECONNREFUSED};

TEST_P(connector_test, what_a_client_sends_comes_back_to_it_with_both_ends_on_one_loop) {
  script& served = new_script();
  echoes(served);
  script& client = new_script();
  client.open = [](connection& peer) { peer.write("hello"); };
  EXPECT_TRUE(connect(client, {serve(served)}));
  run_until_received(client, "hello");
  EXPECT_EQ(client.self->peer_address(), served.self->local_address());
  EXPECT_EQ(host_->counters().connects.value(), 1U);
  EXPECT_EQ(host_->counters().opened.value(), 2U);
}

TEST_P(connector_test, a_loop_serves_what_another_loop_connects_to_it) {
  script& served = new_script();
  echoes(served);
  script& client = new_script();
  client.open = [](connection& peer) { peer.write("hello"); };
  client.data = [&](connection& peer, std::string_view bytes) {
    if (received_by(client) == "hello") peer.close();
    return bytes.size();
  };
  const address to = serve(served);
  const auto other = GetParam().make_base({.clock = &clock_}, network_.get());
  connection_host clients(*other, {.mode = GetParam().mode, .network = network_.get()});
  clients.connect(to, make_handler_with<scripted>(client), default_options_);
  run_until([&] {
    other->loop(loop_flags::nonblock);
    return client.destroyed == 1 && served.destroyed == 1 && clients.all_streams().empty();
  });
  EXPECT_EQ(reason_of(client), close_reason::local);
  EXPECT_EQ(reason_of(served), close_reason::peer_eof);
}

TEST_P(connector_test, what_the_server_sends_at_once_is_heard_behind_on_open) {
  script& served = new_script();
  served.open = [](connection& peer) {
    peer.write("greetings");
    peer.close();
  };
  script& client = new_script();
  client.data = [&](connection&, std::string_view bytes) {
    EXPECT_EQ(client.opens, 1);
    return bytes.size();
  };
  connect(client, {serve(served)});
  run_until_closed(client);
  EXPECT_EQ(received_by(client), "greetings");
  EXPECT_EQ(reason_of(client), close_reason::peer_eof);
}

TEST_P(connector_test, the_first_address_that_answers_has_the_connection) {
  script& second = new_script();
  script& third = new_script();
  script& client = new_script();
  connect(client, {refusing(), serve(second), serve(third)});
  run_until_open(client);
  run_until_open(second);
  turns(3);
  EXPECT_EQ(third.opens, 0);
}

TEST_P(connector_test, when_none_answers_the_handler_hears_what_became_of_the_last) {
  script& client = new_script();
  const address broadcast = parse_address("255.255.255.255:1").value();
  connect(client, {broadcast, address(), refusing()});
  EXPECT_TRUE(client.closes.empty());
  run_until_closed(client);
  expect_ended_unopened(client, refused);
}

TEST_P(connector_test, of_too_many_addresses_the_first_are_tried) {
  script& served = new_script();
  std::vector<address> to(connector::addresses_max, refusing());
  to.push_back(serve(served));
  script& client = new_script();
  connect(client, to);
  run_until_closed(client);
  expect_ended_unopened(client, refused);
  script& luckier = new_script();
  to.erase(to.begin());
  connect(luckier, to);
  run_until_open(luckier);
}

TEST_P(connector_test, an_address_that_does_not_answer_has_exactly_its_timeout) {
  script& served = new_script();
  script& client = new_script();
  connect(client, {silent(), serve(served)}, {.address_timeout = 1s});
  turns(3);
  clock_.advance(1s - 1ns);
  turns(3);
  EXPECT_EQ(served.opens, 0);
  clock_.advance(1ns);
  run_until_open(client);
}

TEST_P(connector_test, the_last_address_that_does_not_answer_ends_it_with_the_timeout) {
  script& client = new_script();
  connect(client, {refusing(), silent()}, {.address_timeout = 1s});
  turns(3);
  clock_.advance(1s - 1ns);
  turns(3);
  EXPECT_TRUE(client.closes.empty());
  clock_.advance(1ns);
  expect_ended_unopened(client, {close_reason::connect_timeout});
}

TEST_P(connector_test, all_addresses_together_have_exactly_the_total_timeout) {
  script& client = new_script();
  const address one = silent();
  connect(client, {one, one, one}, {.address_timeout = 1s, .total_timeout = 1500ms});
  turns(3);
  clock_.advance(1s);
  turns(3);
  clock_.advance(500ms - 1ns);
  turns(3);
  EXPECT_TRUE(client.closes.empty());
  clock_.advance(1ns);
  expect_ended_unopened(client, {close_reason::connect_timeout});
}

TEST_P(connector_test, an_answer_counts_that_is_found_together_with_the_timeout) {
  script& served = new_script();
  script& client = new_script();
  connect(client, {serve(served)}, {.address_timeout = 1s, .total_timeout = 1s});
  turn();
  ASSERT_EQ(client.opens, 0);
  clock_.advance(1h);
  run_until_open(client);
}

TEST_P(connector_test, a_connect_can_be_called_off_at_any_moment_until_it_is_open) {
  script& served = new_script();
  const std::vector<address> to = {refusing(), serve(served)};
  int called_off = 0;
  int too_late = 0;
  for (int before = 0; before < 10; ++before) {
    script& client = new_script();
    const connect_id named = connect(client, to);
    turns(before);
    const bool was_open = client.opens == 1;
    EXPECT_EQ(host_->cancel(named), !was_open);
    EXPECT_FALSE(host_->cancel(named));
    EXPECT_TRUE(client.closes.empty());
    if (was_open) {
      turns(3);
      EXPECT_TRUE(client.closes.empty());
      ++too_late;
    } else {
      expect_ended_unopened(client, {close_reason::cancelled});
      ++called_off;
    }
  }
  EXPECT_GE(called_off, 2);
  EXPECT_GE(too_late, 1);
}

TEST_P(connector_test, the_name_of_a_connect_that_is_over_does_not_call_off_the_next) {
  script& client = new_script();
  const connect_id over = connect(client, {refusing()});
  run_until_closed(client);
  script& next = new_script();
  EXPECT_NE(connect(next, {silent()}), over);
  EXPECT_FALSE(host_->cancel(over));
  EXPECT_FALSE(host_->cancel({}));
  turns(3);
  EXPECT_TRUE(next.closes.empty());
}

TEST_P(connector_test, a_connect_that_gets_no_answer_can_be_called_off) {
  script& client = new_script();
  const connect_id named = connect(client, {silent()});
  turns(3);
  EXPECT_TRUE(host_->cancel(named));
  expect_ended_unopened(client, {close_reason::cancelled});
}

TEST_P(connector_test, what_is_opening_is_no_connection_that_others_can_find) {
  script& client = new_script();
  connect(client, {silent()});
  turns(3);
  EXPECT_EQ(host_->size(), 1U);
  host_->for_each([](connection&) { ADD_FAILURE() << "it is not open"; });
}

TEST_P(connector_test, a_connection_that_was_never_open_has_neither_name_nor_addresses_and_takes_nothing) {
  script& client = new_script();
  client.closing = [](connection& peer) {
    EXPECT_EQ(peer.id(), connection_id());
    EXPECT_EQ(peer.local_address(), address());
    EXPECT_EQ(peer.peer_address(), address());
    EXPECT_EQ(peer.native_handle(), -1);
    EXPECT_EQ(peer.write("too late"), write_result::closed);
    peer.abort();
    peer.set_deadline(1s, close_reason::idle);
  };
  connect(client, {refusing()});
  run_until_closed(client);
  expect_ended_unopened(client, refused);
}

TEST_P(connector_test, a_handler_may_connect_again_when_it_has_failed) {
  script& served = new_script();
  const address to = serve(served);
  script& again = new_script();
  script& client = new_script();
  client.closing = [&](connection&) { connect(again, {to}); };
  connect(client, {refusing()});
  run_until_open(again);
  EXPECT_EQ(client.closes, std::vector{refused});
}

TEST_P(connector_test, what_on_open_throws_closes_the_connection) {
  set_log_hook([](log_level, std::string_view) {});
  script& served = new_script();
  script& client = new_script();
  client.open = [](connection&) { throw std::runtime_error("on_open"); };
  connect(client, {serve(served)});
  run_until_closed(client);
  EXPECT_EQ(reason_of(client), close_reason::handler_threw);
}

TEST_P(connector_test, a_handler_that_cannot_be_made_is_no_connect) {
  struct never_made final : connection_handler {
    never_made() { throw std::runtime_error("constructor"); }
    std::size_t on_data(connection&, std::string_view bytes) override { return bytes.size(); }
  };
  set_log_hook([](log_level, std::string_view) {});
  EXPECT_EQ(host_->connect(refusing(), make_handler<never_made>, default_options_), connect_id());
  EXPECT_EQ(host_->counters().refused.value(), 1U);
  EXPECT_EQ(host_->size(), 0U);
}

TEST_P(connector_test, of_1000_connects_at_once_so_many_are_under_way_as_may_be) {
  constexpr std::size_t most = 200;
  host_ = make_host({.in_flight_max = most});
  script& served = new_script();
  echoes(served);
  script& client = new_script();
  client.open = [](connection& peer) { peer.write("x"); };
  const address to = serve(served);
  const auto connect_1000 = [&] {
    std::size_t taken = 0;
    for (int asked = 0; asked < 1000; ++asked) taken += connect(client, {to}) ? 1U : 0U;
    return taken;
  };
  EXPECT_EQ(connect_1000(), most);
  EXPECT_EQ(host_->counters().refused.value(), 1000 - most);
  run_until([&] { return client.offered.size() == most; });
  EXPECT_EQ(host_->connects().in_flight(), 0U);
  EXPECT_TRUE(client.closes.empty());
  EXPECT_TRUE(connect(client, {to}));
}

TEST_P(connector_test, our_end_is_bound_to_the_local_address_that_was_asked_for) {
  script& served = new_script();
  script& client = new_script();
  connect(client, {serve(served)}, {.local = parse_address("127.0.0.2:0").value()});
  run_until_open(client);
  run_until_open(served);
  address seen = served.self->peer_address();
  EXPECT_NE(seen.port(), 0);
  seen.set_port(0);
  EXPECT_EQ(to_string(seen), "127.0.0.2:0");
}

TEST_P(connector_test, a_unix_address_is_connected_to) {
  const scratch_directory scratch;
  script& served = new_script();
  echoes(served);
  script& client = new_script();
  client.open = [](connection& peer) { peer.write("hello"); };
  connect(client, {serve(served, scratch.socket())});
  EXPECT_EQ(client.opens, 0);
  run_until_received(client, "hello");
}

PINWHEEL_IN_BOTH_STREAM_MODES(connector_test);

}  // namespace
}  // namespace pinwheel::testing
