// The rules of the event base: their ids in order, and the groups they stand in.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pinwheel::conformance {

struct rule_group {
  std::string_view title;
  std::vector<std::string_view> rules;
};

std::span<const rule_group> rule_groups();

// The place of a rule among all; one past the last when there is no such rule.
std::size_t rule_order(std::string_view rule);

// The ids that a document's tables name in their first column, in order.
std::vector<std::string> rules_in(std::string_view markdown);

}  // namespace pinwheel::conformance
