// The whole HTTP server, on loops of its own, seen through real sockets.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "pinwheel/framework/http_server.h"
#include "pinwheel/framework/server.h"
#include "support/http_reply.h"
#include "support/raw_client.h"

namespace pinwheel::testing {
namespace {

using http::request;
using http::response;
using namespace std::chrono_literals;

constexpr std::string_view closing_get = " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";

class http_server_threads_test : public ::testing::Test {
 protected:
  http_server_threads_test() {
    routes_.get("/plaintext", [](const request&, response& out) { out.text("Hello, World!"); });
    routes_.get("/metrics", http::metrics);
  }

  void start(unsigned loops = 2) {
    server_.emplace(http::server_options{.listen = "127.0.0.1:0", .loops = loops, .pin = false}, routes_);
    ASSERT_TRUE(server_->start().ok());
  }

  http_reply ask(std::string_view path) {
    raw_client client(server_->addresses().at(0));
    client.send(std::string("GET ").append(path).append(closing_get));
    std::string bytes = client.receive_rest();
    return http_reply_reader::take(bytes, false, true).value_or(http_reply{});
  }

  http::router routes_;
  std::optional<http::server> server_;
};

TEST_F(http_server_threads_test, every_loop_answers_by_the_same_routes) {
  start();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ask("/plaintext").body, "Hello, World!");
  const server_counters counted = server_->transport().counters();
  ASSERT_EQ(counted.loops.size(), 2u);
  EXPECT_EQ(counted.loops[0].opened, 10u);
  EXPECT_EQ(counted.loops[1].opened, 10u);
}

TEST_F(http_server_threads_test, metrics_name_every_loop) {
  start();
  for (int i = 0; i < 4; ++i) ask("/plaintext");
  const http_reply reply = ask("/metrics");
  EXPECT_TRUE(reply.field("content-type").starts_with("text/plain; version=0.0.4"));
  EXPECT_NE(reply.body.find("\npinwheel_http_requests_total{loop=\"0\"} 3\n"), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find("\npinwheel_http_requests_total{loop=\"1\"} 2\n"), std::string::npos);
  EXPECT_NE(reply.body.find("\npinwheel_http_responses_total{loop=\"1\",status=\"2xx\"} 2\n"), std::string::npos);
  EXPECT_NE(reply.body.find("\npinwheel_accepted_total 5\n"), std::string::npos);
  EXPECT_NE(reply.body.find("\n# TYPE pinwheel_connections_open gauge\n"), std::string::npos);
}

TEST_F(http_server_threads_test, a_later_answers_from_another_thread) {
  std::vector<std::thread> workers;  // Touched by the one loop only, until it has ended.
  routes_.get("/task/{n}", [&workers](const request& in, response& out) {
    out.header("X-From", "handler");
    workers.emplace_back([later = out.later(), n = std::string(in.parameter("n"))]() mutable {
      later.header("X-Also", "worker");
      later.status(202).text("worked on ", n);
    });
  });
  start(1);
  for (const std::string n : {"1", "2", "3", "4"}) {
    const http_reply reply = ask("/task/" + n);
    EXPECT_EQ(reply.status, 202);
    EXPECT_EQ(reply.body, "worked on " + n);
    EXPECT_EQ(reply.field("x-from"), "handler");
    EXPECT_EQ(reply.field("x-also"), "worker");
  }
  server_->stop();
  server_->wait();
  for (std::thread& worker : workers) worker.join();
}

TEST_F(http_server_threads_test, a_later_dropped_on_another_thread_is_500) {
  std::thread worker;
  routes_.get("/drop", [&worker](const request&, response& out) {
    worker = std::thread([later = out.later()] { static_cast<void>(later); });
  });
  start();
  EXPECT_EQ(ask("/drop").status, 500);
  server_.reset();
  worker.join();
}

TEST_F(http_server_threads_test, a_later_outlives_its_server_in_peace) {
  std::promise<http::later> given;
  routes_.get("/kept", [&given](const request&, response& out) { given.set_value(out.later()); });
  start();
  raw_client client(server_->addresses().at(0));
  client.send(std::string("GET /kept").append(closing_get));
  http::later kept = given.get_future().get();
  server_.reset();
  client.expect_end();
  kept.text("for nobody");
  EXPECT_FALSE(kept);
}

TEST_F(http_server_threads_test, a_drain_answers_what_was_delivered_and_then_ends) {
  std::promise<http::later> given;
  routes_.get("/kept", [&given](const request&, response& out) { given.set_value(out.later()); });
  start();
  raw_client waiting(server_->addresses().at(0));
  waiting.send(std::string("GET /kept HTTP/1.1\r\nHost: test\r\n\r\n"));
  http::later kept = given.get_future().get();
  raw_client delivered(server_->addresses().at(0));
  delivered.send("GET /plaintext HTTP/1.1\r\nHost: test\r\n\r\n");
  delivered.wait_until_delivered();
  server_->drain(20s);
  EXPECT_TRUE(delivered.receive_rest().ends_with("Hello, World!"));
  kept.text("kept");
  EXPECT_TRUE(waiting.receive_rest().ends_with("kept"));
  server_->wait();
}

TEST_F(http_server_threads_test, an_address_that_cannot_be_used_is_named) {
  start();
  const std::string taken = to_string(server_->addresses().at(0));
  http::server second({.listen = taken}, routes_);
  const absl::Status refused = second.start();
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(std::string(refused.message()).find(taken), std::string::npos) << refused;
}

TEST(http_serve_threads_test, a_failed_start_is_one_line_and_one) {
  const http::router routes;
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(http::serve({.listen = "no address"}, routes), 1);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("no address"), std::string::npos);
  EXPECT_EQ(said.find('\n'), said.size() - 1);
}

}  // namespace
}  // namespace pinwheel::testing
