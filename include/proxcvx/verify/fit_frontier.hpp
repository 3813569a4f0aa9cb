// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <proxcvx/verify/gradient_points.hpp>
#include <proxcvx/verify/rows.hpp>
#include <proxcvx/verify/scenario.hpp>
#include <string>
#include <vector>

// The frontier of proxy PL for a given alpha: all (mu, xi) that are not violated at any sample, and of which neither
// can be improved alone. xi(mu) = max_i (g_i - 2 ||grad f_i||^alpha/mu): a supporting line, of positive slope mu/2, of
// the lower convex hull of the points (g_i, ||grad f_i||^alpha).

namespace proxcvx {

/// A sample on the hull.
struct FrontierPoint {
  double g = 0;
  double power = 0;  ///< ||grad f||^alpha
  Index sample = -1;
};

/// What fit_frontier found. Rounding is on the safe side: every g up, every power down, by its bound.
struct Frontier {
  std::string proxy;
  std::string region;
  double alpha = 1;
  Seed seed;
  Index samples = 0;
  Index non_finite = 0;  ///< samples left out
  double confidence = 0.99;
  std::vector<FrontierPoint> hull;    ///< by ascending g and power: where lines of positive slope touch from below
  std::vector<FrontierPoint> others;  ///< up to 400 samples, the first ones, for pictures

  /// The smallest xi for this mu > 0: no sample violates (mu, xi). O(hull).
  [[nodiscard]] double xi(double mu) const {
    require(mu > 0, "mu", "a number > 0", mu);
    double largest = -std::numeric_limits<double>::infinity();
    for (const FrontierPoint& point : hull) largest = std::max(largest, point.g - 2 * point.power / mu);
    return largest;
  }
  /// The largest mu for this xi; infinity where xi is at least every g. O(hull).
  [[nodiscard]] double mu(double xi) const {
    double smallest = std::numeric_limits<double>::infinity();
    for (const FrontierPoint& point : hull) {
      if (point.g > xi) smallest = std::min(smallest, 2 * point.power / (point.g - xi));
    }
    return smallest;
  }

