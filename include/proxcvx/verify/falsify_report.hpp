// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/verify/report.hpp>
#include <proxcvx/verify/rows.hpp>
#include <proxcvx/verify/shrink_report.hpp>
#include <proxcvx/verify/statistics.hpp>
#include <proxcvx/verify/verdict.hpp>
#include <string>
#include <utility>

// What a search for a violation returns: what was claimed, how it was searched, the lowest margin, and a verdict.
// Points that a search chose are no sample, so that nothing is said about a probability.

namespace proxcvx {

/// What became of the margins that a search evaluated, each against 8 of its error bounds. No sample, no statistic.
struct SearchCounts {
  std::int64_t satisfied = 0;
  std::int64_t violated = 0;
  std::int64_t undecided = 0;
  std::int64_t non_finite = 0;
  std::int64_t vacuous = 0;  ///< where the inequality says nothing

  [[nodiscard]] std::int64_t examined() const { return satisfied + violated + undecided + non_finite; }
  void record(Outcome outcome, bool is_vacuous) {
    if (outcome == Outcome::satisfied) ++satisfied;
    if (outcome == Outcome::violated) ++violated;
    if (outcome == Outcome::undecided) ++undecided;
    if (outcome == Outcome::non_finite) ++non_finite;
    if (is_vacuous) ++vacuous;
  }
  void merge(const SearchCounts& other) {
    satisfied += other.satisfied;
    violated += other.violated;
    undecided += other.undecided;
    non_finite += other.non_finite;
    vacuous += other.vacuous;
  }
};

/// A margin and where a search found it.
struct SearchedMargin {
  double scale_free = std::numeric_limits<double>::infinity();  ///< margin / sum of the magnitudes subtracted
  double value = 0;
  double error = 0;  ///< bound on the rounding error of `value`
  Index start = -1;
  Index evaluation = -1;  ///< the how many-th of that start, from 0
  [[nodiscard]] bool found() const { return start >= 0; }
};

/// What a search claimed, did and found.
struct FalsifyReport {
  // the claim
  std::string property;
  std::string statement;
  Constants constants;
  Index dimension = 0;
  bool pairs = false;
  bool rigorous_rounding = true;  ///< false: some part bounds its rounding error by assumption only
  // the search
  std::string region;
  std::string scalar;
  Seed seed;
  Index starts = 0;        ///< planned
  Index last_start = 0;    ///< those in [0, last_start) have ended; less than planned where an observer stopped the run
  Index budget = 0;        ///< evaluations allowed to all starts together
  Index given = 0;         ///< whole points or pairs that the caller handed in, all looked at
  Index evaluations = 0;   ///< spent, in gradients of f: a margin 1, its gradient up to 6; without wider scalars
  bool gradients = false;  ///< the property offers the gradient of its margin: half of the starts descend along it
  // what was found
  SearchCounts candidates;          ///< of all margins evaluated
  SearchedMargin smallest;          ///< the smallest scale-free margin
  Index first_violation_cost = -1;  ///< evaluations until the first, starts taken one after another
  Index ended_satisfied = 0;        ///< starts whose smallest margin is positive in some scalar up to 50 digits
  Index ended_undecided = 0;        ///< starts whose smallest margin no scalar decided: equality, as far as can be told
  Index ended_below_zero = 0;       ///< those of them at which the margin computed is negative
  std::optional<Witness> witness;   ///< `point` is the start that found it
  double witness_level = 0;  ///< (margin + error bound)/terms where it was found: the lowest that stands, is kept
  // what became of the witness when the search had ended
  std::optional<Witness> unshrunk;  ///< as it was found, where `witness` is that one shrunk
  ShrinkSizes shrunk;               ///< then: how much simpler it became, with evaluations of its own

  /// All planned starts have ended.
  [[nodiscard]] bool complete() const { return last_start >= starts; }

  /// A line on how far the search has come.
  [[nodiscard]] std::string progress() const {
    return "falsify: " + std::to_string(last_start) + " of " + std::to_string(starts) + " starts, " +
           std::to_string(candidates.violated) + " violated, smallest margin " +
           detail::shortest(smallest.scale_free, 3) + " of its terms";
  }

  /// The inequality says nothing at any point that was looked at.
  [[nodiscard]] bool vacuous() const { return candidates.vacuous > 0 && candidates.vacuous == candidates.examined(); }

