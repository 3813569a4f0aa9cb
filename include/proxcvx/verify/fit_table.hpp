// SPDX-License-Identifier: MIT
#pragma once

#include <ios>
#include <ostream>
#include <proxcvx/verify/confidence.hpp>
#include <proxcvx/verify/fit_report.hpp>
#include <proxcvx/verify/rows.hpp>
#include <sstream>
#include <string>

// A fitted constant as an aligned table: the claim, the constant, where it is tight, what was sampled and searched.

namespace proxcvx {

/// With the report's confidence, the probability that a fresh independent sample violates the fitted constant is at
/// most this: BetaInv(confidence; 1 + k, N - k) with k samples of which rounding hides what they demand (Campi &
/// Garatti 2008, d = 1; the k count as failures). It is proved of the constant of the samples; the search only weakens
/// that. NaN where the report is void_because() of something.
[[nodiscard]] inline double violation_probability_upper(const FitReport& report) {
  if (!report.void_because().empty()) return std::numeric_limits<double>::quiet_NaN();
  return clopper_pearson_upper(report.unsatisfied_samples(), report.sampled.examined(), report.confidence);
}

namespace detail {

/// "(0x1.8p+1, ...)": the first entries in hexadecimal, exactly.
[[nodiscard]] inline std::string hexadecimal(const Vector<double>& x, Index most = 4) {
  std::ostringstream text;
  text << std::hexfloat << '(';
  for (Index i = 0; i < std::min(x.size(), most); ++i) text << (i > 0 ? ", " : "") << x[i];
  if (x.size() > most) text << ", ... " << x.size() << " entries";
  text << ')';
  return text.str();
}

}  // namespace detail

/// The rows (label, text) that a fit prints.
[[nodiscard]] inline TableRows rows(const FitReport& report) {
  using detail::grouped;
  using detail::shortest;
  TableRows table = detail::claim_rows(report);
  const std::string wanted = std::string(to_string(report.sharpest)) + " " + report.name;
  const std::string sharper = report.sharpest == Sharpest::largest ? "above " : "below ";
  table.emplace_back(wanted, report.found() ? shortest(report.constant, 13)
                             : report.beyond == report.beyond
                                 ? "none: any constant " + sharper + shortest(report.beyond) + " is violated"
                                 : "none: nothing bounds it");
  if (report.witness) {
    const Witness& witness = *report.witness;
    table.emplace_back("tight at", "w = " + detail::hexadecimal(witness.w) +
                                       (witness.v.size() > 0 ? ", v = " + detail::hexadecimal(witness.v) : ""));
    table.emplace_back("", "with " + shortest(report.beyond, 13) + detail::witness_text(witness, "") +
                               (report.rigorous_rounding ? "" : " (rounding bounds assumed)"));
  }
  const std::string planned = report.sampled.examined() < report.samples ? " of " + grouped(report.samples) : "";
  table.emplace_back("sampled", grouped(report.sampled.examined()) + planned +
                                    (report.pairs ? " disjoint pairs" : " points") + ", seed " +
                                    std::to_string(report.seed.value) + ", in " + report.scalar + ": " + report.name +
                                    " = " + shortest(report.sampled_constant));
  const FitCounts& counts = report.sampled;
  if (counts.none > 0) table.emplace_back("", grouped(counts.none) + " of them bound nothing");
  if (counts.undecided > 0) table.emplace_back("", grouped(counts.undecided) + " undecided by rounding");
  if (counts.opposed > 0) table.emplace_back("", grouped(counts.opposed) + " violated by weaker constants");
  if (counts.non_finite > 0) table.emplace_back("", grouped(counts.non_finite) + " not finite");
  const std::string reason = report.void_because();
  table.emplace_back("violation probability", reason.empty()
                                                  ? "at most " + shortest(violation_probability_upper(report), 3) +
                                                        " with confidence " + shortest(report.confidence)
                                                  : "no statement: " + reason);
  table.emplace_back("searched", grouped(report.evaluations) + " evaluations in " + grouped(report.rounds) +
                                     " rounds of " + grouped(report.starts) + " starts; " +
                                     (report.settled   ? "none of the last improves it"
                                      : report.stopped ? "the limit of seconds ended it"
                                                       : "the last still improved it"));
  if (report.searched.non_finite > 0) {
    table.emplace_back("non-finite", grouped(report.searched.non_finite) + " margins of the last round");
  }
  if (report.opposition) {
    table.emplace_back("opposed by", "w = " + detail::hexadecimal(report.opposition->w) +
                                         detail::witness_text(*report.opposition, ""));
  }
  table.emplace_back("verdict", std::string(to_string(report.verdict())));
  return table;
}

/// Prints the report as an aligned table, ending in a new line.
inline std::ostream& operator<<(std::ostream& out, const FitReport& report) {
  detail::print_table(out, rows(report));
  return out;
}

}  // namespace proxcvx
