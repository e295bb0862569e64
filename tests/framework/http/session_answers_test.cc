// What handlers can answer, and what becomes of handlers that do not.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "support/http_session_fixture.h"

namespace pinwheel::testing {
namespace {

using http::request;
using http::response;

class session_answers_test : public http_session_test {
 protected:
  session_answers_test() {
    routes_.get("/plaintext", [](const request&, response& out) { out.text("Hello, World!"); });
  }

  // What a GET of a route with that handler is answered.
  http_reply answer_of(http::handler handler) {
    routes_.get("/tested", std::move(handler));
    return ask(get("/tested"));
  }
};

TEST_F(session_answers_test, status_and_fields_are_sent_with_the_body) {
  const http_reply reply = answer_of([](const request&, response& out) {
    EXPECT_TRUE(out.header("X-One", "1"));
    EXPECT_TRUE(out.status(201).header("X-Two", "2"));
    out.html("<p>");
  });
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.field("x-one"), "1");
  EXPECT_EQ(reply.field("x-two"), "2");
  EXPECT_EQ(reply.field("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(reply.body, "<p>");
}

TEST_F(session_answers_test, an_answer_may_have_no_body) {
  const http_reply reply = answer_of([](const request&, response& out) {
    out.header("Location", "/elsewhere");
    out.status(303).end();
  });
  EXPECT_EQ(reply.status, 303);
  EXPECT_EQ(reply.field("content-length"), "0");
  EXPECT_EQ(reply.field("content-type"), "(none)");
}

TEST_F(session_answers_test, statuses_without_content_send_none) {
  for (const int status : {204, 304}) {
    routes_.get("/" + std::to_string(status),
                [status](const request&, response& out) { out.status(status).text("never sent"); });
    http_peer peer = connect();
    run(peer, get("/" + std::to_string(status)) + get("/plaintext"));
    const auto reply = peer.take();
    EXPECT_EQ(reply->status, status);
    EXPECT_EQ(reply->field("content-length"), "(none)");
    EXPECT_EQ(peer.take()->body, "Hello, World!");
  }
}

struct refused_field {
  std::string_view name;
  std::string value;
};

class session_refused_fields_test : public session_answers_test, public ::testing::WithParamInterface<refused_field> {};

TEST_P(session_refused_fields_test, a_field_that_would_break_the_response_makes_it_500) {
  const kept_log log;
  const http_reply reply = answer_of([](const request&, response& out) {
    EXPECT_FALSE(out.header(GetParam().name, GetParam().value));
    out.text("never sent");
  });
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.field("x-injected"), "(none)");
  EXPECT_TRUE(log.holds("refused"));
}

INSTANTIATE_TEST_SUITE_P(
    fields, session_refused_fields_test,
    ::testing::Values(refused_field{"X-Field", "a\r\nX-Injected: b"}, refused_field{"X-Field", "a\nX-Injected: b"},
                      refused_field{"X-Field", std::string("a\0b", 3)}, refused_field{"X-Field\r\nX-Injected", "b"},
                      refused_field{"", "b"}, refused_field{"Content-Length", "5"},
                      refused_field{"connection", "close"},
                      refused_field{"X-Field", std::string(http::response_fields_bytes_max, 'x')}));

TEST_F(session_answers_test, a_status_or_a_type_that_cannot_be_sent_is_500) {
  const kept_log log;
  EXPECT_EQ(answer_of([](const request&, response& out) { out.status(100).text("x"); }).status, 500);
  routes_.get("/type", [](const request&, response& out) { out.body("text/plain\r\nX-Injected: b", "x"); });
  EXPECT_EQ(ask(get("/type")).status, 500);
}

TEST_F(session_answers_test, of_two_answers_the_first_counts) {
  const kept_log log;
  routes_.get("/twice", [](const request&, response& out) {
    out.text("first");
    out.text("second");
    EXPECT_FALSE(out.later());
  });
  http_peer peer = connect();
  run(peer, get("/twice") + get("/plaintext"));
  EXPECT_EQ(peer.take()->body, "first");
  EXPECT_EQ(peer.take()->body, "Hello, World!");
  EXPECT_TRUE(log.holds("answered twice"));
}

TEST_F(session_answers_test, a_handler_without_an_answer_is_500_and_the_connection_goes_on) {
  const kept_log log;
  routes_.get("/silent", [](const request&, response&) {});
  http_peer peer = connect();
  run(peer, get("/silent") + get("/plaintext"));
  EXPECT_EQ(peer.take()->status, 500);
  EXPECT_EQ(peer.take()->status, 200);
  EXPECT_TRUE(log.holds("without an answer"));
}

TEST_F(session_answers_test, a_handler_that_throws_is_500_and_the_connection_closes) {
  const kept_log log;
  routes_.get("/throws", [](const request&, response&) { throw std::runtime_error("of the test's making"); });
  http_peer peer = connect();
  run(peer, get("/throws") + get("/plaintext"));
  const auto reply = peer.take();
  EXPECT_EQ(reply->status, 500);
  EXPECT_EQ(reply->field("connection"), "close");
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_EQ(peer.received(), "");
  EXPECT_TRUE(log.holds("of the test's making"));
  EXPECT_EQ(context().counted.handler_exceptions.value(), 1u);
}

TEST_F(session_answers_test, a_handler_that_throws_something_odd_is_answered_as_well) {
  const kept_log log;
  EXPECT_EQ(answer_of([](const request&, response&) { throw 7; }).status, 500);
}

TEST_F(session_answers_test, a_handler_that_throws_behind_its_answer_closes_behind_it) {
  const kept_log log;
  routes_.get("/late", [](const request&, response& out) {
    out.text("answered");
    throw std::runtime_error("too late");
  });
  http_peer peer = connect();
  run(peer, get("/late") + get("/plaintext"));
  EXPECT_EQ(peer.take()->body, "answered");
  EXPECT_EQ(peer.received(), "");
  EXPECT_TRUE(peer.is_at_end());
}

TEST_F(session_answers_test, a_handler_that_throws_with_a_later_in_hand_is_answered_once) {
  const kept_log log;
  routes_.get("/throws", [](const request&, response& out) {
    const auto later = out.later();
    throw std::runtime_error("with a later");
  });
  http_peer peer = connect();
  run(peer, get("/throws"));
  EXPECT_EQ(peer.take()->status, 500);
  EXPECT_EQ(peer.received(), "");
  EXPECT_TRUE(peer.is_at_end());
}

// --- streams ---

// A producer of `pieces` times `piece`.
auto produce(std::string piece, std::size_t pieces) {
  auto boxed = std::make_unique<std::string>(std::move(piece));
  return [piece = std::move(boxed), left = pieces](http::body_writer& out) mutable {
    out.write(*piece);
    return --left > 0;
  };
}

TEST_F(session_answers_test, a_streamed_body_arrives_whole_and_the_connection_goes_on) {
  routes_.get("/stream",
              [](const request&, response& out) { out.stream("text/plain", produce("0123456789", 20'000)); });
  http_peer peer = connect();
  run(peer, get("/stream") + get("/plaintext"));
  const auto reply = peer.take();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->field("transfer-encoding"), "chunked");
  EXPECT_EQ(reply->field("content-length"), "(none)");
  EXPECT_EQ(reply->body.size(), 200'000u);
  EXPECT_EQ(reply->body.substr(reply->body.size() - 10), "0123456789");
  EXPECT_EQ(peer.take()->body, "Hello, World!");
}

TEST_F(session_answers_test, pieces_larger_than_the_output_may_hold_are_streamed) {
  routes_.get("/stream",
              [](const request&, response& out) { out.stream("text/plain", produce(std::string(1 << 20, 'x'), 3)); });
  EXPECT_EQ(ask(get("/stream")).body.size(), std::size_t{3} << 20);
}

TEST_F(session_answers_test, an_empty_stream_is_an_empty_body) {
  const http_reply reply = answer_of(
      [](const request&, response& out) { out.stream("text/plain", [](http::body_writer&) { return false; }); });
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "");
}

TEST_F(session_answers_test, a_stream_to_http_1_0_ends_with_the_connection) {
  routes_.get("/stream", [](const request&, response& out) { out.stream("text/plain", produce("0123456789", 1000)); });
  http_peer peer = connect();
  run(peer, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(peer.is_at_end());
  const auto reply = peer.take();
  EXPECT_EQ(reply->field("transfer-encoding"), "(none)");
  EXPECT_EQ(reply->field("connection"), "close");
  EXPECT_EQ(reply->body.size(), 10'000u);
}

TEST_F(session_answers_test, head_of_a_stream_produces_nothing) {
  bool was_called = false;
  routes_.get("/stream", [&](const request&, response& out) {
    out.stream("text/plain", [&was_called](http::body_writer&) {
      was_called = true;
      return false;
    });
  });
  http_peer peer = connect();
  run(peer, "HEAD /stream HTTP/1.1\r\nHost: t\r\n\r\n" + get("/plaintext"));
  EXPECT_EQ(peer.take(true)->field("transfer-encoding"), "chunked");
  EXPECT_EQ(peer.take()->body, "Hello, World!");
  EXPECT_FALSE(was_called);
}

TEST_F(session_answers_test, a_stream_is_produced_no_faster_than_its_peer_reads) {
  std::size_t produced = 0;
  routes_.get("/stream", [&](const request&, response& out) {
    out.stream("text/plain", [&produced](http::body_writer& to) {
      static const std::string piece(8192, 'x');
      to.write(piece);
      produced += piece.size();
      return true;
    });
  });
  http_peer peer = connect();
  ASSERT_GT(peer.try_send(get("/stream")), 0u);
  run();
  const std::size_t before_reading = produced;
  EXPECT_LT(before_reading, std::size_t{2} << 20);  // The socket's buffers, and the high mark.
  for (std::size_t read = 0; read < std::size_t{16} << 20;) {
    read += peer.receive(64 << 10);
    peer.received().clear();
    run();
    std::size_t waiting = 0;
    host().for_each([&](connection& each) { waiting += each.output_bytes(); });
    ASSERT_LE(waiting, connection_options_.output_high_bytes + 2 * 8192);
    ASSERT_LE(produced, read + before_reading + 2 * connection_options_.output_high_bytes);
  }
}

TEST_F(session_answers_test, a_producer_that_throws_cuts_its_connection) {
  const kept_log log;
  routes_.get("/stream", [](const request&, response& out) {
    out.stream("text/plain", [calls = 0](http::body_writer& to) mutable {
      if (++calls == 100) throw std::runtime_error("out of bytes");
      to.write(std::string(8192, 'x'));
      return true;
    });
  });
  http_peer peer = connect();
  run(peer, get("/stream"));
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_FALSE(peer.take());
  EXPECT_TRUE(log.holds("out of bytes"));
}

TEST_F(session_answers_test, a_producer_that_promises_more_and_writes_nothing_cuts_its_connection) {
  const kept_log log;
  routes_.get("/stream",
              [](const request&, response& out) { out.stream("text/plain", [](http::body_writer&) { return true; }); });
  http_peer peer = connect();
  run(peer, get("/stream"));
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_FALSE(peer.take());
  EXPECT_TRUE(log.holds("wrote nothing"));
}

TEST_F(session_answers_test, a_stream_whose_peer_goes_away_ends) {
  auto alive = std::make_shared<int>(0);
  routes_.get("/stream", [alive](const request&, response& out) {
    out.stream("text/plain", [alive](http::body_writer& to) { return to.write("more and more "), true; });
  });
  http_peer peer = connect();
  ASSERT_GT(peer.try_send(get("/stream")), 0u);
  run();
  EXPECT_EQ(alive.use_count(), 3);
  peer.close();
  run();
  EXPECT_EQ(alive.use_count(), 2);
}

}  // namespace
}  // namespace pinwheel::testing
