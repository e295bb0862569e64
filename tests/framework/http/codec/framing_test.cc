// RFC 9112 sections 3.2, 6 and 9: Host, the body's length, the connection.

#include "pinwheel/framework/http/codec/framing.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "parse_helpers.h"

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

int status_of_host(const std::string& lines, const std::string& version = "HTTP/1.1") {
  return parse("GET / " + version + "\r\n" + lines + "\r\n").refusal();
}

// RFC 9112 section 3.2.
TEST(host_test, http_1_1_needs_exactly_one_valid_host) {
  EXPECT_EQ(status_of_host("Host: a\r\n"), 0);
  EXPECT_EQ(status_of_host("hOsT: a\r\n"), 0);
  EXPECT_EQ(status_of_host(""), 400);
  EXPECT_EQ(status_of_host("X: a\r\n"), 400);
  EXPECT_EQ(status_of_host("Host: a\r\nHost: a\r\n"), 400);
  EXPECT_EQ(status_of_host("Host: a\r\nHost: b\r\n"), 400);
}

TEST(host_test, http_1_0_needs_none_but_takes_no_two_and_no_invalid_one) {
  EXPECT_EQ(status_of_host("", "HTTP/1.0"), 0);
  EXPECT_EQ(status_of_host("Host: a\r\nHost: a\r\n", "HTTP/1.0"), 400);
  EXPECT_EQ(status_of_host("Host: a b\r\n", "HTTP/1.0"), 400);
}

TEST(host_test, an_absolute_target_does_not_replace_the_field) {
  EXPECT_EQ(parse("GET http://a/ HTTP/1.1\r\n\r\n").refusal(), 400);
}

TEST(host_test, hosts_are_names_or_addresses_with_or_without_a_port) {
  for (const char* host : {"a", "a.b-c_d~e", "127.0.0.1", "127.0.0.1:8080", "a:", "a:0", "a:65535", "a:00080", "[::1]",
                           "[::1]:80", "[fe80::1.2.3.4]", "a%20b", "a!$&'()*+,;=b"}) {
    EXPECT_EQ(status_of_host("Host: " + std::string(host) + "\r\n"), 0) << host;
  }
}

TEST(host_test, everything_else_is_a_bad_request) {
  for (const char* host :
       {"",      ":80", "a b",    "a/b",      "a?b",  "u@a",    "a:b",     "a:1:2", "a:65536", "a:99999999999999999999",
        "a:-1",  "a%",  "a%2",    "a%zz",     "[::1", "[::1]x", "[::1]80", "[]",    "[a]",     "[a:b]",
        "[::g]", "::1", "a[::1]", "\xc3\xa4", "a\\b", "a\"b",   "<a>"}) {
    EXPECT_EQ(status_of_host("Host: " + std::string(host) + "\r\n"), 400) << host;
  }
}

// RFC 9112 section 6.3, rule 7.
TEST(content_length_test, a_request_without_framing_fields_has_no_body) {
  const parsed_request request = parse_fields("");
  EXPECT_EQ(request.head->content_length(), std::nullopt);
  EXPECT_FALSE(request.head->chunked());
  EXPECT_FALSE(request.head->has_body());
}

