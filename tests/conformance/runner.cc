// The conformance suite: every case over every loop, each in a process of its own.
//
//   conformance                             run everything, print the table
//   conformance --document FILE [--write]   and compare docs/conformance.md with it, or write that
//   conformance --only L3 --over poll       some cases (by the beginning of their names), some loops
#include <poll.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/case.h"
#include "conformance/case_process.h"
#include "conformance/loops.h"
#include "conformance/results.h"
#include "conformance/rules.h"

namespace pinwheel::conformance {

std::vector<conformance_case>& all_cases() {
  static std::vector<conformance_case> cases;
  return cases;
}

namespace {

using namespace std::chrono_literals;

constexpr std::size_t processes_max = 2;
constexpr std::size_t not_applicable_max = 15;  // Cells over poll and simulated together.

// A case takes some milliseconds; the limit is for machines under load. One that is declared to hang is known sooner.
constexpr std::chrono::milliseconds limit = 20s;
constexpr std::chrono::milliseconds limit_of_declared_hang = 500ms;

struct wishes {
  bool write = false;
  std::string only;
  std::string over;
  std::string document;  // docs/conformance.md; empty: not looked at.
  std::string rules;     // SEMANTICS.md; empty: not looked at.
};

// Sorted by rule; the cases of one rule stay in the order of their file.
void sort_cases() {
  std::multimap<std::size_t, conformance_case> by_rule;
  for (conformance_case& each : all_cases()) by_rule.emplace(rule_order(each.rule()), std::move(each));
  all_cases().clear();
  for (auto& [order, each] : by_rule) all_cases().push_back(std::move(each));
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What is wrong with the suite itself.
std::vector<std::string> holes(const wishes& wanted) {
  std::vector<std::string> found;
  std::set<std::string_view> names;
  std::set<std::string_view> covered;
  for (const conformance_case& each : all_cases()) {
    covered.insert(each.rule());
    if (!names.insert(each.name).second) found.push_back("two cases have the name " + std::string(each.name));
    for (const declaration& declared : each.declarations) {
      const auto matches = [&](const loop_column& loop) { return loop.name.starts_with(declared.loops); };
      if (std::ranges::none_of(all_loops(), matches)) {
        found.push_back(std::string(each.name) + " declares something of a loop that is not there");
      }
    }
  }
  std::set<std::string_view> known;
  for (const rule_group& group : rule_groups()) known.insert(group.rules.begin(), group.rules.end());
  for (const std::string_view rule : known) {
    if (!covered.contains(rule)) found.push_back("no case for the rule " + std::string(rule));
  }
  for (const std::string_view rule : covered) {
    if (!known.contains(rule)) found.push_back("a case for a rule that is not there: " + std::string(rule));
  }
  if (!wanted.rules.empty()) {
    const auto written = rules_in(read_file(wanted.rules));
    if (std::set<std::string_view>(written.begin(), written.end()) != known) {
      found.push_back("the suite does not know the same rules as " + wanted.rules);
    }
  }
  return found;
}

std::vector<std::string> too_much_not_applicable() {
  std::size_t cells = 0;
  for (const conformance_case& each : all_cases()) {
    for (const loop_column& loop : all_loops()) {
      if (declared_for(each, loop.name).expected == outcome::not_applicable) ++cells;
    }
  }
  if (cells <= not_applicable_max) return {};
  return {std::to_string(cells) + " cells are declared not applicable; at most " + std::to_string(not_applicable_max)};
}

// Runs the cells of a table, a few processes at a time.
class cell_runner {
 public:
  void want(const conformance_case& what, const loop_column& loop, case_result& answer) {
    waiting_.push_back({&what, &loop, &answer});
  }

  void run() {
    while (!waiting_.empty() || !running_.empty()) {
      while (!waiting_.empty() && running_.size() < processes_max) start();
      wait();
      std::erase_if(running_, [](running_cell& each) { return finish(each); });
    }
  }

 private:
  struct cell {
    const conformance_case* what;
    const loop_column* loop;
    case_result* answer;
  };

  struct running_cell {
    case_result* answer;
    std::unique_ptr<case_process> process;
    bool has_ended = false;
  };

  void start() {
    const cell next = waiting_.front();
    waiting_.pop_front();
    const bool hangs = declared_for(*next.what, next.loop->name).expected == outcome::hangs;
    running_.push_back({next.answer, std::make_unique<case_process>(*next.what, next.loop->make,
                                                                    hangs ? limit_of_declared_hang : limit)});
  }

  void wait() {
    std::vector<pollfd> ends;
    for (const running_cell& each : running_) ends.push_back({each.process->descriptor(), POLLIN, 0});
    ::poll(ends.data(), ends.size(), 50);
    for (std::size_t at = 0; at < ends.size(); ++at) running_[at].has_ended = ends[at].revents != 0;
  }

  static bool finish(running_cell& each) {
    if (!each.has_ended && !each.process->is_over_its_limit()) return false;
    *each.answer = each.process->finish();
    return true;
  }

  std::deque<cell> waiting_;
  std::vector<running_cell> running_;
};

result_table run_suite(const wishes& wanted) {
  result_table table;
  std::vector<const loop_column*> loops;
  for (const loop_column& loop : all_loops()) {
    if (!loop.name.starts_with(wanted.over)) continue;
    loops.push_back(&loop);
    table.loops.push_back(loop.name);
  }
  for (const conformance_case& each : all_cases()) {
    if (each.name.starts_with(wanted.only)) table.rows.push_back({&each, std::vector<case_result>(loops.size())});
  }
  cell_runner runner;
  for (result_row& row : table.rows) {
    for (std::size_t at = 0; at < loops.size(); ++at) {
      case_result& cell = row.cells[at];
      if (declared_for(*row.what, loops[at]->name).expected == outcome::not_applicable) {
        cell.seen = outcome::not_applicable;
      } else {
        runner.want(*row.what, *loops[at], cell);
      }
    }
  }
  runner.run();
  return table;
}

std::vector<std::string> check_document(const wishes& wanted, const result_table& table) {
  const std::string text = to_markdown(table);
  if (wanted.write) {
    std::ofstream(wanted.document) << text;
    return {};
  }
  if (read_file(wanted.document) == text) return {};
  return {wanted.document + " is not what was seen now; to write it: ./dev conformance --write"};
}

bool read_arguments(const std::vector<std::string_view>& arguments, wishes& wanted) {
  const std::map<std::string_view, std::string*> values = {
      {"--only", &wanted.only}, {"--over", &wanted.over}, {"--document", &wanted.document}, {"--rules", &wanted.rules}};
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    if (arguments[at] == "--write") {
      wanted.write = true;
    } else if (const auto found = values.find(arguments[at]); found != values.end() && at + 1 < arguments.size()) {
      *found->second = arguments[++at];
    } else {
      return false;
    }
  }
  return true;
}

int run(const wishes& wanted) {
  sort_cases();
  const bool all = wanted.only.empty() && wanted.over.empty();
  std::vector<std::string> wrong = holes(wanted);
  std::ranges::move(too_much_not_applicable(), std::back_inserter(wrong));
  const result_table table = run_suite(wanted);
  std::cout << to_text(table) << '\n';
  if (table.rows.empty() || table.loops.empty()) wrong.emplace_back("nothing was run");
  std::ranges::move(violations(table), std::back_inserter(wrong));
  if (wrong.empty() && all && !wanted.document.empty()) wrong = check_document(wanted, table);
  for (const std::string& each : wrong) std::cout << "wrong: " << each << '\n';
  std::cout << table.rows.size() << " cases over " << table.loops.size()
            << " loops: " << (wrong.empty() ? "all as declared" : "not as declared") << '\n';
  return wrong.empty() ? 0 : 1;
}

}  // namespace
}  // namespace pinwheel::conformance

int main(int count, char** arguments) {
  pinwheel::conformance::wishes wanted;
  if (!pinwheel::conformance::read_arguments({arguments + 1, arguments + count}, wanted)) {
    std::cerr << "usage: conformance [--write] [--only CASE] [--over LOOP] [--document FILE] [--rules FILE]\n";
    return 2;
  }
  return pinwheel::conformance::run(wanted);
}
