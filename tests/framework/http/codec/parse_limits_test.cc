// Bounds of a head, each met and passed by one byte or one field, and seen before the head is whole.

#include <gtest/gtest.h>

#include <string>

#include "parse_helpers.h"
#include "pinwheel/framework/http/codec/limits.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

constexpr std::string_view line_frame = "GET / HTTP/1.1\r\n";
constexpr std::string_view host_line = "Host: a\r\n";

// A request line of exactly `bytes`, CRLF included.
std::string request_line_of(std::size_t bytes) {
  return "GET /" + std::string(bytes - line_frame.size(), 'x') + " HTTP/1.1\r\n";
}

// A head of exactly `bytes`.
std::string head_of(std::size_t bytes) {
  const std::string front = std::string(line_frame) + std::string(host_line) + "X: ";
  return front + std::string(bytes - front.size() - 4, 'x') + "\r\n\r\n";
}

std::string fields_of(std::size_t count) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) lines += "X: 1\r\n";
  return lines;
}

TEST(parse_limits_test, a_request_line_may_be_as_long_as_its_limit_and_no_longer) {
  parse_limits limits;
  limits.request_line_bytes_max = 64;
  const std::string rest = std::string(host_line) + "\r\n";
  EXPECT_TRUE(parse(request_line_of(64) + rest, limits).complete());
  EXPECT_EQ(parse(request_line_of(65) + rest, limits).refusal(), 414);
}

TEST(parse_limits_test, a_request_line_that_cannot_end_in_time_is_refused_before_it_ends) {
  parse_limits limits;
  limits.request_line_bytes_max = 64;
  const std::string line = request_line_of(1000);
  EXPECT_TRUE(parse(line.substr(0, 63), limits).need_more());
  EXPECT_EQ(parse(line.substr(0, 64), limits).refusal(), 414);
}

TEST(parse_limits_test, empty_lines_before_it_do_not_count_into_the_request_line) {
  parse_limits limits;
  limits.request_line_bytes_max = 64;
  EXPECT_TRUE(parse("\r\n\r\n" + request_line_of(64) + std::string(host_line) + "\r\n", limits).complete());
}

TEST(parse_limits_test, a_head_may_be_as_long_as_its_limit_and_no_longer) {
  parse_limits limits;
  limits.header_bytes_max = 128;
  EXPECT_TRUE(parse(head_of(128), limits).complete());
  EXPECT_TRUE(parse(head_of(128) + "a body behind it", limits).complete());
  EXPECT_EQ(parse(head_of(129), limits).refusal(), 431);
}

TEST(parse_limits_test, a_head_that_cannot_end_in_time_is_refused_before_it_ends) {
  parse_limits limits;
  limits.header_bytes_max = 128;
  EXPECT_TRUE(parse(head_of(1000).substr(0, 127), limits).need_more());
  EXPECT_EQ(parse(head_of(1000).substr(0, 128), limits).refusal(), 431);
}

TEST(parse_limits_test, a_request_line_under_its_own_limit_may_still_be_too_long_a_head) {
  parse_limits limits;
  limits.header_bytes_max = 64;
  EXPECT_EQ(parse(request_line_of(1000), limits).refusal(), 431);
}

TEST(parse_limits_test, there_may_be_as_many_fields_as_the_limit_says) {
  parse_limits limits;
  limits.fields_max = 10;
  EXPECT_TRUE(parse(std::string(line_frame) + std::string(host_line) + fields_of(9) + "\r\n", limits).complete());
  EXPECT_EQ(parse(std::string(line_frame) + std::string(host_line) + fields_of(10), limits).refusal(), 431);
}

TEST(parse_limits_test, a_limit_over_the_room_for_fields_is_cut_to_it) {
  parse_limits limits;
  limits.fields_max = 10'000;
  const std::string front = std::string(line_frame) + std::string(host_line);
  const parsed_request full = parse(front + fields_of(fields_room - 1) + "\r\n", limits);
  ASSERT_TRUE(full.complete());
  EXPECT_EQ(full.head->fields().size(), fields_room);
  EXPECT_EQ(parse(front + fields_of(fields_room) + "\r\n", limits).refusal(), 431);
}

TEST(parse_limits_test, the_defaults_take_a_large_request_and_refuse_a_larger_one) {
  EXPECT_TRUE(parse(request_line_of(8 * 1024) + std::string(host_line) + "\r\n").complete());
  EXPECT_EQ(parse(request_line_of(8 * 1024 + 1) + std::string(host_line) + "\r\n").refusal(), 414);
  EXPECT_TRUE(parse(head_of(32 * 1024)).complete());
  EXPECT_EQ(parse(head_of(32 * 1024 + 1)).refusal(), 431);
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
