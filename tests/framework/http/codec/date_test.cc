// RFC 9110 section 5.6.7.

#include "pinwheel/framework/http/codec/date.h"

#include <gtest/gtest.h>

#include <ctime>
#include <limits>
#include <random>
#include <string>

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

std::string format(std::time_t time) {
  char out[http_date_bytes];
  const char* const end = write_http_date(out, time);
  return {out, static_cast<std::size_t>(end - out)};
}

struct date_case {
  std::time_t time;
  const char* text;
};

TEST(date_test, known_instants_have_their_known_forms) {
  const date_case cases[] = {
      {0, "Thu, 01 Jan 1970 00:00:00 GMT"},          {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
      {951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},  {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
      {951868800, "Wed, 01 Mar 2000 00:00:00 GMT"},  {1709164800, "Thu, 29 Feb 2024 00:00:00 GMT"},
      {1735689599, "Tue, 31 Dec 2024 23:59:59 GMT"}, {2147483648, "Tue, 19 Jan 2038 03:14:08 GMT"},
      {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"}, {4107542399, "Sun, 28 Feb 2100 23:59:59 GMT"},
  };
  for (const date_case& expected : cases) EXPECT_EQ(format(expected.time), expected.text);
}

TEST(date_test, instants_without_a_form_are_moved_to_the_nearest_that_has_one) {
  EXPECT_EQ(format(-1), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format(253402300799), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(format(253402300800), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(format(std::numeric_limits<std::time_t>::max()), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(date_test, random_instants_agree_with_the_c_library) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    const auto time = static_cast<std::time_t>(random() % 253402300800);
    std::tm parts{};
    ASSERT_NE(gmtime_r(&time, &parts), nullptr);
    char expected[64];
    std::strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    ASSERT_EQ(format(time), expected);
  }
}

TEST(date_test, the_line_follows_the_seconds_it_is_told) {
  date_line line(784111777);
  EXPECT_EQ(line.text(), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(line.text().size(), date_line::bytes);
  line.update(784111777);
  EXPECT_EQ(line.text(), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  line.update(784111778);
  EXPECT_EQ(line.text(), "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
  line.update(784111000);
  EXPECT_EQ(line.text(), "Date: Sun, 06 Nov 1994 08:36:40 GMT\r\n");
}

TEST(date_test, a_line_that_was_told_nothing_says_the_epoch) {
  EXPECT_EQ(date_line().text(), "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
