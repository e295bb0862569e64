// When a connection stays open and when it closes: keep-alive, half-close, timeouts, drain.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/http_session_fixture.h"

namespace pinwheel::testing {
namespace {

using http::request;
using http::response;
using namespace std::chrono_literals;

class session_lifecycle_test : public http_session_test {
 protected:
  session_lifecycle_test() {
    routes_.get("/plaintext", [](const request&, response& out) { out.text("Hello, World!"); });
    routes_.post("/echo", [](const request& in, response& out) { out.text(in.body()); });
    routes_.get("/kept", [this](const request&, response& out) { kept_ = out.later(); });
  }

  std::uint64_t closed(close_reason why) { return host().counters().closed(why); }

  std::optional<http::later> kept_;
};

struct keep_alive_rule {
  std::string_view what;
  std::string_view request;
  std::string_view announced;
  bool stays_open;
};

class session_keep_alive_test : public session_lifecycle_test, public ::testing::WithParamInterface<keep_alive_rule> {};

// RFC 9112 section 9.3.
TEST_P(session_keep_alive_test, a_connection_stays_open_as_its_version_and_fields_say) {
  http_peer peer = connect();
  run(peer, GetParam().request);
  const auto reply = peer.take();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->field("connection"), GetParam().announced);
  EXPECT_EQ(peer.is_at_end(), !GetParam().stays_open);
}

INSTANTIATE_TEST_SUITE_P(
    rules, session_keep_alive_test,
    ::testing::Values(
        keep_alive_rule{"v11", "GET /plaintext HTTP/1.1\r\nHost: t\r\n\r\n", "(none)", true},
        keep_alive_rule{"v11_close", "GET /plaintext HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", "close", false},
        keep_alive_rule{"v11_close_in_list",
                        "GET /plaintext HTTP/1.1\r\nHost: t\r\nConnection: keep-alive, CLOSE\r\n\r\n", "close", false},
        keep_alive_rule{"v10", "GET /plaintext HTTP/1.0\r\n\r\n", "close", false},
        keep_alive_rule{"v10_keep_alive", "GET /plaintext HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "keep-alive",
                        true}),
    [](const auto& each) { return std::string(each.param.what); });

TEST_F(session_lifecycle_test, what_follows_a_request_that_asks_to_close_is_not_answered) {
  http_peer peer = connect();
  run(peer, get("/plaintext", "Connection: close\r\n") + get("/plaintext"));
  EXPECT_TRUE(peer.take());
  EXPECT_EQ(peer.received(), "");
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_EQ(context().counted.requests.value(), 1u);
}

TEST_F(session_lifecycle_test, a_peer_that_closes_its_half_is_answered_and_then_closed) {
  http_peer peer = connect();
  peer.try_send(get("/plaintext") + get("/plaintext"));
  peer.half_close();
  run(peer);
  EXPECT_TRUE(peer.take());
  EXPECT_TRUE(peer.take());
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_EQ(closed(close_reason::peer_eof), 1u);
}

TEST_F(session_lifecycle_test, half_a_request_and_the_end_close_without_an_answer) {
  http_peer peer = connect();
  peer.try_send("GET /plaintext HTTP/1.1\r\nHo");
  peer.half_close();
  run(peer);
  EXPECT_EQ(peer.received(), "");
  EXPECT_TRUE(peer.is_at_end());
}

// --- timeouts ---

TEST_F(session_lifecycle_test, a_head_that_takes_too_long_is_408) {
  http_peer peer = connect();
  run(peer, "GET /plaintext HT");
  advance(limits_.header_timeout - 1s);
  run(peer, "TP/1.1\r\nHost");
  EXPECT_EQ(peer.received(), "");
  advance(2s);  // More bytes gave no more time.
  run(peer);
  const auto reply = peer.take();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 408);
  EXPECT_EQ(reply->field("connection"), "close");
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_EQ(closed(close_reason::header_timeout), 1u);
}

