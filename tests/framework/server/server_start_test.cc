// How a server starts, and what it says when it cannot.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "pinwheel/framework/server.h"
#include "support/raw_client.h"
#include "test_handlers.h"

namespace pinwheel::testing {
namespace {

std::string message_of(const absl::Status& status) { return std::string(status.message()); }

TEST(server_start, with_port_0_says_which_port_the_kernel_chose) {
  server served({.loops = 1});
  served.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(served.start().ok());
  ASSERT_EQ(served.addresses().size(), 1U);
  EXPECT_NE(served.addresses()[0].port(), 0);
  raw_client(served.addresses()[0]).expect_echo("hello");
}

TEST(server_start, serves_every_address_by_its_own_handler) {
  server served({.loops = 2});
  served.listen("127.0.0.1:0", make_handler<answers<'a'>>);
  served.listen("127.0.0.1:0", make_handler<answers<'b'>>);
  ASSERT_TRUE(served.start().ok());
  raw_client first(served.addresses()[0]);
  raw_client second(served.addresses()[1]);
  first.send("?");
  second.send("?");
  EXPECT_EQ(first.receive(1), "a");
  EXPECT_EQ(second.receive(1), "b");
}

TEST(server_start, that_cannot_bind_names_the_address_and_leaves_the_others_free) {
  server other({.loops = 1});
  other.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(other.start().ok());
  const std::string taken = to_string(other.addresses()[0]);
  server refused({.loops = 1});
  refused.listen("127.0.0.1:0", make_handler<echo>);
  refused.listen(taken, make_handler<echo>);
  const absl::Status started = refused.start();
  EXPECT_FALSE(started.ok());
  EXPECT_NE(message_of(started).find(taken), std::string::npos) << started;
  EXPECT_NE(message_of(started).find("choose another"), std::string::npos) << started;
  EXPECT_TRUE(refused.addresses().empty());
}

TEST(server_start, that_cannot_bind_removes_the_socket_file_that_it_made) {
  const std::string path = ::testing::TempDir() + "pinwheel_start_" + std::to_string(::getpid());
  server refused({.loops = 1});
  refused.listen("unix:" + path, make_handler<echo>);
  refused.listen("192.0.2.1:1", make_handler<echo>);  // An address for documentation: never this machine's.
  EXPECT_FALSE(refused.start().ok());
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(server_start, may_be_tried_again_after_a_failure) {
  server other({.loops = 1});
  other.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(other.start().ok());
  server served({.loops = 1});
  served.listen(to_string(other.addresses()[0]), make_handler<echo>);
  ASSERT_FALSE(served.start().ok());
  other.stop();
  other.wait();
  const absl::Status started = served.start();
  ASSERT_TRUE(started.ok()) << started;
  raw_client(served.addresses()[0]).expect_echo("hello");
}

TEST(server_start, a_second_time_is_refused_and_harms_nothing) {
  server served({.loops = 1});
  served.listen("127.0.0.1:0", make_handler<echo>);
  ASSERT_TRUE(served.start().ok());
  EXPECT_EQ(served.start().code(), absl::StatusCode::kFailedPrecondition);
  raw_client(served.addresses()[0]).expect_echo("hello");
}

TEST(server_start, quotes_an_address_that_it_does_not_understand) {
  server served({.loops = 1});
  served.listen("localhost", make_handler<echo>);
  const absl::Status started = served.start();
  EXPECT_EQ(started.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(message_of(started).find("localhost"), std::string::npos) << started;
}

TEST(server_start, without_an_address_is_refused) {
  server served({.loops = 1});
  EXPECT_EQ(served.start().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(server_start, names_a_backend_that_there_is_not) {
  server served({.loops = 1, .backend = "kqueue"});
  served.listen("127.0.0.1:0", make_handler<echo>);
  const absl::Status started = served.start();
  EXPECT_FALSE(started.ok());
  EXPECT_NE(message_of(started).find("kqueue"), std::string::npos) << started;
}

TEST(server_start, refuses_more_loops_than_a_process_can_have) {
  server served({.loops = 5000});
  served.listen("127.0.0.1:0", make_handler<echo>);
  EXPECT_EQ(served.start().code(), absl::StatusCode::kInvalidArgument);
}

TEST(server_start, is_not_needed_for_a_server_to_be_destroyed_or_asked) {
  server idle({.loops = 3});
  idle.listen("127.0.0.1:0", make_handler<echo>);
  idle.drain(std::chrono::seconds(1));
  idle.stop();
  idle.wait();
  EXPECT_EQ(idle.loops(), 3U);
  EXPECT_EQ(idle.for_each([](connection&) {}), post_result::gone);
  EXPECT_TRUE(idle.counters().loops.empty());
}

}  // namespace
}  // namespace pinwheel::testing
