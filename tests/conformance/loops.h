// The loops that the suite runs over: the columns of its table. A new backend is one more line in loops.cc.
#pragma once

#include <string_view>
#include <vector>

#include "conformance/case.h"

namespace pinwheel::conformance {

struct loop_column {
  std::string_view name;  // "<backend>" or "<backend> <notifier>".
  loop_factory make;
};

const std::vector<loop_column>& all_loops();

}  // namespace pinwheel::conformance
