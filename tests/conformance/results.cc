#include "conformance/results.h"

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

#include "conformance/rules.h"

namespace pinwheel::conformance {
namespace {

constexpr std::string_view introduction = R"(# The event base, rule by rule, loop by loop

The suite in `tests/conformance` says in code what an event base promises, each case once, and runs every case over every
backend of Pinwheel, with both ways of waking a loop, and over the system's libevent 2.1.12. Each cell is a process of
its own. The suite writes this page (`./dev conformance --write`) and fails when the page and what it sees differ.

- **holds**: what the sentence says was seen.
- **differs**: it was not seen, and that is declared beside the case: libevent surprises its users there, or has no
  public call for it. A declared difference that does not come is an error too.
- **n/a**: it cannot apply there; the reasons stand at the end.

A case's name begins with the id of its rule. A rule has several cases where Pinwheel promises more than libevent does.
)";

std::string_view word_of(outcome seen) {
  static constexpr std::array<std::string_view, 5> words = {"holds", "fails", "hangs", "absent", "n/a"};
  return words.at(static_cast<std::size_t>(seen));
}

// As a reader of the table cares.
std::string_view cell_of(const result_row& row, std::size_t loop, std::string_view name) {
  const outcome seen = row.cells[loop].seen;
  if (seen != declared_for(*row.what, name).expected) return "VIOLATED";
  return seen == outcome::holds || seen == outcome::not_applicable ? word_of(seen) : "differs";
}

bool is_in(const rule_group& group, const conformance_case& what) {
  return std::ranges::find(group.rules, what.rule()) != group.rules.end();
}

void write_tables(std::ostream& out, const result_table& table) {
  for (const rule_group& group : rule_groups()) {
    out << "\n## " << group.title << "\n\n| case | what is promised |";
    for (const std::string_view loop : table.loops) out << ' ' << loop << " |";
    out << "\n| --- | --- |";
    for (std::size_t at = 0; at < table.loops.size(); ++at) out << " --- |";
    out << '\n';
    std::string_view rule;  // Of the row before; the first row of each carries its anchor.
    for (const result_row& row : table.rows) {
      if (!is_in(group, *row.what)) continue;
      out << "| ";
      if (rule != row.what->rule()) out << "<a id=\"" << row.what->rule() << "\"></a>";
      rule = row.what->rule();
      out << '`' << row.what->name << "` | " << row.what->sentence << " |";
      for (std::size_t at = 0; at < table.loops.size(); ++at) out << ' ' << cell_of(row, at, table.loops[at]) << " |";
      out << '\n';
    }
  }
}

// The declarations that `wanted` asks for, one line each.
template <class Predicate>
void write_declarations(std::ostream& out, const result_table& table, Predicate wanted) {
  for (const result_row& row : table.rows) {
    for (const declaration& each : row.what->declarations) {
      if (!wanted(each)) continue;
      out << "| `" << row.what->name << "` | " << each.loops << " | " << word_of(each.expected) << " | " << each.reason
          << " |\n";
    }
  }
}

}  // namespace

declaration declared_for(const conformance_case& what, std::string_view loop) {
  for (const declaration& each : what.declarations) {
    if (loop.starts_with(each.loops)) return each;
  }
  return {loop, outcome::holds, {}};
}

std::vector<std::string> violations(const result_table& table) {
  std::vector<std::string> found;
  for (const result_row& row : table.rows) {
    for (std::size_t at = 0; at < table.loops.size(); ++at) {
      const case_result& cell = row.cells[at];
      const declaration declared = declared_for(*row.what, table.loops[at]);
      if (cell.seen == declared.expected) continue;
      std::ostringstream line;
      line << row.what->name << " over " << table.loops[at] << ": declared \"" << word_of(declared.expected)
           << "\", seen \"" << word_of(cell.seen) << '"';
      if (!cell.message.empty()) line << ": " << cell.message;
      found.push_back(line.str());
    }
  }
  return found;
}

std::string to_text(const result_table& table) {
  std::size_t longest = 0;
  for (const result_row& row : table.rows) longest = std::max(longest, row.what->name.size());
  std::ostringstream out;
  const auto begin_line = [&](std::string_view name) {
    out << std::left << std::setw(static_cast<int>(longest)) << name;
  };
  begin_line("");
  for (const std::string_view loop : table.loops) out << "  " << loop;
  out << '\n';
  for (const result_row& row : table.rows) {
    begin_line(row.what->name);
    for (std::size_t at = 0; at < table.loops.size(); ++at) {
      const int width = static_cast<int>(std::max<std::size_t>(table.loops[at].size(), 8));
      out << "  " << std::setw(width) << cell_of(row, at, table.loops[at]);
    }
    out << '\n';
  }
  return out.str();
}

std::string to_markdown(const result_table& table) {
  std::ostringstream out;
  out << introduction;
  write_tables(out, table);
  out << "\n## Where libevent differs\n\n"
         "`absent`: libevent 2.1.12 has no public call for it. `hangs`: it does not come to an end.\n\n"
         "| case | loop | seen | what happens instead, or what is missing |\n| --- | --- | --- | --- |\n";
  write_declarations(out, table, [](const declaration& each) { return each.expected != outcome::not_applicable; });
  out << "\n## Not applicable\n\n| case | loops | | why |\n| --- | --- | --- | --- |\n";
  write_declarations(out, table, [](const declaration& each) { return each.expected == outcome::not_applicable; });
  return out.str();
}

}  // namespace pinwheel::conformance
