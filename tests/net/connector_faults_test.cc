// Connects in a simulated network: what the kernel does only now and then.
#include "support/net_connects.h"

namespace pinwheel::testing {
namespace {

using namespace std::chrono_literals;

using connector_faults_test = connector_test;

TEST_P(connector_faults_test, an_attempt_without_a_descriptor_goes_on_to_the_next_address) {
  script& served = new_script();
  script& client = new_script();
  network_->faults().script(simulated_fault::no_descriptor);
  const address to = serve(served);
  connect(client, {to, to});
  run_until_open(client);
  EXPECT_EQ(network_->faults().occurred(simulated_fault::no_descriptor), 1U);
}

TEST_P(connector_faults_test, out_of_descriptors_every_attempt_fails) {
  script& served = new_script();
  const address to = serve(served);
  network_->limit_descriptors(network_->descriptors());
  script& client = new_script();
  connect(client, {to, to});
  expect_ended_unopened(client, {close_reason::connect_failed, EMFILE});
}

TEST_P(connector_faults_test, a_refusal_now_and_then_goes_on_to_the_next_address) {
  script& served = new_script();
  script& client = new_script();
  network_->faults().script(simulated_fault::refused_connect);
  const address to = serve(served);
  connect(client, {to, to});
  run_until_open(client);
}

TEST_P(connector_faults_test, without_timeouts_an_address_has_as_long_as_the_kernel_tries) {
  script& client = new_script();
  connect(client, {silent()}, {.address_timeout = 0s, .total_timeout = 0s});
  turns(3);
  clock_.advance(wire_options().connect_timeout - 1ns);
  turns(3);
  EXPECT_TRUE(client.closes.empty());
  clock_.advance(1ns);
  expect_ended_unopened(client, {close_reason::connect_failed, ETIMEDOUT});
}

TEST_P(connector_faults_test, an_answer_that_comes_behind_its_timeout_opens_nothing) {
  script& served = new_script();
  script& client = new_script();
  network_->faults().script(simulated_fault::stall, 1);  // Up to half a minute.
  connect(client, {serve(served)}, {.address_timeout = 1ns});
  turns(2);
  clock_.advance(1ns);
  expect_ended_unopened(client, {close_reason::connect_timeout});
  clock_.advance(wire_options().stall_max);
  turns(3);
  EXPECT_EQ(client.opens, 0);
}

INSTANTIATE_TEST_SUITE_P(streams, connector_faults_test, ::testing::Values(simulated_immediate, simulated_late),
                         case_name);

}  // namespace
}  // namespace pinwheel::testing
