// Runs one case over one loop in a process of its own, so that a crash or a hang is an outcome and not the end.
//
// Threads:   the runner's one thread.
// Ownership: owns the process; it is killed when this dies.
#pragma once

#include <chrono>
#include <string>

#include "conformance/case.h"

namespace pinwheel::conformance {

struct case_result {
  outcome seen = outcome::holds;
  std::string message;  // Why it did not hold; what the process wrote to its standard error.
};

class case_process {
 public:
  case_process(const conformance_case& what, const loop_factory& loop, std::chrono::milliseconds limit);
  case_process(const case_process&) = delete;
  case_process& operator=(const case_process&) = delete;
  ~case_process();

  // Becomes readable when the process has ended.
  [[nodiscard]] int descriptor() const { return process_; }
  [[nodiscard]] bool is_over_its_limit() const { return std::chrono::steady_clock::now() >= end_; }

  // REQUIRES: descriptor() is readable, or is_over_its_limit(): then it is killed.
  case_result finish();

 private:
  std::chrono::steady_clock::time_point end_;
  int report_;   // What the case wrote of its end.
  int errors_;   // Its standard error.
  int pid_;      // 0 once it was waited for.
  int process_;  // A descriptor of it (pidfd_open(2)).
};

}  // namespace pinwheel::conformance
