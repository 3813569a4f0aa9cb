// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/verify/incomplete_beta.hpp>
#include <proxcvx/verify/report.hpp>

// What a number of independent samples says about the probability of a violation (Clopper & Pearson 1934).

namespace proxcvx {

/// Upper confidence bound on a probability after k failures in n independent trials, n fixed in advance:
/// BetaInv(confidence; k + 1, n - k); 1 when k = n (n = 0 included); -expm1(log(1 - confidence)/n) when k = 0.
/// Throws std::invalid_argument unless 0 <= k <= n and 0 < confidence < 1.
[[nodiscard]] inline double clopper_pearson_upper(std::int64_t k, std::int64_t n, double confidence) {
  require(n >= 0, "n", "a number >= 0", n);
  require(k >= 0 && k <= n, "k", "a number in [0, n]", k);
  require(confidence > 0 && confidence < 1, "confidence", "a number in (0, 1)", confidence);
  if (k == n) return 1;
  if (k == 0) return -std::expm1(std::log1p(-confidence) / static_cast<double>(n));
  return detail::inverse_incomplete_beta(static_cast<double>(k + 1), static_cast<double>(n - k), confidence);
}

/// With the report's confidence, the probability that a fresh independent sample (point, or disjoint pair) is not
/// satisfied is at most this. Undecided and non-finite samples count as failures. NaN where nothing was sampled.
[[nodiscard]] inline double violation_probability_upper(const CheckReport& report) {
  if (!report.sampled) return std::numeric_limits<double>::quiet_NaN();
  return clopper_pearson_upper(report.statistics.independent_failures, report.statistics.independent,
                               report.confidence);
}

}  // namespace proxcvx
