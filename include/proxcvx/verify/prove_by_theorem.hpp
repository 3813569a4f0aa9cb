// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>
#include <proxcvx/core/require.hpp>
#include <proxcvx/verify/rows.hpp>
#include <proxcvx/verify/theorem.hpp>
#include <proxcvx/verify/verdict.hpp>
#include <string>
#include <utility>

// prove, where a theorem covers all of an unbounded region at once: the premises are what is examined, and the weakest
// one names the verdict (theory 3.1).

namespace proxcvx {

/// What a proof by theorem found.
struct TheoremReport {
  Theorem theorem;

  /// The first of the premises that are least certain.
  [[nodiscard]] const Premise& weakest() const {
    const Premise* weakest = &theorem.premises.front();
    for (const Premise& premise : theorem.premises) {
      if (premise.holds > weakest->holds) weakest = &premise;
    }
    return *weakest;
  }
  /// No premise is false.
  [[nodiscard]] bool applicable() const { return weakest().holds != Holds::no; }
  /// The claimed constants follow from the certified ones.
  [[nodiscard]] bool implied() const {
    for (const CertifiedConstant& constant : theorem.constants) {
      if (!constant.implied()) return false;
    }
    return true;
  }
  /// proved-by-theorem: all premises are certainly true and certify constants that imply the claimed ones.
  [[nodiscard]] Verdict verdict() const {
    return weakest().holds == Holds::yes && implied() ? Verdict::proved_by_theorem : Verdict::inconclusive;
  }
  /// Why it is not proved; empty if it is.
  [[nodiscard]] std::string reason() const {
    const Premise& premise = weakest();
    if (premise.holds == Holds::no) return "not applicable, since the premise \"" + premise.name + "\" fails";
    if (premise.holds == Holds::undecided) return "rounding leaves the premise \"" + premise.name + "\" open";
    for (const CertifiedConstant& constant : theorem.constants) {
      if (!constant.implied()) return "the theorem does not give the claimed " + constant.name;
    }
    return "";
  }
};

/// Reads a theorem's premises and constants. Throws std::invalid_argument on a theorem without premises, or without the
/// citation by which a reader can look it up. O(premises).
[[nodiscard]] inline TheoremReport prove(Theorem theorem) {
  require(!theorem.premises.empty(), "theorem: expected at least one premise");
  require(!theorem.citation.empty(), "theorem: expected a citation");
  return {std::move(theorem)};
}

/// The same for what offers a theorem. Cost: that of looking at its premises.
template <TheoremInstance Instance> [[nodiscard]] TheoremReport prove(const Instance& instance) {
  return prove(instance.theorem());
}

/// The rows (label, text) that a report prints.
[[nodiscard]] inline TableRows rows(const TheoremReport& report) {
  using detail::shortest;
  const Theorem& theorem = report.theorem;
  TableRows table;
  table.emplace_back("property", theorem.property + ": " + theorem.statement);
  table.emplace_back("region", theorem.region);
  table.emplace_back("theorem", theorem.citation);
  for (const Premise& premise : theorem.premises) {
    std::string text = premise.name + ", " + premise.statement + ": " + std::string(to_string(premise.holds));
    if (premise.value) {
      const double low = premise.value->lower(), high = premise.value->upper();
      text += low == high ? ", " + shortest(low, 17) : ", in [" + shortest(low, 17) + ", " + shortest(high, 17) + "]";
    }
    table.emplace_back("premise", text);
  }
  for (const CertifiedConstant& constant : theorem.constants) {
    std::string text = constant.name + " = " + shortest(constant.certified, 17);
    if (constant.claimed != constant.certified) {
      text += ", claimed " + shortest(constant.claimed, 17) + (constant.implied() ? ": implied" : ": not implied");
    }
    table.emplace_back("certified", text);
  }
  if (theorem.vacuous) table.emplace_back("vacuous", "everywhere: g(w) <= xi, so the claim says nothing");
  const std::string reason = report.reason();
  table.emplace_back("verdict", std::string(to_string(report.verdict())) + (reason.empty() ? "" : ", " + reason));
  return table;
}

/// Prints the report as an aligned table, ending in a new line.
inline std::ostream& operator<<(std::ostream& out, const TheoremReport& report) {
  detail::print_table(out, rows(report));
  return out;
}

}  // namespace proxcvx
