// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <optional>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/properties/margin.hpp>
#include <proxcvx/verify/statistics.hpp>
#include <proxcvx/verify/verdict.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

// What a check returns: what was claimed, what was examined, what was found, and one of the five verdicts. Reports
// over adjacent ranges of blocks merge into the report over both, byte for byte.

namespace proxcvx {

/// Where an inequality fails: sample indices under the report's seed (or columns of the clouds that were handed in),
/// the vectors themselves, and what the margin is in the widest scalar that the property reaches.
struct Witness {
  Index point = -1;
  Index reference = -1;  ///< -1 for point properties
  double margin = 0;     ///< in the widest scalar, rounded to double
  double error = 0;      ///< bound on its error there
  std::string scalar;    ///< the scalar of that evaluation
  bool stands = false;   ///< the evaluation again says: violated
  Vector<double> w;
  Vector<double> v;  ///< empty for point properties
};

/// What a check claimed, examined and found.
struct CheckReport {
  // the claim
  std::string property;
  std::string statement;
  Constants constants;
  Index dimension = 0;
  bool pairs = false;  ///< a pair property: `examined` counts pairs, `independent` disjoint pairs
  // what was examined
  std::string region;
  std::string scalar;
  bool sampled = true;  ///< false: explicit points, which support no statistic
  Seed seed;
  Index samples = 0;      ///< planned in advance
  Index first_block = 0;  ///< blocks [first_block, last_block) of 256 samples are in `statistics`
  Index last_block = 0;
  double confidence = 0.99;
  bool may_stop = false;          ///< an observer could end the run early: the confidence is spread over looks (3.3)
  bool rigorous_rounding = true;  ///< false: some part bounds its rounding error by assumption only
  // what was found
  MarginStatistics statistics;
  std::optional<Witness> witness;

  /// All of the planned samples, or all of the given points, have been examined.
  [[nodiscard]] bool complete() const {
    return !sampled || (first_block == 0 && last_block >= (samples + block_size - 1) / block_size);
  }

  /// A line on how far the check has come.
  [[nodiscard]] std::string progress() const {
    return "check: " + std::to_string(last_block) + " of " + std::to_string((samples + block_size - 1) / block_size) +
           " blocks, " + std::to_string(statistics.violated) + " violated, " + std::to_string(statistics.undecided) +
           " undecided";
  }

  /// The inequality says nothing at any point that was examined (proxy PL: xi is at least every g(w) seen).
  [[nodiscard]] bool vacuous() const { return statistics.examined > 0 && statistics.vacuous == statistics.examined; }

  [[nodiscard]] Verdict verdict() const {
    if (witness && witness->stands) return Verdict::violated;
    const std::int64_t open = statistics.violated + statistics.undecided + statistics.non_finite;
    return statistics.examined > 0 && open == 0 ? Verdict::no_violation_found : Verdict::inconclusive;
  }
};

/// The report over [a, c) from the reports over [a, b) and [b, c). Throws std::invalid_argument unless both speak of
/// the same claim, region and seed, and their blocks are adjacent.
[[nodiscard]] inline CheckReport merge(CheckReport first, const CheckReport& second) {
  require(first.property == second.property && first.constants == second.constants &&
              first.dimension == second.dimension && first.region == second.region && first.scalar == second.scalar &&
              first.seed.value == second.seed.value && first.samples == second.samples &&
              first.confidence == second.confidence && first.sampled && second.sampled,
          "merge: expected two sampled reports on the same property, constants, region, scalar, seed, samples and "
          "confidence");
  require(first.last_block == second.first_block, "merge: second report's first block",
          std::to_string(first.last_block), second.first_block);
  const bool second_is_worse = second.statistics.worst_violation.before(first.statistics.worst_violation);
  first.statistics.merge(second.statistics);
  if (second_is_worse) first.witness = second.witness;
  first.last_block = second.last_block;
  first.may_stop = first.may_stop || second.may_stop;
  first.rigorous_rounding = first.rigorous_rounding && second.rigorous_rounding;
  return first;
}

namespace detail {

template <class Value> void require_same(std::string_view what, const Value& now, const Value& then) {
  std::ostringstream expected;
  expected.precision(17);
  expected << now;
  require(now == then, "saved " + std::string(what), expected.str(), then);
}

/// Throws std::invalid_argument naming what differs unless both reports are on the same claim, region and seed.
template <class Report> void require_same_claim(const Report& report, const Report& earlier) {
  require_same("property", report.property, earlier.property);
  require_same("statement", report.statement, earlier.statement);
  require_same("number of constants", report.constants.size(), earlier.constants.size());
  for (std::size_t i = 0; i < report.constants.size(); ++i) {
    require_same("constant", report.constants[i].first, earlier.constants[i].first);
    require_same("constant " + report.constants[i].first, report.constants[i].second, earlier.constants[i].second);
  }
  require_same("dimension", report.dimension, earlier.dimension);
  require_same("region", report.region, earlier.region);
  require_same("scalar", report.scalar, earlier.scalar);
  require_same("seed", report.seed.value, earlier.seed.value);
  require(report.pairs == earlier.pairs && report.rigorous_rounding == earlier.rigorous_rounding,
          "saved report: expected one on the same kind of property, with rounding bounds of the same kind");
}

/// Lets a report that has examined nothing yet begin where an earlier one on the same samples ended. Throws
/// std::invalid_argument naming what the two differ in.
inline void continue_from(CheckReport& report, const CheckReport& earlier) {
  require_same_claim(report, earlier);
  require_same("samples", report.samples, earlier.samples);
  require_same("confidence", report.confidence, earlier.confidence);
  require_same("first block", report.first_block, earlier.first_block);
  require(earlier.sampled, "saved report: expected one on samples");
  report.last_block = earlier.last_block;
  report.statistics = earlier.statistics;
  report.may_stop = report.may_stop || earlier.may_stop;
}

}  // namespace detail

}  // namespace proxcvx
