// What connects meet in the kernel alone.
#include <netinet/tcp.h>

#include "pinwheel/net/pending_connect.h"
#include "support/forked_child.h"
#include "support/net_connects.h"
#include "support/no_more_descriptors.h"
#include "support/scratch_directory.h"

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;

using connector_kernel_test = connector_test;

// Of the open connection's socket.
int option_of(const script& lines, int level, int name) {
  int value = -1;
  socklen_t length = sizeof(value);
  EXPECT_EQ(::getsockopt(lines.self->native_handle(), level, name, &value, &length), 0);
  return value;
}

TEST_P(connector_kernel_test, what_fails_at_once_is_told_later) {
  const address broadcast = parse_address("255.255.255.255:1").value();
  const auto fails_with = [&](const std::vector<address>& to, int error) {
    script& client = new_script();
    EXPECT_TRUE(connect(client, to));
    EXPECT_TRUE(client.closes.empty());
    expect_ended_unopened(client, {close_reason::connect_failed, error});
  };
  fails_with({broadcast}, ENETUNREACH);
  fails_with({address()}, EAFNOSUPPORT);
  fails_with({parse_address("unix:/no/such/socket").value()}, ENOENT);
  fails_with({}, EDESTADDRREQ);
}

TEST_P(connector_kernel_test, out_of_descriptors_a_connect_fails_and_a_later_one_does_not) {
  script& served = new_script();
  const address to = serve(served);
  script& unlucky = new_script();
  {
    const no_more_descriptors none;
    connect(unlucky, {to, to});
    EXPECT_TRUE(unlucky.closes.empty());
    expect_ended_unopened(unlucky, {close_reason::connect_failed, EMFILE});
  }
  script& client = new_script();
  connect(client, {to});
  run_until_open(client);
}

TEST_P(connector_kernel_test, without_timeouts_it_waits_as_long_as_the_kernel_does) {
  script& client = new_script();
  connect(client, {silent()}, {.address_timeout = 0s, .total_timeout = 0s});
  turns(3);
  clock_.advance(24h);
  turns(3);
  EXPECT_TRUE(client.closes.empty());
  EXPECT_EQ(host_->connects().in_flight(), 1U);
}

TEST_P(connector_kernel_test, a_local_address_that_this_machine_does_not_have_fails) {
  script& served = new_script();
  script& client = new_script();
  connect(client, {serve(served)}, {.local = parse_address("192.0.2.1:0").value()});
  expect_ended_unopened(client, {close_reason::connect_failed, EADDRNOTAVAIL});
}

TEST_P(connector_kernel_test, small_writes_leave_at_once_unless_told_otherwise) {
  script& served = new_script();
  const address to = serve(served);
  for (const bool no_delay : {true, false}) {
    script& client = new_script();
    connect(client, {to}, {.no_delay = no_delay});
    run_until_open(client);
    EXPECT_EQ(option_of(client, IPPROTO_TCP, TCP_NODELAY), no_delay ? 1 : 0);
  }
}

TEST_P(connector_kernel_test, a_port_of_a_local_address_serves_many_connects) {
  script& served = new_script();
  script& client = new_script();
  connect(client, {serve(served)}, {.local = parse_address("127.0.0.2:0").value()});
  run_until_open(client);
  EXPECT_EQ(option_of(client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT), 1);
}

TEST_P(connector_kernel_test, a_unix_listener_with_a_full_backlog_is_asked_again_and_not_in_a_spin) {
  const scratch_directory scratch;
  const full_backlog& full = fill_backlog(scratch.socket());
  script& client = new_script();
  connect(client, {full.to});
  turns(3);
  full.make_room();
  clock_.advance(pending_connect::retry_interval - 1ns);
  turns(3);
  EXPECT_EQ(client.opens, 0);
  clock_.advance(1ns);
  run_until_open(client);
}

TEST_P(connector_kernel_test, a_unix_listener_with_a_full_backlog_has_exactly_its_timeout) {
  const scratch_directory scratch;
  const full_backlog& full = fill_backlog(scratch.socket());
  script& client = new_script();
  connect(client, {full.to}, {.address_timeout = 25ms});
  for (int waited = 0; waited < 24; ++waited) {
    turns(2);
    clock_.advance(1ms);
  }
  clock_.advance(1ms - 1ns);
  turns(3);
  EXPECT_TRUE(client.closes.empty());
  clock_.advance(1ns);
  expect_ended_unopened(client, {close_reason::connect_timeout});
}

TEST_P(connector_kernel_test, a_connect_that_waits_for_a_unix_listener_can_be_called_off) {
  const scratch_directory scratch;
  script& client = new_script();
  const connect_id named = connect(client, {fill_backlog(scratch.socket()).to});
  turns(3);
  EXPECT_TRUE(host_->cancel(named));
  expect_ended_unopened(client, {close_reason::cancelled});
}

TEST_P(connector_kernel_test, a_host_that_ends_tells_what_waits_for_a_unix_listener) {
  const scratch_directory scratch;
  script& client = new_script();
  connect(client, {fill_backlog(scratch.socket()).to});
  turns(3);
  host_.reset();
  EXPECT_EQ(client.closes, std::vector{close_status{close_reason::stopped}});
  host_ = make_host();
}

TEST_P(connector_kernel_test, I13_what_waits_for_a_unix_listener_fails_in_the_child_and_goes_on_in_the_parent) {
  const scratch_directory scratch;
  const full_backlog& full = fill_backlog(scratch.socket());
  script& client = new_script();
  connect(client, {full.to});
  turns(3);
  in_child([&] {
    ASSERT_TRUE(base_->reinit_after_fork().ok());
    expect_ended_unopened(client, {close_reason::connect_failed, ECONNABORTED});
  });
  full.make_room();
  clock_.advance(pending_connect::retry_interval);
  run_until_open(client);
}

PINWHEEL_OVER_THE_KERNEL(connector_kernel_test);

}  // namespace
}  // namespace pinwheel::testing
