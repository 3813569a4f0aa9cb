// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <proxcvx/properties/margin.hpp>
#include <proxcvx/regions/slice.hpp>
#include <proxcvx/verify/bisection.hpp>
#include <proxcvx/verify/report.hpp>
#include <proxcvx/verify/rows.hpp>
#include <proxcvx/verify/termwise.hpp>
#include <proxcvx/verify/verdict.hpp>
#include <sstream>
#include <string>
#include <vector>

// What a proof returns: what was claimed, where, which boxes are proved by which test, which are open, and a verdict.

namespace proxcvx {

/// Why a proof ended.
enum class ProofEnd {
  complete,    ///< no box is left
  violation,   ///< a witness was found
  box_limit,   ///< as many boxes as were allowed
  time_limit,  ///< as many seconds as were allowed
  indivisible  ///< what is left can't be cut any further
};

[[nodiscard]] constexpr std::string_view to_string(ProofEnd end) {
  switch (end) {
    case ProofEnd::complete:
      return "no box is left";
    case ProofEnd::violation:
      return "a violation was found";
    case ProofEnd::box_limit:
      return "the limit of boxes was reached";
    case ProofEnd::time_limit:
      return "the limit of seconds was reached";
    case ProofEnd::indivisible:
      break;
  }
  return "what is left can't be cut any further";
}

/// What a proof claimed, examined and left open.
struct ProofReport {
  // the claim
  std::string property;
  std::string statement;
  Constants constants;
  Index dimension = 0;
  bool pairs = false;
  bool rigorous_rounding = true;  ///< of witnesses; a proof is always rigorous
  std::string scalar;
  // where
  std::string region;
  bool slice = false;               ///< only a slice of the parameter space, not all of a box
  Index declared_zeros = 0;         ///< points at which the margin is 0 on the word of the objective or of the caller
  Matrix<double> given_zeros = {};  ///< those that the caller declared, which were only found possible
  // what was found
  std::int64_t boxes = 0;         ///< examined
  std::int64_t mean_value = 0;    ///< proved by range or mean-value form
  std::int64_t second_order = 0;  ///< proved by convexity, around a declared zero or on the diagonal
  std::int64_t termwise = 0;      ///< proved term by term: the only box, which is all of the region, or none
  std::int64_t rectangles = 0;    ///< examined in the planes of the terms
  std::int64_t open = 0;          ///< boxes left
  double open_volume = 0;         ///< their share of the volume
  std::vector<OpenBox> worst;     ///< the open boxes with the lowest bounds, at most 10
  std::optional<Witness> witness;
  ProofEnd end = ProofEnd::complete;
  double seconds = 0;
  // the proof itself
  std::vector<OpenBox> roots;        ///< the boxes that were cut, with their bounds unset
  std::vector<Slice::Piece> pieces;  ///< of a slice, one per root; empty unless the tree was kept
  std::vector<BisectionNode> tree;   ///< node k < roots.size() is root k; empty unless kept
  std::vector<TermProof> terms;      ///< of a proof term by term

  /// violated: a witness was evaluated again and stands. proved-on-box: no box is left open.
  [[nodiscard]] Verdict verdict() const {
    if (witness && witness->stands) return Verdict::violated;
    return !witness && boxes > 0 && open == 0 && end == ProofEnd::complete ? Verdict::proved_on_box
                                                                           : Verdict::inconclusive;
  }
};

namespace detail {

/// "[-1, 2] x [0, 3]".
[[nodiscard]] inline std::string box_text(const Vector<double>& low, const Vector<double>& high) {
  std::string text;
  for (Index k = 0; k < low.size(); ++k) {
    const bool distinct = low[k] == high[k] || shortest(low[k]) != shortest(high[k]);
    const int digits = distinct ? 6 : 17;
    text += (k == 0 ? "[" : " x [") + shortest(low[k], digits) + ", " + shortest(high[k], digits) + "]";
  }
  return text;
}

[[nodiscard]] inline std::string vector_text(const Vector<double>& x) {
  std::string text = "(";
  for (Index k = 0; k < x.size(); ++k) text += (k == 0 ? "" : ", ") + shortest(x[k], 17);
  return text + ")";
}

}  // namespace detail

/// The rows (label, text) that a report prints.
[[nodiscard]] inline TableRows rows(const ProofReport& report) {
  using detail::grouped;
  using detail::shortest;
  TableRows table = detail::claim_rows(report);
  std::string examined = grouped(report.boxes) + (report.boxes == 1 ? " box" : " boxes");
  if (report.rectangles > 0) examined += " and " + grouped(report.rectangles) + " rectangles of terms";
  table.emplace_back("examined",
                     examined + " in " + shortest(report.seconds, 2) + " s; " + std::string(to_string(report.end)));
  std::string proved = grouped(report.mean_value) + " by range or mean value";
  if (report.termwise > 0) {
    proved = "the whole, term by term: " + grouped(static_cast<std::int64_t>(report.terms.size())) +
             " functions of two numbers, a.w and a.v";
  }
  if (report.second_order > 0) proved += ", " + grouped(report.second_order) + " by convexity";
  table.emplace_back("proved", proved);
  if (report.second_order > 0 && report.declared_zeros > 0) {
    table.emplace_back("taken on trust", "the margin is 0 with derivative 0 at " + grouped(report.declared_zeros) +
                                             (report.declared_zeros == 1 ? " point" : " points") + " declared by the " +
                                             (report.given_zeros.cols() > 0 ? "caller" : "objective"));
  }
  if (report.open > 0) {
    table.emplace_back("open", grouped(report.open) + " boxes, " + shortest(report.open_volume, 3) + " of the volume");
    for (const OpenBox& box : report.worst) {
      table.emplace_back("", detail::box_text(box.low, box.high) + ": margin at least " + shortest(box.bound, 3));
    }
  }
  if (report.witness) {
    std::string where = "w = " + detail::vector_text(report.witness->w);
    if (report.pairs) where += ", v = " + detail::vector_text(report.witness->v);
    table.emplace_back("witness", detail::witness_text(*report.witness, where));
  }
  std::string verdict{to_string(report.verdict())};
  if (report.slice && report.verdict() == Verdict::proved_on_box) verdict += ", on this slice alone";
  table.emplace_back("verdict", verdict);
  return table;
}

/// Prints the report as an aligned table, ending in a new line.
inline std::ostream& operator<<(std::ostream& out, const ProofReport& report) {
  detail::print_table(out, rows(report));
  return out;
}

}  // namespace proxcvx
