// RFC 9112 section 3: method, target, version.

#include <gtest/gtest.h>

#include <string>

#include "parse_helpers.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

TEST(request_line_test, a_plain_get_is_taken_apart) {
  const parsed_request request = parse("GET /a/b?c=d HTTP/1.1\r\nHost: example.org:80\r\n\r\nrest");
  ASSERT_TRUE(request.complete());
  EXPECT_EQ(request.result.head_bytes, request.input->size() - 4);
  EXPECT_EQ(request.head->method(), method::get);
  EXPECT_EQ(request.head->method_name(), "GET");
  EXPECT_EQ(request.head->target(), "/a/b?c=d");
  EXPECT_EQ(request.head->path(), "/a/b");
  EXPECT_EQ(request.head->query(), "c=d");
  EXPECT_EQ(request.head->minor_version(), 1);
  EXPECT_EQ(request.head->host(), "example.org:80");
}

// RFC 9112 section 3.1: what a server does not know it answers with 501, which is not the codec's to say.
TEST(request_line_test, an_unknown_method_is_no_error_here) {
  const parsed_request request = parse_line("BREW / HTTP/1.1");
  ASSERT_TRUE(request.complete());
  EXPECT_EQ(request.head->method(), method::other);
  EXPECT_EQ(request.head->method_name(), "BREW");
}

TEST(request_line_test, malformed_lines_are_bad_requests) {
  for (const char* line : {
           "GET",
           "GET /",
           "GET  HTTP/1.1",
           "GET / ",
           "GET / HTTP/1.1 ",
           " GET / HTTP/1.1",
           "GET  / HTTP/1.1",
           "GET /  HTTP/1.1",
           "GET\t/ HTTP/1.1",
           "GET /\tHTTP/1.1",
           "GET / a HTTP/1.1",
           "G@T / HTTP/1.1",
           "/ HTTP/1.1",
           "GET /HTTP/1.1",
           "GET/ HTTP/1.1",
           "G\x80T / HTTP/1.1",
           ": / HTTP/1.1",
           "HTTP/1.1",
       }) {
    EXPECT_EQ(status_of_line(line), 400) << line;
  }
}

// RFC 9110 section 2.5, RFC 9112 section 2.3.
TEST(request_line_test, the_minor_version_is_read_as_0_or_1) {
  EXPECT_EQ(parse_line("GET / HTTP/1.0").head->minor_version(), 0);
  EXPECT_EQ(parse_line("GET / HTTP/1.1").head->minor_version(), 1);
  EXPECT_EQ(parse_line("GET / HTTP/1.2").head->minor_version(), 1);
  EXPECT_TRUE(parse_line("GET / HTTP/1.9").complete());
}

TEST(request_line_test, another_major_version_is_not_supported) {
  for (const char* line : {"GET / HTTP/2.0", "GET / HTTP/0.9", "PRI * HTTP/2.0", "GET / HTTP/9.9"}) {
    EXPECT_EQ(status_of_line(line), 505) << line;
  }
}

TEST(request_line_test, a_malformed_version_is_a_bad_request) {
  for (const char* line :
       {"GET / http/1.1", "GET / HTTP/1", "GET / HTTP/1.", "GET / HTTP/11", "GET / HTTP/1.10", "GET / HTTP/01.1",
        "GET / HTTP/a.1", "GET / HTTP/1.a", "GET / HTTP/1,1", "GET / HTTPS/1.1", "GET / HTTP 1.1", "GET / ICAP/1.0"}) {
    EXPECT_EQ(status_of_line(line), 400) << line;
  }
}

struct target_case {
  const char* line;
  target_form form;
  const char* path;
  const char* query;
  const char* host;
};

