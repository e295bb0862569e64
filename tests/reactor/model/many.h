// Checks a property of many random values; what fails is made smaller and printed with what reproduces it.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

namespace pinwheel::testing::model {

// Batches of one test have a seed each.
// RC_PARAMS, RapidCheck's own setting, overrides: "seed=…", "max_success=…", "reproduce=…".
template <class Property, class T>
void check_many(int count, int batch, const rc::Gen<T>& any, Property property) {
  const rc::detail::Configuration& configured = rc::detail::configuration();
  rc::detail::TestParams params = configured.testParams;
  params.seed += static_cast<std::uint64_t>(batch);
  const char* given = std::getenv("RC_PARAMS");
  if (given == nullptr || std::string_view(given).find("max_success") == std::string_view::npos) {
    params.maxSuccess = count;
  }
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string name = std::string(test->test_suite_name()) + "." + test->name();
  const auto result = rc::detail::checkTestable([&] { property(*any); }, rc::detail::TestMetadata{name, name}, params);
  if (result.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream message;
  rc::detail::printResultMessage(result, message);
  FAIL() << message.str();
}

// A failure of before is being played again, and nothing else.
inline bool is_reproducing() { return !rc::detail::configuration().reproduce.empty(); }

}  // namespace pinwheel::testing::model
