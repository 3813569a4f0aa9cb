// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <proxcvx/core/require.hpp>
#include <proxcvx/verify/incomplete_beta.hpp>
#include <string>

// What N independent samples say of constants that were fitted to them (Campi & Garatti 2008, Theorem 1).

namespace proxcvx {

/// Constants chosen by a convex program with d unknowns from n >= d independent samples are violated by a fresh sample
/// with probability at most BetaInv(confidence; d, n - d + 1), with that confidence over the samples. Neither samples
/// that a search chose nor an exponent that was fitted too are covered.
/// Throws std::invalid_argument unless 1 <= d <= n and 0 < confidence < 1.
[[nodiscard]] inline double scenario_upper(std::int64_t n, std::int64_t d, double confidence) {
  require(d >= 1, "d", "a number >= 1", d);
  require(n >= d, "n", "a number >= d = " + std::to_string(d), n);
  require(confidence > 0 && confidence < 1, "confidence", "a number in (0, 1)", confidence);
  return detail::inverse_incomplete_beta(static_cast<double>(d), static_cast<double>(n - d + 1), confidence);
}

}  // namespace proxcvx
