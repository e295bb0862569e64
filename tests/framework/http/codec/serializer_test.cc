// RFC 9112 sections 4, 6 and 7.1, RFC 9110 section 5.5.

#include "pinwheel/framework/http/codec/serializer.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>

#include "pinwheel/framework/http/codec/response_field.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view epoch_line = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";

std::string serialize(const response_head& head) {
  std::string out(head_bytes_max(head), '?');
  const char* const end = write_head(out.data(), head, date_line());
  const auto written = static_cast<std::size_t>(end - out.data());
  EXPECT_LE(written, out.size());
  out.resize(written);
  return out;
}

std::string with_date(std::string_view status_line, std::string_view rest) {
  return std::string(status_line) + std::string(epoch_line) + std::string(rest);
}

TEST(serializer_test, a_plain_answer_has_type_and_length) {
  const response_head head{.content_length = 13, .content_type = "text/plain"};
  EXPECT_EQ(serialize(head),
            with_date("HTTP/1.1 200 OK\r\n", "Content-Type: text/plain\r\nContent-Length: 13\r\n\r\n"));
}

TEST(serializer_test, a_chunked_answer_announces_its_coding_and_no_length) {
  const response_head head{.framing = body_framing::chunked, .content_length = 13};
  EXPECT_EQ(serialize(head), with_date("HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n\r\n"));
}

TEST(serializer_test, a_body_that_ends_with_the_connection_is_not_announced) {
  const response_head head{.framing = body_framing::none, .connection = connection_option::close};
  EXPECT_EQ(serialize(head), with_date("HTTP/1.1 200 OK\r\n", "Connection: close\r\n\r\n"));
}

TEST(serializer_test, the_connection_option_is_written_as_asked) {
  response_head head{.framing = body_framing::none};
  head.connection = connection_option::keep_alive;
  EXPECT_EQ(serialize(head), with_date("HTTP/1.1 200 OK\r\n", "Connection: keep-alive\r\n\r\n"));
  head.connection = connection_option::upgrade;
  head.status = 101;
  EXPECT_EQ(serialize(head), with_date("HTTP/1.1 101 Switching Protocols\r\n", "Connection: upgrade\r\n\r\n"));
}

// RFC 9112 section 9.3.
TEST(serializer_test, only_what_a_version_does_not_imply_is_announced) {
  EXPECT_EQ(connection_option_for(1, true), connection_option::none);
  EXPECT_EQ(connection_option_for(1, false), connection_option::close);
  EXPECT_EQ(connection_option_for(0, true), connection_option::keep_alive);
  EXPECT_EQ(connection_option_for(0, false), connection_option::close);
}

TEST(serializer_test, a_code_without_a_phrase_keeps_the_space_before_it) {
  EXPECT_EQ(serialize({.status = 299}), with_date("HTTP/1.1 299 \r\n", "Content-Length: 0\r\n\r\n"));
}

TEST(serializer_test, a_code_that_is_none_becomes_500) {
  for (const int status : {-5, 0, 99, 600, 20000}) {
    EXPECT_EQ(serialize({.status = status}),
              with_date("HTTP/1.1 500 Internal Server Error\r\n", "Content-Length: 0\r\n\r\n"));
  }
}

// RFC 9110 section 8.6, RFC 9112 section 6.1.
TEST(serializer_test, no_framing_is_announced_where_it_is_forbidden) {
  for (const body_framing framing : {body_framing::length, body_framing::chunked}) {
    EXPECT_EQ(serialize({.status = 204, .framing = framing}), with_date("HTTP/1.1 204 No Content\r\n", "\r\n"));
  }
  EXPECT_EQ(serialize({.status = 304, .content_length = 5}),
            with_date("HTTP/1.1 304 Not Modified\r\n", "Content-Length: 5\r\n\r\n"));
}

TEST(serializer_test, extra_fields_are_written_as_they_are) {
  const response_head head{.extra_fields = "X: 1\r\nY: 2\r\n"};
  EXPECT_EQ(serialize(head), with_date("HTTP/1.1 200 OK\r\n", "Content-Length: 0\r\nX: 1\r\nY: 2\r\n\r\n"));
}

TEST(serializer_test, the_bound_holds_for_the_longest_head) {
  for (int status = 100; status < 600; ++status) {
    const response_head head{.status = status,
                             .connection = connection_option::keep_alive,
                             .content_length = std::numeric_limits<std::uint64_t>::max(),
                             .content_type = "a/b",
                             .extra_fields = "X: 1\r\n"};
    EXPECT_LE(serialize(head).size(), head_bytes_max(head)) << status;
  }
}

TEST(serializer_test, numbers_are_written_without_padding) {
  char out[32];
  const auto decimal = [&](std::uint64_t value) { return std::string(out, write_decimal(out, value)); };
  const auto chunk = [&](std::size_t bytes) { return std::string(out, write_chunk_header(out, bytes)); };
  EXPECT_EQ(decimal(0), "0");
  EXPECT_EQ(decimal(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(chunk(1), "1\r\n");
  EXPECT_EQ(chunk(65535), "ffff\r\n");
  EXPECT_EQ(chunk(std::numeric_limits<std::size_t>::max()), "ffffffffffffffff\r\n");
}

class response_field_test : public testing::Test {
 protected:
  bool append(std::string_view name, std::string_view value) {
    return append_field(out_, room_ + sizeof(room_), name, value);
  }
  std::string written() const { return {room_, static_cast<std::size_t>(out_ - room_)}; }

 private:
  char room_[32];
  char* out_ = room_;
};

TEST_F(response_field_test, good_fields_follow_each_other) {
  EXPECT_TRUE(append("X", "1"));
  EXPECT_TRUE(append("Set-Cookie", "a=\tb c"));
  EXPECT_EQ(written(), "X: 1\r\nSet-Cookie: a=\tb c\r\n");
}

TEST_F(response_field_test, a_response_cannot_be_split) {
  for (const std::string_view value : {"a\r\nb"sv, "a\rb"sv, "a\nb"sv, "a\0b"sv, "\x7f"sv, "\x01"sv, "a\r\n"sv}) {
    EXPECT_FALSE(append("X", value)) << value;
    EXPECT_FALSE(is_field_value(value)) << value;
  }
  for (const std::string_view name : {""sv, "X Y"sv, "X:"sv, "X\r\n"sv, "X\0"sv, "\xc3\xa4"sv}) {
    EXPECT_FALSE(append(name, "1")) << name;
  }
  EXPECT_EQ(written(), "");
}

TEST_F(response_field_test, an_empty_value_is_a_value) {
  EXPECT_TRUE(is_field_value(""));
  EXPECT_TRUE(is_field_value(std::string_view()));
  EXPECT_TRUE(append("X", {}));
  EXPECT_EQ(written(), "X: \r\n");
}

TEST_F(response_field_test, what_the_serializer_writes_cannot_be_written_beside_it) {
  for (const char* name : {"content-length", "Content-Type", "TRANSFER-ENCODING", "connection", "Date"}) {
    EXPECT_FALSE(append(name, "1")) << name;
  }
  EXPECT_TRUE(append("Etag", "1"));
}

TEST_F(response_field_test, a_field_that_does_not_fit_is_not_begun) {
  EXPECT_FALSE(append("X", std::string(28, 'x')));
  EXPECT_EQ(written(), "");
  EXPECT_TRUE(append("X", std::string(27, 'x')));
  EXPECT_EQ(written().size(), field_bytes("X", std::string(27, 'x')));
  EXPECT_FALSE(append("X", ""));
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
