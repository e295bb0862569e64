// Counts which operation met which state of its object, and says what was met too seldom.
#pragma once

#include <cstddef>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace pinwheel::testing::model {

class coverage_table {
 public:
  static constexpr std::size_t hits_min = 100;

  coverage_table(std::string title, std::vector<std::string> operations, std::vector<std::string> states)
      : title_(std::move(title)),
        operations_(std::move(operations)),
        states_(std::move(states)),
        cells_(operations_.size() * states_.size()) {}

  void hit(std::size_t operation, std::size_t state) { ++at(operation, state).hits; }

  // Declares a cell that no program can reach.
  void impossible(std::size_t operation, std::size_t state, const std::string& reason) {
    at(operation, state).why_impossible = reason;
  }

  // One line for each cell that was hit too seldom, or that was hit though it is declared impossible.
  [[nodiscard]] std::string faults() const {
    std::string all;
    for (std::size_t operation = 0; operation < operations_.size(); ++operation) {
      for (std::size_t state = 0; state < states_.size(); ++state) {
        const cell& each = at(operation, state);
        const bool possible = each.why_impossible.empty();
        if (possible ? each.hits >= hits_min : each.hits == 0) continue;
        all += operations_[operation] + " while " + states_[state] + ": met " + std::to_string(each.hits) + " times" +
               (possible ? "\n" : ", though declared impossible: " + each.why_impossible + "\n");
      }
    }
    return all;
  }

  // Operations down, states across; impossible cells as letters, explained below.
  void print(std::ostream& out) const {
    std::map<std::string, char> notes;
    out << title_ << "\n";
    for (std::size_t state = 0; state < states_.size(); ++state) {
      out << "  " << column(state) << " = " << states_[state] << "\n";
    }
    print_row(out, "", [](std::size_t state) { return column(state); });
    for (std::size_t operation = 0; operation < operations_.size(); ++operation) {
      print_row(out, operations_[operation], [&](std::size_t state) {
        const cell& each = at(operation, state);
        if (each.why_impossible.empty()) return std::to_string(each.hits);
        const char next = static_cast<char>('a' + notes.size());
        return std::string(1, notes.emplace(each.why_impossible, next).first->second);
      });
    }
    for (const auto& [reason, letter] : notes) out << "  " << letter << ": impossible: " << reason << "\n";
    out << "\n";
  }

 private:
  struct cell {
    std::size_t hits = 0;
    std::string why_impossible;  // Empty: possible.
  };

  static std::string column(std::size_t state) { return "S" + std::to_string(state); }

  template <class Text>
  void print_row(std::ostream& out, const std::string& head, Text text) const {
    constexpr std::size_t head_width = 18;
    constexpr std::size_t width = 8;
    out << head << std::string(head_width - std::min(head_width, head.size()), ' ');
    for (std::size_t state = 0; state < states_.size(); ++state) {
      const std::string cell_text = text(state);
      out << std::string(width - std::min(width, cell_text.size()), ' ') << cell_text;
    }
    out << "\n";
  }

  cell& at(std::size_t operation, std::size_t state) { return cells_[operation * states_.size() + state]; }
  [[nodiscard]] const cell& at(std::size_t operation, std::size_t state) const {
    return cells_[operation * states_.size() + state];
  }

  std::string title_;
  std::vector<std::string> operations_;
  std::vector<std::string> states_;
  std::vector<cell> cells_;
};

}  // namespace pinwheel::testing::model
