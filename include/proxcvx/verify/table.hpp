// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <proxcvx/verify/confidence.hpp>
#include <proxcvx/verify/report.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

// A report as an aligned table of two columns: the claim, what was examined, what was found, the verdict.

namespace proxcvx {

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

using TableRow = std::pair<std::string, std::string>;

/// "alpha = 2, mu = 4".
[[nodiscard]] inline std::string in_one_line(const Constants& constants) {
  std::string text;
  for (const auto& [name, value] : constants) text += (text.empty() ? "" : ", ") + name + " = " + shortest(value);
  return text;
}

/// Two aligned columns, a line a row.
inline void print_rows(std::ostream& out, const std::vector<TableRow>& table) {
  std::size_t width = 0;
  for (const TableRow& row : table) width = std::max(width, row.first.size());
  for (const auto& [label, text] : table) {
    out << label << std::string(width - label.size() + 2, ' ') << text << '\n';
  }
}

}  // namespace detail

/// The rows (label, text) that a report prints, for tables, pages and other views of the same words.
[[nodiscard]] inline std::vector<std::pair<std::string, std::string>> rows(const CheckReport& report) {
  using detail::grouped;
  using detail::shortest;
  const MarginStatistics& found = report.statistics;
  std::vector<std::pair<std::string, std::string>> table;
  table.emplace_back("property", report.property + (report.statement.empty() ? "" : ": " + report.statement));
  if (!report.constants.empty()) table.emplace_back("constants", detail::in_one_line(report.constants));
  table.emplace_back("region", report.region);
  std::string examined = grouped(found.examined) + (report.pairs ? " pairs" : " points");
  if (report.sampled) {
    examined += ", " + grouped(found.independent) + (report.pairs ? " of them disjoint" : " of them independent") +
                ", seed " + std::to_string(report.seed.value);
  }
  table.emplace_back("examined", examined + ", in " + report.scalar);
  table.emplace_back("satisfied", grouped(found.satisfied));
  table.emplace_back("violated", grouped(found.violated));
  table.emplace_back("undecided", grouped(found.undecided));
  table.emplace_back(
      "non-finite",
      grouped(found.non_finite) +
          (found.first_non_finite < 0 ? "" : ", first at sample " + std::to_string(found.first_non_finite)));
  if (found.smallest.found()) {
    std::string where = "sample " + std::to_string(found.smallest.point);
    if (report.pairs) where += " against " + std::to_string(found.smallest.reference);
    table.emplace_back("smallest margin", shortest(found.smallest.value) + " (rounding at most " +
                                              shortest(found.smallest.error, 2) +
                                              (report.rigorous_rounding ? "" : ", assumed") + ") at " + where);
  }
  if (report.sampled && found.independent > 0) {
    table.emplace_back("violation probability", "at most " + shortest(violation_probability_upper(report), 3) +
                                                    " with confidence " + shortest(report.confidence) +
                                                    (report.complete() ? "" : " (planned samples not all examined)"));
  }
  if (found.vacuous > 0) {
    table.emplace_back("vacuous", report.vacuous()
                                      ? "everywhere: g(w) <= xi at every point examined, so the claim says nothing"
                                      : "at " + grouped(found.vacuous) + " of the points examined");
  }
  if (report.witness) {
    const Witness& witness = *report.witness;
    std::string text = "sample " + std::to_string(witness.point);
    if (report.pairs) text += " against " + std::to_string(witness.reference);
    text += ": margin " + shortest(witness.margin) + " +- " + shortest(witness.error, 2) + ", evaluated again in " +
            witness.scalar + (witness.stands ? ": stands" : ": does not stand");
    table.emplace_back("witness", text);
  }
  table.emplace_back("verdict", std::string(to_string(report.verdict())));
  return table;
}

/// Prints the report as an aligned table, ending in a new line.
inline std::ostream& operator<<(std::ostream& out, const CheckReport& report) {
  detail::print_rows(out, rows(report));
  return out;
}

}  // namespace proxcvx
