// A file with a name of its own, gone with the test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "pinwheel/net/open_file.h"

namespace pinwheel::testing {

class temporary_file {
 public:
  explicit temporary_file(std::string_view content) {
    const int made = ::mkstemp(path_.data());
    EXPECT_GE(made, 0) << path_;
    EXPECT_EQ(::write(made, content.data(), content.size()), static_cast<ssize_t>(content.size()));
    ::close(made);
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file() { remove(); }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::shared_ptr<const open_file> open() const { return open_file::open(path_).value(); }

  void truncate(std::uintmax_t bytes) const { std::filesystem::resize_file(path_, bytes); }
  void remove() const { ::unlink(path_.c_str()); }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "pinwheel_test_XXXXXX").string();
};

}  // namespace pinwheel::testing
