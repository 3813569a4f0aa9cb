// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <proxcvx/verify/report.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

// What the tables of all reports share: numbers in words, the rows of the claim, of what was found and of the witness,
// and the printing of two aligned columns.

namespace proxcvx {

/// The rows (label, text) of a report.
using TableRows = std::vector<std::pair<std::string, std::string>>;

namespace detail {

[[nodiscard]] inline std::string shortest(double value, int digits = 6) {
  std::ostringstream text;
  text << std::setprecision(digits) << value;
  return text.str();
}

[[nodiscard]] inline std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

/// The property, its constants and the region.
template <class Report> [[nodiscard]] TableRows claim_rows(const Report& report) {
  TableRows table;
  table.emplace_back("property", report.property + (report.statement.empty() ? "" : ": " + report.statement));
  if (!report.constants.empty()) {
    std::string constants;
    for (const auto& [name, value] : report.constants) {
      constants += (constants.empty() ? "" : ", ") + name + " = " + shortest(value);
    }
    table.emplace_back("constants", constants);
  }
  table.emplace_back("region", report.region);
  return table;
}

/// "sample 7", or "sample 7 against 3" where there is a reference; `word` says what is counted.
[[nodiscard]] inline std::string place(const std::string& word, Index point, Index reference) {
  return word + " " + std::to_string(point) + (reference < 0 ? "" : " against " + std::to_string(reference));
}

/// What became of the margins, and the smallest.
inline void append_findings(TableRows& table, const CheckReport& report, const std::string& word) {
  const MarginStatistics& found = report.statistics;
  table.emplace_back("satisfied", grouped(found.satisfied));
  table.emplace_back("violated", grouped(found.violated));
  table.emplace_back("undecided", grouped(found.undecided));
  table.emplace_back("non-finite",
                     grouped(found.non_finite) +
                         (found.first_non_finite < 0 ? "" : ", first at " + place(word, found.first_non_finite, -1)));
  const LocatedMargin& smallest = found.smallest;
  if (!smallest.found()) return;
  table.emplace_back("smallest margin", shortest(smallest.value) + " (rounding at most " + shortest(smallest.error, 2) +
                                            (report.rigorous_rounding ? "" : ", assumed") + ") at " +
                                            place(word, smallest.point, smallest.reference));
}

[[nodiscard]] inline std::string witness_text(const Witness& witness, const std::string& where) {
  return where + ": margin " + shortest(witness.margin) + " +- " + shortest(witness.error, 2) +
         ", evaluated again in " + witness.scalar + (witness.stands ? ": stands" : ": does not stand");
}

inline void print_table(std::ostream& out, const TableRows& table) {
  std::size_t width = 0;
  for (const auto& row : table) width = std::max(width, row.first.size());
  for (const auto& [label, text] : table) {
    out << label << std::string(width - label.size() + 2, ' ') << text << '\n';
  }
}

}  // namespace detail

}  // namespace proxcvx
