// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <ostream>
#include <proxcvx/verify/gradient_points.hpp>
#include <proxcvx/verify/incomplete_beta.hpp>
#include <proxcvx/verify/rows.hpp>
#include <string>
#include <vector>

// The exponent of proxy PL from samples: log ||grad f(w)|| against log(g(w) - xi) is a line of slope 1/alpha where
// ||grad f||^alpha is proportional to g - xi. Least squares, with Student's band for its slope.

namespace proxcvx {

/// What fit_alpha found.
struct AlphaFit {
  double alpha = std::numeric_limits<double>::quiet_NaN();  ///< NaN where there is no line, or one of slope <= 0
  double low = std::numeric_limits<double>::quiet_NaN();    ///< the band of alpha at `confidence`
  double high = std::numeric_limits<double>::quiet_NaN();   ///< infinity where the slope may be 0
  double scatter = 0;  ///< root mean square distance of log ||grad f|| from the line: small where the line is the truth
  double confidence = 0.99;
  std::string proxy;
  std::string region;
  double xi = 0;
  Seed seed;
  Index samples = 0;
  Index used = 0;  ///< samples with g > xi and a gradient that is not 0, rounding included
};

/// alpha by the log-log slope over samples of a region. The band is that of a line with independent scatter; a function
/// that is no power law has another slope at another scale, and the band does not say so. A fitted alpha voids the
/// scenario bound of constants that are fitted to the same samples (Campi & Garatti 2008 fixes the program in advance).
/// Throws std::invalid_argument on xi not finite, a region of another dimension or senseless settings.
/// Cost: `samples` gradients and proxies.
template <class F, class G, class SampleRegion>
[[nodiscard]] AlphaFit fit_alpha(const F& f, const G& g, double xi, const SampleRegion& region,
                                 const FrontierSettings& settings = {}) {
  require(std::isfinite(xi), "xi", "a finite number", xi);
  AlphaFit fit;
  fit.confidence = settings.confidence;
  fit.proxy = detail::name_of(g, "user's g");
  fit.region = detail::region_description(region);
  fit.xi = xi;
  fit.seed = settings.seed;
  fit.samples = settings.samples;
  std::vector<double> x;
  std::vector<double> y;
  double mean_x = 0;
  double mean_y = 0;
  for (const detail::GradientPoint& point : detail::gradient_points(f, g, region, settings)) {
    // Beyond rounding by so much that its logarithm is known to 1e-3.
    if (!point.finite() || !(point.g - xi > 1e3 * (point.g_error + 0x1p-53 * std::abs(xi))) ||
        !(point.norm > 1e3 * point.norm_error)) {
      continue;
    }
    x.push_back(std::log(point.g - xi));
    y.push_back(std::log(point.norm));
    mean_x += x.back();
    mean_y += y.back();
  }
  fit.used = static_cast<Index>(x.size());
  if (fit.used < 3) return fit;
  const auto n = static_cast<double>(fit.used);
  mean_x /= n;
  mean_y /= n;
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (!(xx > 0)) return fit;
  const double slope = xy / xx;
  double squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double rest = y[i] - mean_y - slope * (x[i] - mean_x);
    squares += rest * rest;
  }
  fit.scatter = std::sqrt(squares / n);
  // T^2/(n - 2 + T^2) has the law Beta(1/2, (n - 2)/2) for Student's T.
  const double quantile = detail::inverse_incomplete_beta(0.5, (n - 2) / 2, fit.confidence);
  const double student = std::sqrt((n - 2) * quantile / (1 - quantile));
  const double half_width = student * std::sqrt(squares / (n - 2) / xx);
  if (!(slope > 0)) return fit;
  fit.alpha = 1 / slope;
  fit.low = 1 / (slope + half_width);
  fit.high = slope > half_width ? 1 / (slope - half_width) : std::numeric_limits<double>::infinity();
  return fit;
}

/// The rows (label, text) that a fit of alpha prints.
[[nodiscard]] inline TableRows rows(const AlphaFit& fit) {
  using detail::shortest;
  TableRows table;
  table.emplace_back("exponent",
                     "||grad f(w)||^alpha against g(w) - xi, g = " + fit.proxy + ", xi = " + shortest(fit.xi));
  table.emplace_back("region", fit.region);
  table.emplace_back("alpha", std::isnan(fit.alpha)
                                  ? "none: no line of positive slope"
                                  : shortest(fit.alpha) + ", from " + shortest(fit.low) + " to " + shortest(fit.high) +
                                        " with confidence " + shortest(fit.confidence) + " if it is a power law");
  table.emplace_back("scatter", shortest(fit.scatter, 3) + " about the line, root mean square of log ||grad f||");
  table.emplace_back("sampled", detail::grouped(fit.samples) + " points, seed " + std::to_string(fit.seed.value) +
                                    "; " + detail::grouped(fit.used) + " used");
  table.emplace_back("violation probability", "no statement: a fitted alpha voids the scenario bound");
  return table;
}

inline std::ostream& operator<<(std::ostream& out, const AlphaFit& fit) {
  detail::print_table(out, rows(fit));
  return out;
}

}  // namespace proxcvx
