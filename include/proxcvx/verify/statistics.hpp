// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <proxcvx/core/types.hpp>
#include <proxcvx/verify/histogram.hpp>
#include <string_view>

// What a check counts. Every field is an integer, or a minimum with ties broken by index, so that two halves merge
// into the whole byte for byte, in any order.

namespace proxcvx {

/// What became of one margin.
enum class Outcome { satisfied, violated, undecided, non_finite };

/// "satisfied", "violated", "undecided" or "non-finite".
[[nodiscard]] constexpr std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::satisfied:
      return "satisfied";
    case Outcome::violated:
      return "violated";
    case Outcome::undecided:
      return "undecided";
    case Outcome::non_finite:
      break;
  }
  return "non-finite";
}

/// A margin and where it was found: sample `point`, and for a pair the sample `reference` (else -1).
struct LocatedMargin {
  double value = std::numeric_limits<double>::infinity();
  double error = 0;
  Index point = -1;
  Index reference = -1;

  [[nodiscard]] bool found() const { return point >= 0; }

  /// Order by (value, point, reference): a total order, so that minima merge in any order.
  [[nodiscard]] bool before(const LocatedMargin& other) const {
    if (!other.found()) return found();
    if (!found()) return false;
    if (value != other.value) return value < other.value;
    if (point != other.point) return point < other.point;
    return reference < other.reference;
  }
};

/// Counts, minima and histogram of a set of examined margins.
struct MarginStatistics {
  std::int64_t examined = 0;
  std::int64_t satisfied = 0;
  std::int64_t violated = 0;
  std::int64_t undecided = 0;
  std::int64_t non_finite = 0;
  std::int64_t vacuous = 0;               ///< examined points at which the inequality says nothing
  std::int64_t independent = 0;           ///< samples that are independent of each other: all points, disjoint pairs
  std::int64_t independent_failures = 0;  ///< those of them that were not satisfied
  LocatedMargin smallest;                 ///< the smallest finite margin
  LocatedMargin worst_violation;          ///< the smallest margin among the violated ones
  LocatedMargin smallest_undecided;       ///< the smallest margin among the undecided ones
  Index first_non_finite = -1;            ///< the lowest sample whose margin is not finite
  MarginHistogram histogram;              ///< of all finite margins

  void record(Outcome outcome, const LocatedMargin& margin, bool is_vacuous, bool is_independent) {
    ++examined;
    if (is_vacuous) ++vacuous;
    if (is_independent) ++independent;
    if (is_independent && outcome != Outcome::satisfied) ++independent_failures;
    if (outcome == Outcome::non_finite) {
      ++non_finite;
      first_non_finite = earliest(first_non_finite, margin.point);
      return;
    }
    histogram.record(margin.value);
    keep_smaller(smallest, margin);
    if (outcome == Outcome::satisfied) {
      ++satisfied;
    } else if (outcome == Outcome::violated) {
      ++violated;
      keep_smaller(worst_violation, margin);
    } else {
      ++undecided;
      keep_smaller(smallest_undecided, margin);
    }
  }

  void merge(const MarginStatistics& other) {
    examined += other.examined;
    satisfied += other.satisfied;
    violated += other.violated;
    undecided += other.undecided;
    non_finite += other.non_finite;
    vacuous += other.vacuous;
    independent += other.independent;
    independent_failures += other.independent_failures;
    keep_smaller(smallest, other.smallest);
    keep_smaller(worst_violation, other.worst_violation);
    keep_smaller(smallest_undecided, other.smallest_undecided);
    first_non_finite = earliest(first_non_finite, other.first_non_finite);
    histogram.merge(other.histogram);
  }

 private:
  static void keep_smaller(LocatedMargin& kept, const LocatedMargin& candidate) {
    if (candidate.before(kept)) kept = candidate;
  }
  static Index earliest(Index a, Index b) {
    if (a < 0) return b;
    if (b < 0) return a;
    return a < b ? a : b;
  }
};

}  // namespace proxcvx