TEST(content_length_test, digits_are_read_up_to_the_largest_number_there_is) {
  const auto length_of = [](const std::string& digits) {
    return parse_fields("Content-Length: " + digits + "\r\n").head->content_length();
  };
  EXPECT_EQ(length_of("0"), 0u);
  EXPECT_EQ(length_of("42"), 42u);
  EXPECT_EQ(length_of("00042"), 42u);
  EXPECT_EQ(length_of("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(parse_fields("Content-Length: 0\r\n").head->has_body());
  EXPECT_TRUE(parse_fields("Content-Length: 1\r\n").head->has_body());
}

TEST(content_length_test, anything_but_digits_is_a_bad_request) {
  for (const char* value : {"", "-1", "+1", "1 2", "1,1", "1, 1", "1,2", "0x1", "1a", "a", "1.0", "1e3", "'1'",
                            "18446744073709551616", "99999999999999999999999"}) {
    EXPECT_EQ(status_of_fields("Content-Length: " + std::string(value) + "\r\n"), 400) << value;
  }
}

TEST(content_length_test, it_must_not_be_repeated_not_even_with_the_same_value) {
  EXPECT_EQ(status_of_fields("Content-Length: 1\r\nContent-Length: 2\r\n"), 400);
  EXPECT_EQ(status_of_fields("Content-Length: 1\r\ncontent-length: 1\r\n"), 400);
}

// RFC 9112 section 6.1.
TEST(transfer_encoding_test, chunked_alone_is_taken_in_any_case) {
  for (const char* value : {"chunked", "Chunked", "CHUNKED", " chunked\t"}) {
    const parsed_request request = parse_fields("Transfer-Encoding: " + std::string(value) + "\r\n");
    ASSERT_TRUE(request.complete()) << value;
    EXPECT_TRUE(request.head->chunked());
    EXPECT_TRUE(request.head->has_body());
  }
}

TEST(transfer_encoding_test, other_codings_are_not_implemented) {
  for (const char* value : {"gzip", "gzip, chunked", "identity", "xchunked", "chunke", "gzip;q=1, chunked"}) {
    EXPECT_EQ(status_of_fields("Transfer-Encoding: " + std::string(value) + "\r\n"), 501) << value;
  }
  EXPECT_EQ(status_of_fields("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 501);
}

TEST(transfer_encoding_test, chunked_must_be_last_once_and_bare) {
  for (const char* value : {"chunked, gzip", "chunked, chunked", "chunked,", ",chunked", "", ",", "chunked;a=b",
                            "chunked;", "chunked ; q=1", "chun ked", "\"chunked\"", "chunked, identity"}) {
    EXPECT_EQ(status_of_fields("Transfer-Encoding: " + std::string(value) + "\r\n"), 400) << value;
  }
  EXPECT_EQ(status_of_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(status_of_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400);
}

// RFC 9112 section 6.3, rule 3: what request smuggling is made of.
TEST(transfer_encoding_test, it_excludes_content_length_in_either_order) {
  EXPECT_EQ(status_of_fields("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(status_of_fields("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"), 400);
  EXPECT_EQ(status_of_fields("Transfer-Encoding: gzip\r\nContent-Length: 0\r\n"), 400);
}

TEST(transfer_encoding_test, http_1_0_has_none) {
  EXPECT_EQ(parse_fields("Transfer-Encoding: chunked\r\n", "HTTP/1.0").refusal(), 400);
}

// RFC 9112 section 9.3.
TEST(connection_test, http_1_1_stays_open_unless_told_to_close) {
  const auto keeps = [](const char* lines) { return parse_fields(lines).head->keep_alive(); };
  EXPECT_TRUE(keeps(""));
  EXPECT_TRUE(keeps("Connection: x, upgrade\r\n"));
  EXPECT_FALSE(keeps("Connection: close\r\n"));
  EXPECT_FALSE(keeps("Connection: x , CLOSE\r\n"));
  EXPECT_FALSE(keeps("Connection: keep-alive, close\r\n"));
  EXPECT_FALSE(keeps("Connection: keep-alive\r\nConnection: close\r\n"));
  EXPECT_TRUE(keeps("Connection: close-not\r\n"));
}

TEST(connection_test, http_1_0_closes_unless_asked_to_stay) {
  const auto keeps = [](const char* lines) { return parse_fields(lines, "HTTP/1.0").head->keep_alive(); };
  EXPECT_FALSE(keeps(""));
  EXPECT_TRUE(keeps("Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("Connection: keep-alive, close\r\n"));
}

// RFC 9110 section 7.8: the field counts only together with its connection option.
TEST(connection_test, an_upgrade_needs_both_fields_and_http_1_1) {
  EXPECT_TRUE(parse_fields("Upgrade: x\r\nConnection: Upgrade\r\n").head->upgrade_requested());
  EXPECT_FALSE(parse_fields("Upgrade: x\r\n").head->upgrade_requested());
  EXPECT_FALSE(parse_fields("Connection: upgrade\r\n").head->upgrade_requested());
  EXPECT_FALSE(parse_fields("Upgrade: x\r\nConnection: Upgrade\r\n", "HTTP/1.0").head->upgrade_requested());
}

// RFC 9110 section 10.1.1.
TEST(expect_test, only_100_continue_is_known) {
  EXPECT_TRUE(parse_fields("Expect: 100-Continue\r\n").head->expect_continue());
  EXPECT_FALSE(parse_fields("Expect: 100-continue\r\n").head->expectation_unknown());
  EXPECT_TRUE(parse_fields("Expect: 200-ok\r\n").head->expectation_unknown());
  EXPECT_TRUE(parse_fields("Expect: 100-continue, x\r\n").head->expectation_unknown());
  EXPECT_TRUE(parse_fields("Expect: 100-continue=x\r\n").head->expectation_unknown());
  EXPECT_FALSE(parse_fields("Expect: \r\n").head->expectation_unknown());
}

TEST(expect_test, http_1_0_has_no_expectations) {
  EXPECT_FALSE(parse_fields("Expect: 100-continue\r\n", "HTTP/1.0").head->expect_continue());
  EXPECT_FALSE(parse_fields("Expect: x\r\n", "HTTP/1.0").head->expectation_unknown());
}

// Names as long as those that matter must not be taken for them.
TEST(framing_test, fields_of_the_same_length_mean_nothing) {
  const parsed_request request = parse_fields(
      "Hosu: x\r\nAccept: x\r\nAlt-Svc: x\r\nX-Computer: close\r\nX-Content-Size: x\r\nX-Something-Else: chunked\r\n");
  ASSERT_TRUE(request.complete());
  EXPECT_TRUE(request.head->keep_alive());
  EXPECT_FALSE(request.head->has_body());
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
