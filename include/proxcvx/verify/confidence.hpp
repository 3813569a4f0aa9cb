// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
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
///
/// Where an observer could end the run (report.may_stop), its length may depend on the margins, if only because margins
/// near 0 take longer. delta = 1 - confidence is then spent in advance: half of it on the planned end, and
/// delta/(2 j (j+1)) on the look after 2^(j-1) blocks, j = 1, 2, .... A run that was cut answers for the last look it
/// passed, with all failures that it saw, so that the bound is true for any rule of stopping.
[[nodiscard]] inline double violation_probability_upper(const CheckReport& report) {
  if (!report.sampled) return std::numeric_limits<double>::quiet_NaN();
  const MarginStatistics& found = report.statistics;
  if (!report.may_stop) {
    return clopper_pearson_upper(found.independent_failures, found.independent, report.confidence);
  }
  double spent = (1 - report.confidence) / 2;
  std::int64_t samples = found.independent;
  if (!report.complete()) {
    double look = 1;
    samples = 0;
    for (std::int64_t passed = block_size; passed <= found.independent; passed *= 2) {
      samples = passed;
      ++look;
    }
    spent /= std::max(1.0, (look - 1) * look);
  }
  return clopper_pearson_upper(std::min(found.independent_failures, samples), samples, 1 - spent);
}

}  // namespace proxcvx
