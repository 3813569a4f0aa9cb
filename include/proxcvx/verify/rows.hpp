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

// What the tables of all reports share: numbers in words, the rows of the claim and of the witness, and the printing
// of two aligned columns.

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
