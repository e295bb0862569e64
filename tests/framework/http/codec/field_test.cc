// RFC 9112 section 5 and section 2.2, RFC 9110 section 5: field lines and line ends.

#include <gtest/gtest.h>

#include <string>

#include "parse_helpers.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

using namespace std::string_literals;

TEST(field_test, values_lose_the_blanks_around_them_and_keep_those_inside) {
  const parsed_request request = parse_fields("A:1\r\nB: \t 2 \t3\t \r\nC:\r\nD: \t \r\nE:: x: y\r\n");
  ASSERT_TRUE(request.complete());
  EXPECT_EQ(request.head->field("a"), "1");
  EXPECT_EQ(request.head->field("b"), "2 \t3");
  EXPECT_EQ(request.head->field("c"), "");
  EXPECT_EQ(request.head->field("d"), "");
  EXPECT_EQ(request.head->field("e"), ": x: y");
}

TEST(field_test, fields_keep_their_order_and_their_spelling_and_the_first_of_a_name_is_found) {
  const parsed_request request = parse_fields("X-One: 1\r\nx-two: 2\r\nX-ONE: 3\r\n");
  ASSERT_TRUE(request.complete());
  ASSERT_EQ(request.head->fields().size(), 4u);
  EXPECT_EQ(request.head->fields()[1].name, "X-One");
  EXPECT_EQ(request.head->fields()[3].name, "X-ONE");
  EXPECT_EQ(request.head->fields()[3].value, "3");
  EXPECT_EQ(request.head->field("x-oNe"), "1");
  EXPECT_EQ(request.head->field("x-on"), std::nullopt);
}

TEST(field_test, a_value_takes_bytes_over_ascii_as_they_are) {
  const parsed_request request = parse_fields("X: \xc3\xa4\xff\x80\r\n");
  ASSERT_TRUE(request.complete());
  EXPECT_EQ(request.head->field("x"), "\xc3\xa4\xff\x80");
}

TEST(field_test, malformed_lines_are_bad_requests) {
  for (const std::string& line : {
           "no colon\r\n"s,
           "nocolon\r\n"s,
           ": no name\r\n"s,
           "Blank : before colon\r\n"s,
           "Tab\t: before colon\r\n"s,
           " Folded: first\r\n"s,
           "X: 1\r\n folded\r\n"s,
           "X: 1\r\n\tfolded\r\n"s,
           "X: 1\r\n \r\n"s,
           "(X): 1\r\n"s,
           "X\x80: 1\r\n"s,
           "X\0: 1\r\n"s,
           "X\x01: 1\r\n"s,
           "\"X\": 1\r\n"s,
       }) {
    EXPECT_EQ(status_of_fields(line), 400) << line;
  }
}

TEST(field_test, every_control_byte_but_tab_is_refused_in_a_value) {
  for (int c = 0; c < 256; ++c) {
    const bool refused = (c < 0x20 && c != '\t') || c == 0x7f;
    const std::string line = "X: a" + std::string(1, static_cast<char>(c)) + "b\r\n";
    EXPECT_EQ(status_of_fields(line), refused ? 400 : 0) << "byte " << c;
  }
}

TEST(field_test, lines_that_end_with_anything_but_crlf_are_bad_requests) {
  for (const std::string& input : {
           "GET / HTTP/1.1\nHost: a\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: a\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: a\r\n\n"s,
           "GET / HTTP/1.1\nHost: a\n\n"s,
           "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"s,
           "GET / HTTP/1.1\rHost: a\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n"s,
           "GET / HTTP/1.1\r\nHost: a\r\n\rX\r\n\r\n"s,
           "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"s,
       }) {
    EXPECT_EQ(parse(input).refusal(), 400) << input;
  }
}

TEST(field_test, a_request_may_have_no_field_at_all_in_http_1_0) {
  const parsed_request request = parse("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(request.complete());
  EXPECT_TRUE(request.head->fields().empty());
  EXPECT_EQ(request.head->host(), "");
}

TEST(field_test, a_head_that_is_read_anew_forgets_what_it_held) {
  request_head head;
  parse_progress progress;
  const std::string first =
      "POST /one?two HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\nExpect: x\r\nConnection: keep-alive\r\n\r\n";
  const std::string second = "GET /three HTTP/1.1\r\nHost: b\r\n\r\n";
  ASSERT_EQ(parse_request_head(first, {}, progress, head).kind, parse_result::outcome::complete);
  ASSERT_EQ(parse_request_head(second, {}, progress, head).kind, parse_result::outcome::complete);
  EXPECT_EQ(head.fields().size(), 1u);
  EXPECT_EQ(head.query(), "");
  EXPECT_EQ(head.content_length(), std::nullopt);
  EXPECT_FALSE(head.expectation_unknown());
  EXPECT_EQ(head.field("connection"), std::nullopt);
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
