// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <proxcvx/core/random.hpp>
#include <proxcvx/properties/open_claim.hpp>
#include <proxcvx/verify/falsify_report.hpp>
#include <proxcvx/verify/report.hpp>
#include <proxcvx/verify/verdict.hpp>
#include <string>

// What a fit returns: the constant, the point that makes it tight, and what both rest on. The part that was sampled
// supports a statement about a probability; the part that was searched makes the constant weaker, never sharper, so
// that the statement stays true of it.

namespace proxcvx {

/// What the independent samples of a fit said of its constant.
struct FitCounts {
  std::int64_t bound = 0;      ///< an end of the admissible constants
  std::int64_t none = 0;       ///< nothing: any constant will do there
  std::int64_t undecided = 0;  ///< rounding hides whether the sampled constant will do there
  std::int64_t opposed = 0;    ///< weak constants are violated there
  std::int64_t non_finite = 0;

  [[nodiscard]] std::int64_t examined() const { return bound + none + undecided + opposed + non_finite; }
};

/// What a fit claimed, did and found.
struct FitReport {
  // the claim, closed at the constant that was found
  std::string property;
  std::string statement;
  Constants constants;
  std::string name;  ///< of the constant that was open
  Sharpest sharpest = Sharpest::largest;
  Index dimension = 0;
  bool pairs = false;
  std::string region;
  std::string scalar;
  bool rigorous_rounding = true;  ///< false: some part bounds its rounding error by assumption only
  Seed seed;

  // what was found
  double constant = std::numeric_limits<double>::quiet_NaN();  ///< satisfied at the witness, rounding included; NaN:
                                                               ///< nothing bounds it, or no admissible one will do
  double beyond = std::numeric_limits<double>::quiet_NaN();    ///< violated at the witness, as is any sharper one
  std::optional<Witness> witness;  ///< makes the constant tight: the claim closed at `beyond`, evaluated again there.
                                   ///< `point` is the sample, or -1 where the search found it
  std::optional<Witness> opposition;  ///< violates the claim closed at `constant`, and at any weaker one

  // the samples
  Index samples = 0;
  double confidence = 0.99;
  double sampled_constant = std::numeric_limits<double>::quiet_NaN();  ///< all samples counted as `bound` satisfy it
  Index sampled_at = -1;
  FitCounts sampled;

  // the search
  Index starts = 0;
  Index rounds = 0;           ///< searches of the closed claim, each from new starts
  Index improved_rounds = 0;  ///< those of them that found a violation
  Index evaluations = 0;      ///< of the search, in gradients of f
  SearchCounts searched;      ///< margins of the last round, with the claim closed at the constant
  bool settled = false;       ///< no start of the last round violated the claim by 8 error bounds
  bool stopped = false;       ///< the limit of seconds ended the samples or the search: `settled` is false then

  /// The number of samples of which it is not known that they satisfy the constant; the bound counts them as failures.
  [[nodiscard]] std::int64_t unsatisfied_samples() const { return sampled.undecided + sampled.non_finite; }
  /// Why the samples support no statement about a probability; empty where they do.
  [[nodiscard]] std::string void_because() const {
    if (sampled.examined() == 0) return "nothing was sampled";
    if (sampled.examined() < samples) return "the clock, not a plan, ended the samples";
    if (sampled.bound == 0) return "no sample bounds the constant";
    if (sampled.opposed > 0) return "a sample is violated by weaker constants";
    return "";
  }

  [[nodiscard]] bool found() const { return constant == constant; }

  /// Of the claim closed at `constant`. violated: a point violates it whatever the constant. inconclusive: no constant
  /// was found, a margin was not finite, or the search was still finding violations when its rounds, or its seconds,
  /// ended.
  [[nodiscard]] Verdict verdict() const {
    if (opposition && opposition->stands) return Verdict::violated;
    const bool open = opposition || sampled.non_finite > 0 || searched.non_finite > 0 || sampled.opposed > 0;
    return found() && settled && !open ? Verdict::no_violation_found : Verdict::inconclusive;
  }
};

}  // namespace proxcvx
