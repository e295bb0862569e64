// Addresses as text and back.
#include "pinwheel/net/address.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pinwheel::testing {
namespace {

std::string parsed(std::string_view text) {
  const auto made = parse_address(text);
  return made.ok() ? to_string(*made) : "refused";
}

TEST(address_test, every_form_is_understood_and_written_back) {
  EXPECT_EQ(parsed("127.0.0.1:8080"), "127.0.0.1:8080");
  EXPECT_EQ(parsed("0.0.0.0:0"), "0.0.0.0:0");
  EXPECT_EQ(parsed(":8080"), "0.0.0.0:8080");
  EXPECT_EQ(parsed("[::1]:80"), "[::1]:80");
  EXPECT_EQ(parsed("[0:0::1]:65535"), "[::1]:65535");
  EXPECT_EQ(parsed("unix:/run/some.sock"), "unix:/run/some.sock");
}

TEST(address_test, what_is_no_address_is_refused) {
  const std::vector<std::string> wrong = {
      "",         "127.0.0.1",    "127.0.0.1:",   "127.0.0.1:-1", "127.0.0.1:65536", "127.0.0.1:80 ", "127.0.0.1:+80",
      "1.2.3:80", "1.2.3.4.5:80", "localhost:80", "::1:80",       "[::1]",           "[::1:80",       "[localhost]:80",
      "[]:80",    "[1.2.3.4]:80", "unix:",        "8080",         "127.0.0.1:0x50",  "[::1]80:80",
  };
  for (const std::string& each : wrong) EXPECT_EQ(parsed(each), "refused") << each;
  EXPECT_EQ(parsed("unix:" + std::string(108, 'p')), "refused");
  EXPECT_EQ(parsed(std::string("unix:/a\0b", 9)), "refused");
}

TEST(address_test, a_refusal_quotes_the_text_and_says_why) {
  const std::string message(parse_address("localhost:80").status().message());
  EXPECT_NE(message.find("\"localhost:80\""), std::string::npos) << message;
  EXPECT_NE(message.find("names are not looked up"), std::string::npos) << message;
}

TEST(address_test, parts_can_be_asked_for_and_the_port_be_set) {
  address made = parse_address("[::1]:80").value();
  made.set_port(81);
  EXPECT_EQ(made.port(), 81);
  EXPECT_EQ(made.family(), AF_INET6);
  EXPECT_EQ(parse_address("unix:/a").value().path(), "/a");
  EXPECT_EQ(parse_address("unix:/a").value().port(), 0);
}

TEST(address_test, equal_means_the_same_address_and_port) {
  EXPECT_EQ(parse_address("127.0.0.1:80").value(), parse_address("127.0.0.1:80").value());
  EXPECT_NE(parse_address("127.0.0.1:80").value(), parse_address("127.0.0.1:81").value());
  EXPECT_NE(parse_address("127.0.0.1:80").value(), parse_address("[::1]:80").value());
}

TEST(address_test, an_address_that_nobody_gave_is_none) {
  EXPECT_EQ(address().family(), AF_UNSPEC);
  EXPECT_EQ(to_string(address()), "none");
  EXPECT_EQ(address(), address());
}

}  // namespace
}  // namespace pinwheel::testing
