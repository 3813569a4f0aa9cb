// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <proxcvx/verify/monitor_report.hpp>
#include <proxcvx/verify/rows.hpp>
#include <string>
#include <utility>
#include <vector>

// A monitor's report as text: two columns of what was claimed, watched and found, then a few iterates in a table.

namespace proxcvx {

namespace detail {

[[nodiscard]] inline std::string promise_in_words(const ProxyReport& proxy) {
  const std::int64_t bounds = proxy.kept + proxy.exceeded + proxy.undecided + proxy.non_finite;
  if (proxy.kept_throughout()) return "kept at every T = 1, ..., " + grouped(bounds);
  std::string text = "kept at " + grouped(proxy.kept) + " of " + grouped(bounds) + " T";
  const auto at = [](const BrokenPromise& first) {
    return " at T = " + std::to_string(first.T) + " (" + shortest(first.measured) + " against " +
           shortest(first.bound) + ")";
  };
  if (proxy.first_exceeded) text += ", first exceeded" + at(*proxy.first_exceeded);
  if (proxy.first_open) {
    text += ", " + grouped(proxy.undecided) + " undecided and " + grouped(proxy.non_finite) + " not finite, the first" +
            at(*proxy.first_open);
  }
  if (proxy.exceeded > 0 && proxy.expectation) text += "; the bound is of an expectation, which one run may exceed";
  return text;
}

/// Positions of a handful of rows: iterations 0, 1, 2, 5, 10, 20, 50, ..., or the next row that was kept; the smallest
/// margin's, the first failure's, the last.
[[nodiscard]] inline std::vector<std::size_t> selected_rows(const MonitorReport& report) {
  std::vector<std::size_t> chosen;
  const std::vector<MonitorRow>& rows = report.rows;
  if (rows.empty()) return chosen;
  const auto choose = [&](Index t) {
    const auto at = std::ranges::lower_bound(rows, t, {}, &MonitorRow::t);
    if (at != rows.end()) chosen.push_back(static_cast<std::size_t>(at - rows.begin()));
  };
  choose(0);
  for (Index decade = 1; decade <= rows.back().t; decade *= 10) {
    for (const Index digit : {1, 2, 5}) choose(digit * decade);
    if (decade > rows.back().t / 10) break;
  }
  if (report.inequality.statistics.smallest.found()) choose(report.inequality.statistics.smallest.point);
  if (report.first_failure) choose(report.first_failure->t);
  choose(rows.back().t);
  std::ranges::sort(chosen);
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

/// Cells in columns that are as wide as their widest entry, numbers to the right.
inline void print_columns(std::ostream& out, const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()), 0);
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      out << std::string(widths[i] - line[i].size(), ' ') << line[i] << (i + 1 < line.size() ? "  " : "\n");
    }
  }
}

}  // namespace detail

/// The rows (label, text) that a monitor's report prints, for tables, pages and other views of the same words.
[[nodiscard]] inline TableRows rows(const MonitorReport& report) {
  using detail::grouped;
  const CheckReport& claim = report.inequality;
  const MarginStatistics& found = claim.statistics;
  TableRows table = detail::claim_rows(claim);
  table.emplace_back("examined", grouped(report.iterates()) + " iterates, " +
                                     (claim.pairs ? grouped(found.examined) + " pairs, " : "") + "in " + claim.scalar);
  detail::append_findings(table, claim, "iteration");
  if (found.vacuous > 0) {
    table.emplace_back("vacuous", claim.vacuous() ? "everywhere: g(w) <= xi at every iterate, so the claim says nothing"
                                                  : "at " + grouped(found.vacuous) + " of the iterates");
  }
  if (report.proxy) {
    const ProxyReport& proxy = *report.proxy;
    table.emplace_back("proxy", "g = " + proxy.proxy + (proxy.rigorous_rounding ? "" : ", its rounding bound assumed"));
    if (proxy.bounded) {
      table.emplace_back("guarantee", proxy.theorem);
      table.emplace_back(std::string(to_string(proxy.measured)) + " <= bound", detail::promise_in_words(proxy));
    }
  }
  table.emplace_back("first failure", report.first_failure ? "iteration " + std::to_string(report.first_failure->t) +
                                                                 ": " + report.first_failure->what
                                                           : std::string("none"));
  if (claim.witness) {
    const Witness& witness = *claim.witness;
    table.emplace_back("witness",
                       detail::witness_text(witness, detail::place("iteration", witness.point, witness.reference)));
  }
  table.emplace_back("verdict", std::string(to_string(report.verdict())));
  return table;
}

/// Prints the report as an aligned table, then some of its iterates, log-spaced, ending in a new line.
inline std::ostream& operator<<(std::ostream& out, const MonitorReport& report) {
  using detail::shortest;
  detail::print_table(out, rows(report));
  if (report.rows.empty()) return out;
  const bool bounded = report.proxy && report.proxy->bounded;
  const bool twice = report.proxy && report.proxy->measured != Measured::last_iterate && bounded;
  const bool distances = report.measures_distance;
  std::vector<std::vector<std::string>> lines{{"t", "margin", "outcome"}};
  const auto add = [&](bool wanted, std::vector<std::string>& line, std::string cell) {
    if (wanted) line.push_back(std::move(cell));
  };
  add(report.proxy.has_value(), lines.front(), "g(w_t)");
  if (bounded) add(twice, lines.front(), report.proxy->measured == Measured::best_iterate ? "min" : "mean");
  add(bounded, lines.front(), "bound");
  add(distances, lines.front(), "||w_t - v||");
  for (const std::size_t i : detail::selected_rows(report)) {
    const MonitorRow& row = report.rows[i];
    std::vector<std::string> line{std::to_string(row.t), shortest(row.margin + 0.0),
                                  std::string(to_string(row.outcome))};
    add(report.proxy.has_value(), line, shortest(row.proxy));
    add(twice, line, shortest(row.measured));
    add(bounded, line, shortest(row.bound));
    add(distances, line, shortest(row.distance));
    lines.push_back(std::move(line));
  }
  out << '\n';
  detail::print_columns(out, lines);
  return out;
}

}  // namespace proxcvx
