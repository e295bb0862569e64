// A directory of its own for a test's unix sockets.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "pinwheel/net/address.h"

namespace pinwheel::testing {

class scratch_directory {
 public:
  scratch_directory() { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~scratch_directory() { std::filesystem::remove_all(path_); }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  [[nodiscard]] address socket() const { return parse_address("unix:" + path_ + "/socket").value(); }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "pinwheel_XXXXXX").string();
};

}  // namespace pinwheel::testing
