// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>
#include <proxcvx/verify/confidence.hpp>
#include <proxcvx/verify/report.hpp>
#include <proxcvx/verify/rows.hpp>
#include <string>

// A report as an aligned table of two columns: the claim, what was examined, what was found, the verdict.

namespace proxcvx {

/// The rows (label, text) that a report prints, for tables, pages and other views of the same words.
[[nodiscard]] inline TableRows rows(const CheckReport& report) {
  using detail::grouped;
  using detail::shortest;
  const MarginStatistics& found = report.statistics;
  TableRows table = detail::claim_rows(report);
  std::string examined = grouped(found.examined) + (report.pairs ? " pairs" : " points");
  if (report.sampled) {
    examined += ", " + grouped(found.independent) + (report.pairs ? " of them disjoint" : " of them independent") +
                ", seed " + std::to_string(report.seed.value);
  }
  table.emplace_back("examined", examined + ", in " + report.scalar);
  detail::append_findings(table, report, "sample");
  if (report.sampled && found.independent > 0) {
    table.emplace_back("violation probability", "at most " + shortest(violation_probability_upper(report), 3) +
                                                    " with confidence " + shortest(report.confidence) +
                                                    (report.complete() ? "" : " (planned samples not all examined)") +
                                                    (report.may_stop ? ", whenever the run was stopped" : ""));
  }
  if (found.vacuous > 0) {
    table.emplace_back("vacuous", report.vacuous()
                                      ? "everywhere: g(w) <= xi at every point examined, so the claim says nothing"
                                      : "at " + grouped(found.vacuous) + " of the points examined");
  }
  if (report.witness) {
    const Witness& witness = *report.witness;
    table.emplace_back("witness",
                       detail::witness_text(witness, detail::place("sample", witness.point, witness.reference)));
  }
  table.emplace_back("verdict", std::string(to_string(report.verdict())));
  return table;
}

/// Prints the report as an aligned table, ending in a new line.
inline std::ostream& operator<<(std::ostream& out, const CheckReport& report) {
  detail::print_table(out, rows(report));
  return out;
}

}  // namespace proxcvx