  /// violated: a witness was evaluated again and stands. inconclusive: a margin was not finite, a violation did not
  /// stand, a start ended at a margin below 0 that no scalar decided, or none at one that could be told from 0.
  [[nodiscard]] Verdict verdict() const {
    if (witness && witness->stands) return Verdict::violated;
    const bool open = witness || candidates.violated > 0 || candidates.non_finite > 0 || ended_below_zero > 0;
    return !open && ended_satisfied > 0 ? Verdict::no_violation_found : Verdict::inconclusive;
  }
};

namespace detail {

/// Lets a report that has searched nothing yet go on where an earlier one on the same starts ended. Throws
/// std::invalid_argument naming what the two differ in.
inline void continue_from(FalsifyReport& report, const FalsifyReport& earlier) {
  require_same_claim(report, earlier);
  require_same("starts", report.starts, earlier.starts);
  require_same("number of evaluations", report.budget, earlier.budget);
  require_same("number of given starts", report.given, earlier.given);
  require(report.gradients == earlier.gradients, "saved report: expected one of a search by the same gradients");
  require(earlier.last_start >= 0 && earlier.last_start <= earlier.starts, "saved last start",
          "a number in [0, " + std::to_string(earlier.starts) + "]", earlier.last_start);
  report = earlier;
  if (report.unshrunk) report.witness = std::exchange(report.unshrunk, std::nullopt);
  report.shrunk = {};
}

/// A report on the starts behind those of `report`, none of which has ended yet; its witness is one to be beaten.
[[nodiscard]] inline FalsifyReport going_on(const FalsifyReport& report) {
  FalsifyReport next = report;
  next.candidates = {};
  next.smallest = {};
  next.evaluations = 0;
  next.first_violation_cost = -1;
  next.ended_satisfied = next.ended_undecided = next.ended_below_zero = 0;
  return next;
}

/// Adds what the starts behind those of `report` found, as if they had been added one by one. Of two witnesses one that
/// stands is kept, of those the lower, and of equal ones the earlier.
inline void append(FalsifyReport& report, FalsifyReport next) {
  report.candidates.merge(next.candidates);
  if (report.first_violation_cost < 0 && next.first_violation_cost >= 0) {
    report.first_violation_cost = report.evaluations + next.first_violation_cost;
  }
  report.evaluations += next.evaluations;
  report.ended_satisfied += next.ended_satisfied;
  report.ended_undecided += next.ended_undecided;
  report.ended_below_zero += next.ended_below_zero;
  report.last_start = std::max(report.last_start, next.last_start);
  const bool lower = next.smallest.scale_free < report.smallest.scale_free;
  if (next.smallest.found() && (!report.smallest.found() || lower)) report.smallest = next.smallest;
  if (!next.witness) return;
  const bool stood = report.witness && report.witness->stands;
  const bool better = !report.witness || next.witness_level < report.witness_level;
  if (next.witness->stands != stood ? !next.witness->stands : !better) return;
  report.witness = std::move(next.witness);
  report.witness_level = next.witness_level;
}

}  // namespace detail

/// The rows (label, text) that a report prints.
[[nodiscard]] inline TableRows rows(const FalsifyReport& report) {
  using detail::grouped;
  using detail::shortest;
  TableRows table = detail::claim_rows(report);
  std::string search = grouped(report.evaluations) + " evaluations from " + grouped(report.last_start) +
                       (report.complete() ? "" : " of " + grouped(report.starts)) + " starts";
  if (report.given > 0) search += ", " + grouped(report.given) + " of them at given points";
  search += ", seed " + std::to_string(report.seed.value) + ", in " + report.scalar;
  if (report.gradients) search += ", half of them along gradients";
  if (!report.complete()) search += "; stopped before all had begun";
  table.emplace_back("searched", search);
  table.emplace_back("satisfied", grouped(report.candidates.satisfied));
  table.emplace_back("violated", grouped(report.candidates.violated));
  table.emplace_back("undecided", grouped(report.candidates.undecided) + "; in any scalar the lowest of " +
                                      grouped(report.ended_undecided) + " starts, " + grouped(report.ended_below_zero) +
                                      " of them below 0");
  table.emplace_back("non-finite", grouped(report.candidates.non_finite));
  if (report.smallest.found()) {
    table.emplace_back("smallest margin", shortest(report.smallest.scale_free) + " of its terms, " +
                                              shortest(report.smallest.value) + " (rounding at most " +
                                              shortest(report.smallest.error, 2) +
                                              (report.rigorous_rounding ? "" : ", assumed") + ") at start " +
                                              std::to_string(report.smallest.start));
  }
  if (report.candidates.vacuous > 0) {
    table.emplace_back("vacuous", report.vacuous()
                                      ? "everywhere: g(w) <= xi at every point looked at, so the claim says nothing"
                                      : "at " + grouped(report.candidates.vacuous) + " of the points looked at");
  }
  if (report.witness) {
    table.emplace_back("witness",
                       detail::witness_text(*report.witness, "start " + std::to_string(report.witness->point)));
  }
  if (report.unshrunk) {
    const ShrinkSizes& sizes = report.shrunk;
    table.emplace_back("shrunk", "from " + grouped(sizes.nonzeros_before) + " entries that are not 0 to " +
                                     grouped(sizes.nonzeros) + ", from " + grouped(sizes.bits_before) + " bits to " +
                                     grouped(sizes.bits) + ", by " + grouped(sizes.evaluations) + " evaluations");
  }
  table.emplace_back("verdict", std::string(to_string(report.verdict())));
  return table;
}

/// Prints the report as an aligned table, ending in a new line.
inline std::ostream& operator<<(std::ostream& out, const FalsifyReport& report) {
  detail::print_table(out, rows(report));
  return out;
}

}  // namespace proxcvx