  /// With the frontier's confidence, the probability that a fresh sample violates (mu, xi) is at most this, where
  /// `unknowns` of the two were chosen from the samples: 1, the other fixed in advance; 2, by a convex program in
  /// (mu, mu xi) that was fixed in advance, such as the largest mu - c mu xi. A point that was picked by looking at the
  /// frontier has no such bound. NaN where samples were left out.
  [[nodiscard]] double violation_probability_upper(int unknowns) const {
    require(unknowns == 1 || unknowns == 2, "unknowns", "1 or 2", unknowns);
    if (non_finite > 0) return std::numeric_limits<double>::quiet_NaN();
    return scenario_upper(samples, unknowns, confidence);
  }
};

namespace detail {

/// The points that maximise g - t power for some t > 0: the concave hull of g over power, from the least power to the
/// largest g. O(n log n).
[[nodiscard]] inline std::vector<FrontierPoint> lower_hull(std::vector<FrontierPoint> points) {
  std::sort(points.begin(), points.end(), [](const FrontierPoint& a, const FrontierPoint& b) {
    if (a.power != b.power) return a.power < b.power;
    if (a.g != b.g) return a.g > b.g;
    return a.sample < b.sample;
  });
  std::vector<FrontierPoint> hull;
  for (const FrontierPoint& next : points) {
    if (!hull.empty() && !(next.g > hull.back().g)) continue;  // no more g for more power
    while (hull.size() >= 2) {
      const FrontierPoint& b = hull.back();
      const FrontierPoint& a = hull[hull.size() - 2];
      if ((b.g - a.g) * (next.power - b.power) > (next.g - b.g) * (b.power - a.power)) break;
      hull.pop_back();
    }
    hull.push_back(next);
  }
  return hull;
}

}  // namespace detail

/// The frontier of (mu, xi) over samples of a region, for ||grad f(w)||^alpha >= (mu/2)(g(w) - xi). Samples alone: what
/// fit(largest_mu(property), region) finds for one xi is searched too.
/// Throws std::invalid_argument on alpha <= 0, a region of another dimension or senseless settings.
/// Cost: `samples` gradients and proxies, O(samples log samples) beyond.
template <class F, class G, class SampleRegion>
[[nodiscard]] Frontier fit_frontier(const F& f, const G& g, double alpha, const SampleRegion& region,
                                    const FrontierSettings& settings = {}) {
  require(alpha > 0 && std::isfinite(alpha), "alpha", "a finite number > 0", alpha);
  const auto points = detail::gradient_points(f, g, region, settings);
  Frontier frontier;
  frontier.proxy = detail::name_of(g, "user's g");
  frontier.region = detail::region_description(region);
  frontier.alpha = alpha;
  frontier.seed = settings.seed;
  frontier.samples = settings.samples;
  frontier.confidence = settings.confidence;
  std::vector<FrontierPoint> finite;
  for (Index i = 0; i < settings.samples; ++i) {
    const detail::GradientPoint& point = points[static_cast<std::size_t>(i)];
    if (!point.finite()) {
      ++frontier.non_finite;
      continue;
    }
    const double low = std::max(0.0, point.norm - point.norm_error);
    finite.push_back({point.g + point.g_error, std::pow(low, alpha) * (1 - 0x1p-48), i});
  }
  constexpr std::size_t shown = 400;
  frontier.others.assign(finite.begin(), finite.begin() + static_cast<std::ptrdiff_t>(std::min(shown, finite.size())));
  frontier.hull = detail::lower_hull(std::move(finite));
  return frontier;
}

/// The rows (label, text) that a frontier prints: the claim, the ends of the hull with a few points between, the bound.
[[nodiscard]] inline TableRows rows(const Frontier& frontier) {
  using detail::shortest;
  TableRows table;
  table.emplace_back("frontier", "||grad f(w)||^alpha >= (mu/2)(g(w) - xi), g = " + frontier.proxy);
  table.emplace_back("alpha", shortest(frontier.alpha));
  table.emplace_back("region", frontier.region);
  table.emplace_back("sampled",
                     detail::grouped(frontier.samples) + " points, seed " + std::to_string(frontier.seed.value) +
                         (frontier.non_finite > 0 ? ", " + detail::grouped(frontier.non_finite) + " not finite" : ""));
  table.emplace_back("hull", detail::grouped(static_cast<std::int64_t>(frontier.hull.size())) + " points");
  const std::size_t edges = frontier.hull.size() < 2 ? 0 : frontier.hull.size() - 1;
  const std::size_t step = std::max<std::size_t>(1, (edges + 7) / 8);
  for (std::size_t i = 0; i < edges; i += step) {
    const FrontierPoint& a = frontier.hull[i];
    const FrontierPoint& b = frontier.hull[i + 1];
    const double mu = 2 * (b.power - a.power) / (b.g - a.g);
    table.emplace_back("mu = " + shortest(mu), "xi = " + shortest(a.g - 2 * a.power / mu));
  }
  if (frontier.non_finite > 0) {
    table.emplace_back("violation probability", "no statement: samples were left out");
  } else {
    const auto bound = [&](int unknowns) { return shortest(frontier.violation_probability_upper(unknowns), 3); };
    table.emplace_back("violation probability", "at most " + bound(1) + " for a mu fixed in advance, " + bound(2) +
                                                    " for (mu, xi) from a convex program fixed in advance,");
    table.emplace_back("",
                       "with confidence " + shortest(frontier.confidence) + "; no statement for a point picked here");
  }
  return table;
}

inline std::ostream& operator<<(std::ostream& out, const Frontier& frontier) {
  detail::print_table(out, rows(frontier));
  return out;
}

}  // namespace proxcvx