// RFC 9112 section 3.2.1 to 3.2.4.
TEST(request_line_test, the_four_forms_of_target_are_taken_apart) {
  const target_case cases[] = {
      {"GET / HTTP/1.1", target_form::origin, "/", "", "a"},
      {"GET /? HTTP/1.1", target_form::origin, "/", "", "a"},
      {"GET /x?y?z HTTP/1.1", target_form::origin, "/x", "y?z", "a"},
      {"GET //b/c HTTP/1.1", target_form::origin, "//b/c", "", "a"},
      {"GET /%2e%2E/{}|^`\\\" HTTP/1.1", target_form::origin, "/%2e%2E/{}|^`\\\"", "", "a"},
      {"GET http://b/c?d HTTP/1.1", target_form::absolute, "/c", "d", "b"},
      {"GET HTTP://b:8080/c HTTP/1.1", target_form::absolute, "/c", "", "b:8080"},
      {"GET https://[::1]:443/c HTTP/1.1", target_form::absolute, "/c", "", "[::1]:443"},
      {"GET http://b HTTP/1.1", target_form::absolute, "/", "", "b"},
      {"GET http://b?q HTTP/1.1", target_form::absolute, "/", "q", "b"},
      {"OPTIONS http://b HTTP/1.1", target_form::absolute, "*", "", "b"},
      {"OPTIONS http://b?q HTTP/1.1", target_form::absolute, "/", "q", "b"},
      {"OPTIONS * HTTP/1.1", target_form::asterisk, "*", "", "a"},
      {"OPTIONS /x HTTP/1.1", target_form::origin, "/x", "", "a"},
      {"CONNECT b:443 HTTP/1.1", target_form::authority, "", "", "b:443"},
      {"CONNECT [::1]:443 HTTP/1.1", target_form::authority, "", "", "[::1]:443"},
  };
  for (const target_case& expected : cases) {
    const parsed_request request = parse_line(expected.line);
    ASSERT_TRUE(request.complete()) << expected.line;
    EXPECT_EQ(request.head->target_form(), expected.form) << expected.line;
    EXPECT_EQ(request.head->path(), expected.path) << expected.line;
    EXPECT_EQ(request.head->query(), expected.query) << expected.line;
    EXPECT_EQ(request.head->host(), expected.host) << expected.line;
  }
}

TEST(request_line_test, targets_that_are_none_are_bad_requests) {
  for (const char* line : {
           "GET x HTTP/1.1",
           "GET ?x HTTP/1.1",
           "GET * HTTP/1.1",
           "OPTIONS ** HTTP/1.1",
           "GET /a#b HTTP/1.1",
           "GET /a?b#c HTTP/1.1",
           "GET /\x01 HTTP/1.1",
           "GET /\x7f HTTP/1.1",
           "GET /\xc3\xa4 HTTP/1.1",
           "GET /?\xc3\xa4 HTTP/1.1",
           "GET http:///x HTTP/1.1",
           "GET http:/x HTTP/1.1",
           "GET http: HTTP/1.1",
           "GET ftp://b/ HTTP/1.1",
           "GET http://u@b/ HTTP/1.1",
           "GET http://u:p@b/ HTTP/1.1",
           "GET http://b:x/ HTTP/1.1",
           "GET http://b#c HTTP/1.1",
           "GET http://b/#c HTTP/1.1",
           "GET b:443 HTTP/1.1",
           "CONNECT / HTTP/1.1",
           "CONNECT b HTTP/1.1",
           "CONNECT b: HTTP/1.1",
           "CONNECT :443 HTTP/1.1",
           "CONNECT http://b:443 HTTP/1.1",
           "CONNECT b:443/ HTTP/1.1",
           "CONNECT [::1] HTTP/1.1",
           "CONNECT * HTTP/1.1",
       }) {
    EXPECT_EQ(status_of_line(line), 400) << line;
  }
}

// RFC 9112 section 3.2.2: the target's authority counts, whatever Host says.
TEST(request_line_test, an_absolute_target_outranks_the_host_field) {
  const parsed_request request = parse("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(request.complete());
  EXPECT_EQ(request.head->host(), "b");
}

// RFC 9112 section 2.2.
TEST(request_line_test, a_few_empty_lines_before_it_are_passed_over_and_counted_in_the_head) {
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  std::string empty_lines;
  for (std::size_t i = 0; i < leading_empty_lines_max; ++i) {
    empty_lines += "\r\n";
    const parsed_request parsed = parse(empty_lines + request);
    ASSERT_TRUE(parsed.complete());
    EXPECT_EQ(parsed.result.head_bytes, empty_lines.size() + request.size());
  }
  EXPECT_EQ(parse(empty_lines + "\r\n" + request).refusal(), 400);
  EXPECT_TRUE(parse(empty_lines).need_more());
  EXPECT_TRUE(parse(empty_lines + "\r").need_more());
}

TEST(request_line_test, an_empty_line_of_a_bare_line_feed_is_not_passed_over) {
  EXPECT_EQ(parse("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").refusal(), 400);
}

TEST(request_line_test, the_first_byte_of_another_protocol_is_refused_alone) {
  EXPECT_EQ(parse("\x16").refusal(), 400);
  EXPECT_EQ(parse("\x16\x03\x01\x02").refusal(), 400);
  EXPECT_EQ(parse("\r\n\x16").refusal(), 400);
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
