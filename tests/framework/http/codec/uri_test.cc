// RFC 3986 section 2.1, and what path traversal is made of.

#include "pinwheel/framework/http/codec/uri.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

using namespace std::string_view_literals;

class uri_test : public testing::Test {
 protected:
  char room_[64];
};

TEST_F(uri_test, a_segment_without_escapes_is_answered_in_place) {
  constexpr std::string_view segment = "plain+~";
  const decoded_segment decoded = decode_segment(segment, room_);
  EXPECT_TRUE(decoded.valid);
  EXPECT_EQ(decoded.text.data(), segment.data());
  EXPECT_EQ(decoded.text, segment);
}

TEST_F(uri_test, escapes_in_a_segment_are_decoded_and_a_plus_is_a_plus) {
  const decoded_segment decoded = decode_segment("a%20b%c3%A4+", room_);
  EXPECT_TRUE(decoded.valid);
  EXPECT_EQ(decoded.text, "a b\xc3\xa4+");
  EXPECT_FALSE(decoded.holds_slash);
  EXPECT_FALSE(decoded.is_dots);
}

TEST_F(uri_test, an_escape_is_decoded_once) { EXPECT_EQ(decode_segment("%252e", room_).text, "%2e"); }

TEST_F(uri_test, bad_escapes_and_nul_are_refused) {
  for (const std::string_view text :
       {"%"sv, "%2"sv, "a%"sv, "%zz"sv, "%2g"sv, "%g2"sv, "%%20"sv, "%00"sv, "a%00b"sv, "\0"sv, "%20\0"sv}) {
    EXPECT_FALSE(decode_segment(text, room_).valid) << text;
    EXPECT_EQ(decode_segment(text, room_).text, "") << text;
    EXPECT_EQ(decode_query(text, room_), std::nullopt) << text;
  }
}

TEST_F(uri_test, a_hidden_slash_is_reported) {
  EXPECT_TRUE(decode_segment("a%2fb", room_).holds_slash);
  EXPECT_TRUE(decode_segment("..%2F", room_).holds_slash);
  EXPECT_FALSE(decode_segment("a%2eb", room_).holds_slash);
}

TEST_F(uri_test, dot_segments_are_reported_escaped_or_not) {
  for (const char* segment : {".", "..", "%2e", "%2E%2e", ".%2e", "%2e."}) {
    EXPECT_TRUE(decode_segment(segment, room_).is_dots) << segment;
  }
  for (const char* segment : {"", "...", "a.", "%2e%2e%2e"}) {
    EXPECT_FALSE(decode_segment(segment, room_).is_dots) << segment;
  }
}

TEST_F(uri_test, in_a_query_a_plus_is_a_space) {
  EXPECT_EQ(decode_query("a+b%2Bc", room_), "a b+c");
  EXPECT_EQ(decode_query("plain", room_), "plain");
  EXPECT_EQ(decode_query("", room_), "");
}

TEST_F(uri_test, a_query_gives_its_pairs_in_order_and_passes_over_empty_ones) {
  std::string_view query = "a=1&&b&=c&d=e=f&";
  std::vector<std::pair<std::string, std::string>> pairs;
  for (query_pair pair; take_query_pair(query, pair);) pairs.emplace_back(pair.name, pair.value);
  EXPECT_EQ(pairs, (std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"b", ""}, {"", "c"}, {"d", "e=f"}}));
}

TEST_F(uri_test, a_value_is_found_by_its_decoded_name_and_answered_raw) {
  constexpr std::string_view query = "x=1&a%20b=%31&a+c=2&x=3&%zz=4&y";
  EXPECT_EQ(query_value(query, "x"), "1");
  EXPECT_EQ(query_value(query, "a b"), "%31");
  EXPECT_EQ(query_value(query, "a c"), "2");
  EXPECT_EQ(query_value(query, "y"), "");
  EXPECT_EQ(query_value(query, "z"), std::nullopt);
  EXPECT_EQ(query_value(query, "xx"), std::nullopt);
  EXPECT_EQ(query_value("", "x"), std::nullopt);
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
