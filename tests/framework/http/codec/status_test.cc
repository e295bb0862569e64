#include "pinwheel/framework/http/codec/status.h"

#include <gtest/gtest.h>

#include <string>

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

TEST(status_test, a_known_code_has_a_prepared_line_and_a_phrase) {
  EXPECT_EQ(status_line(200), "HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(status_line(431), "HTTP/1.1 431 Request Header Fields Too Large\r\n");
  EXPECT_EQ(reason_phrase(505), "HTTP Version Not Supported");
}

TEST(status_test, every_prepared_line_is_that_of_its_code) {
  int lines = 0;
  for (int code = 100; code < 600; ++code) {
    const std::string_view line = status_line(code);
    if (line.empty()) continue;
    ++lines;
    EXPECT_EQ(line, "HTTP/1.1 " + std::to_string(code) + " " + std::string(reason_phrase(code)) + "\r\n");
    EXPECT_FALSE(reason_phrase(code).empty());
  }
  EXPECT_EQ(lines, 40);
}

TEST(status_test, codes_without_a_phrase_or_out_of_range_have_no_line) {
  for (const int code : {-1, 0, 99, 199, 299, 418, 599, 600, 1000}) {
    EXPECT_EQ(status_line(code), "") << code;
    EXPECT_EQ(reason_phrase(code), "") << code;
  }
}

TEST(status_test, three_digits_of_a_known_class_are_a_status) {
  EXPECT_TRUE(is_status(100));
  EXPECT_TRUE(is_status(599));
  EXPECT_FALSE(is_status(99));
  EXPECT_FALSE(is_status(600));
}

// RFC 9112 section 6.3, RFC 9110 section 8.6.
TEST(status_test, responses_without_a_body_are_told_from_those_that_may_not_even_announce_one) {
  EXPECT_FALSE(allows_content(101));
  EXPECT_FALSE(allows_content(204));
  EXPECT_FALSE(allows_content(304));
  EXPECT_TRUE(allows_content(200));
  EXPECT_FALSE(allows_framing_fields(100));
  EXPECT_FALSE(allows_framing_fields(204));
  EXPECT_TRUE(allows_framing_fields(304));
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
