#include "conformance/rules.h"

#include <regex>

namespace pinwheel::conformance {
namespace {

const std::vector<rule_group>& groups() {
  static const std::vector<rule_group> all = {
      {"Loop: entry, flags, exit",
       {"L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10", "L11", "L12", "L13", "L14", "L15", "L16", "L17"}},
      {"Active queues, priorities, budgets", {"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11"}},
      {"What running a callback means", {"C1", "C2", "C3", "C4", "C5", "C6", "C7"}},
      {"Timers and time", {"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "T14", "T13"}},
      {"Descriptors and backends", {"I1", "I2", "I3", "I4", "I5", "I7", "I8", "I9", "I10", "I11", "I12", "I13"}},
      {"Signals", {"S1", "S2", "S3"}},
      {"Threads, notify, removal", {"N1", "N3", "N4", "N5", "N6", "N7", "N8", "N10", "N12", "N14"}},
      {"Looking inside", {"D1", "D2", "D3", "D4", "D5", "D6"}},
  };
  return all;
}

}  // namespace

std::span<const rule_group> rule_groups() { return groups(); }

std::size_t rule_order(std::string_view rule) {
  std::size_t order = 0;
  for (const rule_group& group : groups()) {
    for (const std::string_view each : group.rules) {
      if (each == rule) return order;
      ++order;
    }
  }
  return order;
}

std::vector<std::string> rules_in(std::string_view markdown) {
  static const std::regex row(R"((?:^|\n)\| ((?:[A-Z][0-9]+ )+)\|)");
  static const std::regex id("[A-Z][0-9]+");
  std::vector<std::string> found;
  const std::string text(markdown);
  for (std::sregex_iterator at(text.begin(), text.end(), row); at != std::sregex_iterator(); ++at) {
    const std::string ids = at->str(1);
    for (std::sregex_iterator each(ids.begin(), ids.end(), id); each != std::sregex_iterator(); ++each) {
      found.push_back(each->str());
    }
  }
  return found;
}

}  // namespace pinwheel::conformance
