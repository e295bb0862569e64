// Requests that are answered after their handler has returned, on the loop.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "support/http_session_fixture.h"

namespace pinwheel::testing {
namespace {

using http::request;
using http::response;
using namespace std::chrono_literals;

class session_later_test : public http_session_test {
 protected:
  session_later_test() {
    routes_.get("/plaintext", [](const request&, response& out) { out.text("Hello, World!"); });
    routes_.get("/kept", [this](const request&, response& out) { kept_ = out.later(); });
    routes_.get("/slow", [](const request& in, response& out) {
      in.loop().after(100ms, [later = out.later()]() mutable { later.text("done"); });
    });
  }

  std::optional<http::later> kept_;
};

TEST_F(session_later_test, a_timer_answers) {
  http_peer peer = connect();
  run(peer, get("/slow"));
  EXPECT_FALSE(peer.take());
  advance(99ms);
  run(peer);
  EXPECT_FALSE(peer.take());
  advance(3ms);
  run(peer);
  EXPECT_EQ(peer.take()->body, "done");
  EXPECT_FALSE(peer.is_at_end());
}

TEST_F(session_later_test, requests_behind_it_wait_and_are_answered_in_order) {
  http_peer peer = connect();
  run(peer, get("/plaintext") + get("/kept") + get("/plaintext") + get("/slow") + get("/plaintext"));
  EXPECT_EQ(peer.take()->body, "Hello, World!");
  EXPECT_FALSE(peer.take());
  kept_->text("kept");
  run(peer);
  EXPECT_EQ(peer.take()->body, "kept");
  EXPECT_EQ(peer.take()->body, "Hello, World!");
  EXPECT_FALSE(peer.take());
  advance(200ms);
  run(peer);
  EXPECT_EQ(peer.take()->body, "done");
  EXPECT_EQ(peer.take()->body, "Hello, World!");
}

TEST_F(session_later_test, a_peer_that_sends_on_is_not_read_meanwhile) {
  std::string ahead;
  while (ahead.size() < 4 * connection_options_.input_bytes_max) ahead += get("/plaintext");
  http_peer peer = connect();
  run(peer, get("/kept"));
  while (peer.try_send(ahead) == ahead.size()) run();
  run();
  EXPECT_FALSE(peer.is_at_end());
  kept_->text("kept");
  run(peer);
  EXPECT_EQ(peer.take()->body, "kept");
  EXPECT_EQ(peer.take()->body, "Hello, World!");
}

TEST_F(session_later_test, an_answer_inside_the_handler_counts_as_any) {
  routes_.get("/at-once", [](const request&, response& out) { out.later().text("at once"); });
  http_peer peer = connect();
  run(peer, get("/at-once") + get("/at-once") + get("/plaintext"));
  EXPECT_EQ(peer.take()->body, "at once");
  EXPECT_EQ(peer.take()->body, "at once");
  EXPECT_EQ(peer.take()->body, "Hello, World!");
}

TEST_F(session_later_test, status_and_fields_of_the_handler_go_with_it) {
  routes_.get("/fields", [this](const request&, response& out) {
    out.header("X-One", "1");
    out.status(202);
    kept_ = out.later();
  });
  http_peer peer = connect();
  run(peer, get("/fields"));
  EXPECT_TRUE(kept_->header("X-Two", "2"));
  kept_->json("{}");
  run(peer);
  const auto reply = peer.take();
  EXPECT_EQ(reply->status, 202);
  EXPECT_EQ(reply->field("x-one"), "1");
  EXPECT_EQ(reply->field("x-two"), "2");
  EXPECT_EQ(reply->field("content-type"), "application/json");
}

TEST_F(session_later_test, a_refused_field_makes_it_500) {
  http_peer peer = connect();
  run(peer, get("/kept"));
  EXPECT_FALSE(kept_->header("X-Field", "a\r\nX-Injected: b"));
  kept_->status(200).text("never sent");
  run(peer);
  EXPECT_EQ(peer.take()->status, 500);
}

TEST_F(session_later_test, dropped_unanswered_it_is_500_and_the_connection_goes_on) {
  const kept_log log;
  http_peer peer = connect();
  run(peer, get("/kept") + get("/plaintext"));
  kept_.reset();
  run(peer);
  EXPECT_EQ(peer.take()->status, 500);
  EXPECT_EQ(peer.take()->body, "Hello, World!");
  EXPECT_TRUE(log.holds("dropped unanswered"));
}

TEST_F(session_later_test, only_its_first_answer_counts) {
  http_peer peer = connect();
  run(peer, get("/kept"));
  EXPECT_TRUE(*kept_);
  kept_->text("first");
  EXPECT_FALSE(*kept_);
  kept_->text("second");
  kept_.reset();
  run(peer, get("/plaintext"));
  EXPECT_EQ(peer.take()->body, "first");
  EXPECT_EQ(peer.take()->body, "Hello, World!");
  EXPECT_EQ(peer.received(), "");
}

TEST_F(session_later_test, moved_it_answers_from_its_new_place) {
  http_peer peer = connect();
  run(peer, get("/kept"));
  http::later moved = std::move(*kept_);
  EXPECT_FALSE(*kept_);
  kept_.reset();
  http::later assigned;
  assigned = std::move(moved);
  assigned.text("moved");
  run(peer);
  EXPECT_EQ(peer.take()->body, "moved");
}

TEST_F(session_later_test, it_is_harmless_when_the_peer_has_gone) {
  http_peer peer = connect();
  run(peer, get("/kept"));
  EXPECT_EQ(context().laters.in_flight(), 1u);
  host().abort_all(close_reason::local);
  run();
  EXPECT_EQ(context().laters.in_flight(), 0u);
  kept_->text("for nobody");
  run(peer);
  EXPECT_EQ(peer.received(), "");
}

TEST_F(session_later_test, it_does_not_answer_the_next_request) {
  http_peer first = connect();
  run(first, get("/kept"));
  http::later stale = std::move(*kept_);
  host().abort_all(close_reason::local);
  run();
  http_peer second = connect();
  run(second, get("/kept"));
  stale.text("for another");
  run(second);
  EXPECT_FALSE(second.take());
  kept_->text("for this one");
  run(second);
  EXPECT_EQ(second.take()->body, "for this one");
}

TEST_F(session_later_test, head_and_close_are_remembered_until_it_answers) {
  http_peer peer = connect();
  run(peer, "HEAD /kept HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  kept_->text("12345");
  run(peer);
  const auto reply = peer.take(true);
  EXPECT_EQ(reply->field("content-length"), "5");
  EXPECT_EQ(reply->field("connection"), "close");
  EXPECT_EQ(peer.received(), "");
  EXPECT_TRUE(peer.is_at_end());
}

TEST_F(session_later_test, a_peer_that_closed_its_half_is_answered_all_the_same) {
  http_peer peer = connect();
  peer.try_send(get("/kept") + get("/plaintext"));
  peer.half_close();
  run(peer);
  EXPECT_FALSE(peer.is_at_end());
  kept_->text("kept");
  run(peer);
  EXPECT_EQ(peer.take()->body, "kept");
  EXPECT_EQ(peer.take()->body, "Hello, World!");
  EXPECT_TRUE(peer.is_at_end());
}

TEST_F(session_later_test, an_empty_one_answers_nobody) {
  http::later nobody;
  nobody.status(404).text("nobody");
  EXPECT_FALSE(nobody);
}

}  // namespace
}  // namespace pinwheel::testing
