// How requests are read and routed, and what the statuses of errors are.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/http_session_fixture.h"

namespace pinwheel::testing {
namespace {

using http::request;
using http::response;

class session_requests_test : public http_session_test {
 protected:
  session_requests_test() {
    routes_.get("/plaintext", [](const request&, response& out) { out.text("Hello, World!"); });
    routes_.get("/hello/{name}",
                [](const request& in, response& out) { out.text("Hello, ", in.parameter("name"), "!"); });
    routes_.get("/query", [](const request& in, response& out) { out.text(in.query_parameter("q").value_or("none")); });
    routes_.get("/agent", [](const request& in, response& out) { out.text(in.field("user-agent").value_or("none")); });
    routes_.post("/echo", [](const request& in, response& out) { out.body("application/octet-stream", in.body()); });
    routes_.post("/size", [](const request& in, response& out) { out.text(std::to_string(in.body().size())); });
  }
};

TEST_F(session_requests_test, a_get_is_answered_with_all_that_belongs_to_it) {
  http_peer peer = connect();
  run(peer, get("/plaintext"));
  const auto reply = peer.take();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "Hello, World!");
  EXPECT_EQ(reply->field("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(reply->field("content-length"), "13");
  EXPECT_TRUE(reply->field("date").ends_with(" GMT"));
  EXPECT_EQ(reply->field("connection"), "(none)");
  EXPECT_FALSE(peer.is_at_end());
}

TEST_F(session_requests_test, a_request_sent_a_byte_at_a_time_is_answered) {
  http_peer peer = connect();
  for (const char byte : get("/hello/you", "User-Agent: slow\r\n")) {
    EXPECT_FALSE(peer.take());
    run(peer, {&byte, 1});
  }
  EXPECT_EQ(peer.take()->body, "Hello, you!");
}

TEST_F(session_requests_test, two_hundred_requests_in_one_segment_are_answered_in_order) {
  std::string segment;
  for (int i = 0; i < 200; ++i) segment += get("/hello/" + std::to_string(i));
  http_peer peer = connect();
  run(peer, segment);
  for (int i = 0; i < 200; ++i) {
    const auto reply = peer.take();
    ASSERT_TRUE(reply) << i;
    EXPECT_EQ(reply->body, "Hello, " + std::to_string(i) + "!");
  }
  EXPECT_EQ(context().counted.requests.value(), 200u);
}

TEST_F(session_requests_test, a_pipeline_longer_than_the_output_may_wait_is_answered_whole) {
  const std::string large(40 << 10, 'x');
  routes_.get("/large", [&large](const request&, response& out) { out.text(large); });
  std::string segment;
  for (int i = 0; i < 100; ++i) segment += get("/large");
  http_peer peer = connect();
  run(peer, segment);
  for (int i = 0; i < 100; ++i) {
    const auto reply = peer.take();
    ASSERT_TRUE(reply) << i;
    EXPECT_EQ(reply->body, large);
  }
  EXPECT_FALSE(peer.is_at_end());
}

TEST_F(session_requests_test, a_body_larger_than_any_buffer_leaves_whole) {
  const std::string large(3 << 20, 'x');
  routes_.get("/large", [&large](const request&, response& out) { out.text(large, "!"); });
  EXPECT_EQ(ask(get("/large")).body, large + "!");
}

TEST_F(session_requests_test, a_query_and_fields_reach_the_handler) {
  EXPECT_EQ(ask(get("/query?a=1&q=x%20y+z")).body, "x y z");
  EXPECT_EQ(ask(get("/query?q=%zz")).body, "none");
  EXPECT_EQ(ask(get("/agent", "USER-AGENT:  of a test \r\n")).body, "of a test");
}

TEST_F(session_requests_test, a_body_in_one_segment_with_its_head_is_read) {
  const http_reply reply = ask(post("/echo", "some bytes"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "some bytes");
}

TEST_F(session_requests_test, a_body_that_comes_in_pieces_is_gathered) {
  const std::string request = post("/echo", "some bytes");
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    http_peer peer = connect();
    run(peer, request.substr(0, cut));
    EXPECT_FALSE(peer.take()) << cut;
    run(peer, request.substr(cut) + get("/plaintext"));
    EXPECT_EQ(peer.take()->body, "some bytes") << cut;
    EXPECT_EQ(peer.take()->body, "Hello, World!") << cut;
  }
}

TEST_F(session_requests_test, a_body_larger_than_the_connection_keeps_unread_is_gathered) {
  const std::string body(900'000, 'b');
  EXPECT_EQ(ask(post("/size", body)).body, "900000");
}

TEST_F(session_requests_test, a_chunked_body_is_decoded_however_it_is_cut) {
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nsome\r\n6;x=y\r\n bytes\r\n0\r\nTrailer: t\r\n\r\n";
  for (std::size_t cut = 0; cut < request.size(); ++cut) {
    http_peer peer = connect();
    run(peer, request.substr(0, cut));
    run(peer, request.substr(cut) + get("/plaintext"));
    EXPECT_EQ(peer.take()->body, "some bytes") << cut;
    EXPECT_EQ(peer.take()->body, "Hello, World!") << cut;
  }
}

TEST_F(session_requests_test, one_hundred_is_said_once_when_the_body_is_awaited) {
  http_peer peer = connect();
  run(peer, "POST /echo HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(peer.received(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(peer.take()->status, 100);
  run(peer, "some");
  EXPECT_EQ(peer.take()->body, "some");
}

TEST_F(session_requests_test, a_body_that_is_there_already_needs_no_one_hundred) {
  EXPECT_EQ(ask(post("/echo", "some", "Expect: 100-continue\r\n")).status, 200);
}

TEST_F(session_requests_test, head_is_answered_like_get_without_the_body) {
  http_peer peer = connect();
  run(peer, "HEAD /plaintext HTTP/1.1\r\nHost: test\r\n\r\n" + get("/plaintext"));
  const auto reply = peer.take(true);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->field("content-length"), "13");
  EXPECT_EQ(peer.take()->body, "Hello, World!");
}

TEST_F(session_requests_test, an_unknown_path_is_404_and_the_connection_goes_on) {
  http_peer peer = connect();
  run(peer, get("/nothing") + get("/plaintext"));
  EXPECT_EQ(peer.take()->status, 404);
  EXPECT_EQ(peer.take()->status, 200);
}

TEST_F(session_requests_test, a_known_path_with_another_method_is_405_with_what_is_allowed) {
  const http_reply reply = ask(post("/plaintext", ""));
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.field("allow"), "GET, HEAD, OPTIONS");
}

TEST_F(session_requests_test, options_tells_what_is_allowed) {
  const http_reply reply = ask("OPTIONS /echo HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.field("allow"), "POST, OPTIONS");
  EXPECT_EQ(ask("OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n").status, 204);
}

TEST_F(session_requests_test, a_path_with_a_bad_escape_is_400_and_the_connection_goes_on) {
  http_peer peer = connect();
  run(peer, get("/hello/%zz") + get("/plaintext"));
  EXPECT_EQ(peer.take()->status, 400);
  EXPECT_EQ(peer.take()->status, 200);
}

TEST_F(session_requests_test, a_method_without_meaning_here_is_501_and_the_connection_goes_on) {
  http_peer peer = connect();
  run(peer, "BREW /plaintext HTTP/1.1\r\nHost: test\r\n\r\n" + get("/plaintext"));
  EXPECT_EQ(peer.take()->status, 501);
  EXPECT_EQ(peer.take()->status, 200);
  EXPECT_EQ(ask("CONNECT test:80 HTTP/1.1\r\nHost: test:80\r\n\r\n").status, 501);
}

struct refused_request {
  std::string_view what;
  int status;
  std::string bytes;
};

class session_refusals_test : public session_requests_test, public ::testing::WithParamInterface<refused_request> {};

// What comes behind a request that cannot be read must never be taken for another one.
TEST_P(session_refusals_test, a_request_that_cannot_be_served_is_answered_and_the_connection_closes) {
  limits_.parse.body_bytes_max = 1000;
  http_peer peer = connect();
  run(peer, GetParam().bytes + get("/plaintext"));
  const auto reply = peer.take();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, GetParam().status);
  EXPECT_EQ(reply->field("connection"), "close");
  EXPECT_EQ(peer.received(), "");
  EXPECT_TRUE(peer.is_at_end());
  EXPECT_EQ(context().counted.refused.value(), 1u);
}

std::string many_fields() {
  std::string fields;
  for (int i = 0; i < 200; ++i) fields += "X-" + std::to_string(i) + ": x\r\n";
  return fields;
}

INSTANTIATE_TEST_SUITE_P(
    statuses, session_refusals_test,
    ::testing::Values(
        refused_request{"no_request", 400, "what is this\r\n\r\n"},
        refused_request{"no_host", 400, "GET / HTTP/1.1\r\n\r\n"},
        refused_request{"both_framings", 400,
                        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"},
        refused_request{"bad_chunk", 400, "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"},
        refused_request{"body_too_long", 413, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\n\r\n"},
        refused_request{"chunk_too_long", 413,
                        "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"},
        refused_request{"chunks_too_long", 413,
                        "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" +
                            std::string(1000, 'x') + "\r\n1\r\nx\r\n"},
        refused_request{"target_too_long", 414, "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: t\r\n\r\n"},
        refused_request{"expectation", 417, get("/plaintext", "Expect: the-impossible\r\n")},
        refused_request{"too_many_fields", 431, get("/plaintext", many_fields())},
        refused_request{"head_too_long", 431, get("/plaintext", "X: " + std::string(40'000, 'x') + "\r\n")},
        refused_request{"coding", 501, "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
        refused_request{"version", 505, "GET / HTTP/2.0\r\nHost: t\r\n\r\n"}),
    [](const auto& each) { return std::string(each.param.what); });

}  // namespace
}  // namespace pinwheel::testing
