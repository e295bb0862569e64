#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "pinwheel/framework/async_log.h"
#include "pinwheel/reactor/base/log.h"

namespace pinwheel {
namespace {

std::vector<std::string> heard;

void hear(log_level, std::string_view line) { heard.emplace_back(line); }

TEST(async_log, writes_every_line_with_its_level_before_it_ends) {
  ::testing::internal::CaptureStderr();
  {
    const async_log written;
    log(log_level::warning, "the first line");
    log(log_level::error, "the second line");
  }
  const std::string output = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(output.find("warning the first line\n"), std::string::npos) << output;
  EXPECT_LT(output.find("the first line"), output.find("error the second line\n")) << output;
}

TEST(async_log, leaves_a_hook_of_the_users_alone) {
  heard.clear();
  set_log_hook(&hear);
  {
    const async_log unused;
    log(log_level::info, "for the user");
  }
  log(log_level::info, "still for the user");
  EXPECT_EQ(set_log_hook(nullptr), &hear);
  EXPECT_EQ(heard, (std::vector<std::string>{"for the user", "still for the user"}));
}

TEST(async_log, is_one_for_all_servers_and_ends_with_the_last) {
  ::testing::internal::CaptureStderr();
  std::optional<async_log> first(std::in_place);
  std::optional<async_log> second(std::in_place);
  first.reset();
  log(log_level::info, "between the ends");
  second.reset();
  log(log_level::info, "after both");
  const std::string output = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(output.find("info between the ends\n"), std::string::npos) << output;
  EXPECT_NE(output.find("pinwheel: info: after both\n"), std::string::npos) << output;
}

TEST(async_log, takes_whole_lines_from_many_threads) {
  constexpr int threads_count = 4;
  constexpr int lines_each = 200;
  ::testing::internal::CaptureStderr();
  {
    const async_log written;
    std::vector<std::thread> threads;
    for (int at = 0; at < threads_count; ++at) {
      threads.emplace_back([] {
        for (int line = 0; line < lines_each; ++line) log(log_level::info, "a line of many");
      });
    }
    for (std::thread& each : threads) each.join();
  }
  const std::string output = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), threads_count * lines_each);
}

}  // namespace
}  // namespace pinwheel
