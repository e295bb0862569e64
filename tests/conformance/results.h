// What a run of the suite gave: one cell for each case and loop, and whether it is as declared.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/case.h"
#include "conformance/case_process.h"

namespace pinwheel::conformance {

// What is declared for a case over a loop; `holds` without a declaration.
declaration declared_for(const conformance_case& what, std::string_view loop);

struct result_row {
  const conformance_case* what = nullptr;
  std::vector<case_result> cells;  // One for each loop, in the loops' order.
};

struct result_table {
  std::vector<std::string_view> loops;
  std::vector<result_row> rows;
};

// What is wrong with a run, a line each: cells that are not as declared, an expected failure that did not come
// included.
std::vector<std::string> violations(const result_table& table);

// For people at a terminal.
std::string to_text(const result_table& table);

// docs/conformance.md. REQUIRES: no violations.
std::string to_markdown(const result_table& table);

}  // namespace pinwheel::conformance
