#include "pinwheel/framework/http/codec/method.h"

#include <gtest/gtest.h>

#include <string>

namespace pinwheel {
inline namespace v0 {
namespace http {
namespace {

TEST(method_test, every_known_method_reads_back_from_its_own_name) {
  for (int i = 0; i < static_cast<int>(method::other); ++i) {
    const auto value = static_cast<method>(i);
    EXPECT_FALSE(to_string(value).empty());
    EXPECT_EQ(parse_method(to_string(value)), value) << to_string(value);
  }
}

TEST(method_test, methods_are_case_sensitive_and_strangers_are_other) {
  for (const char* name : {"get", "Get", "PROPFIND", "GOT", "POKE", "TRACK", "DELETF", "OPTIONZ", "M", ""}) {
    EXPECT_EQ(parse_method(name), method::other) << name;
  }
  EXPECT_EQ(to_string(method::other), "");
}

}  // namespace
}  // namespace http
}  // namespace v0
}  // namespace pinwheel