TEST_F(session_lifecycle_test, a_head_in_time_ends_its_deadline) {
  http_peer peer = connect();
  run(peer, "GET /plaintext HT");
  advance(limits_.header_timeout - 1s);
  run(peer, "TP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(peer.take()->status, 200);
  advance(limits_.header_timeout);
  run(peer);
  EXPECT_FALSE(peer.is_at_end());
}

TEST_F(session_lifecycle_test, every_head_has_a_deadline_of_its_own) {
  http_peer peer = connect();
  for (int i = 0; i < 3; ++i) {
    run(peer, "GET /plaintext HTTP/1.1\r\n");
    advance(limits_.header_timeout - 1s);
    run(peer, "Host: t\r\n\r\n");
    EXPECT_EQ(peer.take()->status, 200);
  }
  run(peer, "G");
  advance(limits_.header_timeout + 1s);
  run(peer);
  EXPECT_EQ(peer.take()->status, 408);
}

TEST_F(session_lifecycle_test, an_idle_connection_is_closed_without_a_word) {
  http_peer peer = connect();
  run(peer, get("/plaintext"));
  EXPECT_TRUE(peer.take());
  advance(connection_options_.idle_timeout + 1s);
  run(peer);
  EXPECT_EQ(peer.received(), "");
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_EQ(closed(close_reason::idle), 1u);
}

TEST_F(session_lifecycle_test, a_body_that_stops_is_408) {
  http_peer peer = connect();
  run(peer, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n12345");
  advance(connection_options_.idle_timeout + 1s);
  run(peer);
  EXPECT_EQ(peer.take()->status, 408);
  EXPECT_TRUE(peer.is_at_end());
}

TEST_F(session_lifecycle_test, a_request_that_is_never_answered_ends_with_the_idle_timeout) {
  http_peer peer = connect();
  run(peer, get("/kept"));
  advance(connection_options_.idle_timeout + 1s);
  run(peer);
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_EQ(context().laters.in_flight(), 0u);
}

// --- slow peers ---

class session_slow_peer_test : public session_lifecycle_test {
 protected:
  session_slow_peer_test() {
    connection_options_.input_rate_min = 100;
    connection_options_.output_rate_min = 1000;
    connection_options_.rate_grace = 2s;
    routes_.get("/large", [](const request&, response& out) { out.text(std::string(1 << 20, 'x')); });
    routes_.get("/stream", [](const request&, response& out) {
      out.stream("text/plain", [](http::body_writer& to) {
        to.write(std::string(8192, 'x'));
        return true;
      });
    });
  }
};

TEST_F(session_slow_peer_test, a_body_that_trickles_is_408_long_before_it_would_be_idle) {
  http_peer peer = connect();
  run(peer, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n");
  advance(1s);
  run(peer, "x");
  advance(1s);
  EXPECT_FALSE(peer.is_at_end());
  advance(10ms);  // What the byte was worth.
  run(peer);
  EXPECT_EQ(peer.take()->status, 408);
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_EQ(closed(close_reason::slow_input), 1u);
}

TEST_F(session_slow_peer_test, a_head_that_trickles_is_408_before_its_deadline) {
  http_peer peer = connect();
  run(peer, "GET /plain");
  advance(1s);
  run(peer, "t");
  advance(1010ms);
  run(peer);
  EXPECT_EQ(peer.take()->status, 408);
  EXPECT_EQ(closed(close_reason::slow_input), 1u);
}

TEST_F(session_slow_peer_test, a_body_at_the_rate_is_answered) {
  http_peer peer = connect();
  run(peer, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n");
  for (int sent = 0; sent < 1000; sent += 100) {
    advance(1s);
    run(peer, std::string(100, 'x'));
  }
  EXPECT_EQ(peer.take()->body, std::string(1000, 'x'));
}

TEST_F(session_slow_peer_test, time_between_requests_and_of_the_handler_is_not_held_against_the_peer) {
  http_peer peer = connect();
  run(peer, get("/plaintext"));
  advance(connection_options_.idle_timeout - 1s);
  run(peer, post("/echo", "whole") + get("/kept"));
  run(peer, get("/plaintext") + "GET /plai");  // Behind a request that waits for its answer.
  advance(connection_options_.idle_timeout - 1s);
  EXPECT_FALSE(peer.is_at_end());
  kept_->text("kept");
  run(peer, "ntext HTTP/1.1\r\nHost: t\r\n\r\n");
  for (int answered = 0; answered < 5; ++answered) EXPECT_EQ(peer.take()->status, 200);
}

TEST_F(session_slow_peer_test, a_peer_that_reads_a_large_answer_byte_by_byte_is_cut_off) {
  for (const std::string_view target : {"/large", "/stream"}) {
    http_peer peer = connect();
    run();
    EXPECT_GT(peer.try_send(get(target)), 0u);
    run();
    for (int second = 0; second < 4; ++second) {
      peer.receive(1);
      advance(1s);
    }
    run(peer);
    EXPECT_TRUE(peer.is_at_end()) << target;
  }
  EXPECT_EQ(closed(close_reason::slow_output), 2u);
}

TEST_F(session_slow_peer_test, a_peer_that_asks_and_never_reads_stalls_also_if_it_goes_on_asking) {
  connection_options_.output_rate_min = 0;
  connection_options_.write_stall_timeout = 8s;
  connection_options_.idle_timeout = 5s;
  http_peer peer = connect();
  run();
  EXPECT_GT(peer.try_send(get("/large")), 0u);
  run();
  for (int passed = 0; passed < 8; passed += 2) {
    EXPECT_EQ(closed(close_reason::write_stall), 0u);
    peer.try_send(get("/plaintext"));
    advance(2s);
  }
  EXPECT_EQ(closed(close_reason::write_stall), 1u);
}

// --- drain ---

TEST_F(session_lifecycle_test, a_drain_closes_what_is_idle) {
  http_peer peer = connect();
  run(peer, get("/plaintext"));
  EXPECT_TRUE(peer.take());
  host().drain();
  run(peer);
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_EQ(peer.received(), "");
  EXPECT_EQ(closed(close_reason::drained), 1u);
}

TEST_F(session_lifecycle_test, a_drain_answers_what_the_kernel_had_already) {
  http_peer peer = connect();
  run();
  std::string segment;
  for (int i = 0; i < 50; ++i) segment += get("/plaintext");
  EXPECT_EQ(peer.try_send(segment), segment.size());  // In the socket, and unseen by the loop.
  host().drain();
  run(peer);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(peer.take()) << i;
  EXPECT_TRUE(peer.is_at_end());
}

TEST_F(session_lifecycle_test, a_drain_waits_for_a_later_and_for_what_was_sent_behind_it) {
  http_peer peer = connect();
  run(peer, get("/kept") + get("/plaintext"));
  EXPECT_EQ(peer.try_send(get("/plaintext")), get("/plaintext").size());
  host().drain();
  run(peer);
  EXPECT_FALSE(peer.is_at_end());
  kept_->text("kept");
  run(peer);
  EXPECT_EQ(peer.take()->body, "kept");
  EXPECT_TRUE(peer.take());
  EXPECT_TRUE(peer.take());
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_EQ(closed(close_reason::drained), 1u);
}

TEST_F(session_lifecycle_test, a_drain_waits_for_the_rest_of_a_request_and_announces_the_end) {
  http_peer peer = connect();
  run(peer, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n12345");
  host().drain();
  run(peer);
  EXPECT_FALSE(peer.is_at_end());
  run(peer, "67890");
  const auto reply = peer.take();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "1234567890");
  EXPECT_EQ(reply->field("connection"), "close");
  EXPECT_TRUE(peer.is_at_end());
}

TEST_F(session_lifecycle_test, a_drain_lets_a_stream_come_to_its_end) {
  routes_.get("/stream", [](const request&, response& out) {
    out.stream("text/plain", [left = 100](http::body_writer& to) mutable {
      to.write(std::string(8192, 'x'));
      return --left > 0;
    });
  });
  http_peer peer = connect();
  peer.try_send(get("/stream"));
  run();
  host().drain();
  run(peer);
  EXPECT_EQ(peer.take()->body.size(), 100u * 8192);
  EXPECT_TRUE(peer.is_at_end());
}

}  // namespace
}  // namespace pinwheel::testing
