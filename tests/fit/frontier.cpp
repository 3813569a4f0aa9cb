// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/fit_alpha.hpp>
#include <proxcvx/verify/fit_frontier.hpp>
#include <sstream>
#include <vector>

#include "fit/any_function.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"

namespace pc = proxcvx;
using fits::AnyFunction;

namespace frontiers {

const pc::Ball<double> region{pc::Vector<double>::Zero(1), 10.0, pc::RadiusLaw::uniform};
const AnyFunction f{pc::SquarePlusSine<>{}};

double value(double x) { return x * x + 3 * std::sin(x) * std::sin(x); }
double slope(double x) { return 2 * x + 3 * std::sin(2 * x); }

std::vector<double> drawn(pc::Index samples, pc::Seed seed) {
  std::vector<double> points;
  pc::Vector<double> w(1);
  for (pc::Index i = 0; i < samples; ++i) {
    pc::RandomStream stream{seed, static_cast<std::uint64_t>(i), pc::Purpose::points};
    region.sample(stream, w);
    points.push_back(w[0]);
  }
  return points;
}

/// x^2 with a slope of 2x e^{0.3 z}, z a normal number for each x: log |f'| scatters about a line of slope 1/2.
struct Scattered {
  using Scalar = double;
  pc::Seed seed;
  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const { return w[0] * w[0]; }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    pc::RandomStream stream{seed, std::bit_cast<std::uint64_t>(w[0]), pc::Purpose::noise};
    out[0] = 2 * w[0] * std::exp(0.3 * stream.normal());
    return value(w);
  }
};

}  // namespace frontiers

TEST_CASE("the frontier is what a loop over all samples finds, for every mu and every xi") {
  for (const double alpha : {1.0, 2.0, 1.3}) {
    for (const pc::Index samples : {2, 3, 50, 2000}) {
      const pc::FrontierSettings settings{.samples = samples, .seed = pc::Seed{5}};
      const auto frontier = pc::fit_frontier(frontiers::f, frontiers::f, alpha, frontiers::region, settings);
      const auto points = frontiers::drawn(samples, settings.seed);
      for (double mu = 1e-3; mu < 1e3; mu *= 1.7) {
        double xi = -1e300;
        for (const double x : points) {
          xi = std::max(xi, frontiers::value(x) - 2 * std::pow(std::abs(frontiers::slope(x)), alpha) / mu);
        }
        CAPTURE(alpha, samples, mu);
        CHECK(frontier.xi(mu) == Approx(xi).epsilon(1e-10).margin(1e-10));
      }
      for (double xi = -50; xi < 100; xi += 3.3) {
        double mu = std::numeric_limits<double>::infinity();
        for (const double x : points) {
          const double g = frontiers::value(x);
          if (g > xi) mu = std::min(mu, 2 * std::pow(std::abs(frontiers::slope(x)), alpha) / (g - xi));
        }
        CAPTURE(alpha, samples, xi);
        if (std::isinf(mu)) {
          CHECK(std::isinf(frontier.mu(xi)));
        } else {
          CHECK(frontier.mu(xi) == Approx(mu).epsilon(1e-10));
        }
      }
      for (std::size_t i = 1; i < frontier.hull.size(); ++i) {
        CHECK(frontier.hull[i].g > frontier.hull[i - 1].g);
        CHECK(frontier.hull[i].power > frontier.hull[i - 1].power);
      }
    }
  }
}

TEST_CASE("the frontier's bound for a program in two unknowns covers at its confidence, by simulation") {
  // The program, fixed in advance: maximise mu - 0.4 kappa, kappa = mu xi, over mu <= 4, subject to
  // mu g_i - kappa <= 2 p_i. P(violation) is measured on a fine grid.
  std::vector<double> g;
  std::vector<double> p;
  for (int i = 0; i < 4000; ++i) {
    const double x = (i + 0.5) / 4000 * 10;
    g.push_back(frontiers::value(x));
    p.push_back(std::pow(frontiers::slope(x), 2));
  }
  const int repeats = tests::long_run() ? 10'000 : 1000;
  int covered = 0;
  double worst = 0;
  for (int r = 0; r < repeats; ++r) {
    const pc::Seed seed{static_cast<std::uint64_t>(r) + 1};
    const auto frontier = pc::fit_frontier(frontiers::f, frontiers::f, 2, frontiers::region,
                                           {.samples = 80, .seed = seed, .confidence = 0.9});
    const double bound = frontier.violation_probability_upper(2);
    double low = 1e-6;
    double high = 4;
    const auto reward = [&](double mu) { return mu - 0.4 * mu * frontier.xi(mu); };  // concave
    for (int i = 0; i < 80; ++i) {
      const double a = low + 0.382 * (high - low);
      const double b = low + 0.618 * (high - low);
      if (reward(a) > reward(b)) {
        high = b;
      } else {
        low = a;
      }
    }
    const double best_mu = (low + high) / 2;
    const double xi = frontier.xi(best_mu);
    int violated = 0;
    for (std::size_t i = 0; i < g.size(); ++i) violated += p[i] < best_mu / 2 * (g[i] - xi) - 1e-9 ? 1 : 0;
    const double probability = violated / static_cast<double>(g.size());
    covered += probability <= bound ? 1 : 0;
    worst = std::max(worst, probability / bound);
  }
  CHECK(covered >= repeats * (0.9 - 4 * std::sqrt(0.09 / repeats)));
  CHECK(worst > 0.5);  // the bound is one that samples come near to
}

TEST_CASE("alpha of |x|^p is p/(p - 1), and its band covers under independent scatter") {
  for (const double p : {1.5, 2.0, 4.0}) {
    const AnyFunction power{pc::AbsolutePower<>{p}};
    const auto fit = pc::fit_alpha(power, power, 0.0, frontiers::region, {.samples = 300});
    CHECK(fit.alpha == Approx(p / (p - 1)).epsilon(1e-9));
    CHECK(fit.low <= fit.alpha);
    CHECK(fit.alpha <= fit.high);
    CHECK(fit.high - fit.low < 1e-9);
    CHECK(fit.used == 300);
  }
  const int repeats = tests::long_run() ? 10'000 : 1000;
  int covered = 0;
  for (int r = 0; r < repeats; ++r) {
    const pc::Seed seed{static_cast<std::uint64_t>(r) + 1};
    const frontiers::Scattered noisy{seed};
    const auto fit =
        pc::fit_alpha(noisy, noisy, 0.0, frontiers::region, {.samples = 40, .seed = seed, .confidence = 0.9});
    covered += fit.low <= 2 && 2 <= fit.high ? 1 : 0;
  }
  CHECK(covered >= repeats * (0.9 - 4 * std::sqrt(0.09 / repeats)));  // Student's band is exact
  CHECK(covered <= repeats * (0.9 + 4 * std::sqrt(0.09 / repeats)));
}

TEST_CASE("frontier and alpha leave out what is not finite and say so; senseless arguments throw") {
  const auto broken = [](const auto& w) { return w[0] > 9 ? std::nan("") : w[0] * w[0]; };
  const auto frontier = pc::fit_frontier(frontiers::f, broken, 2, frontiers::region, {.samples = 1000});
  CHECK(frontier.non_finite > 0);
  CHECK(std::isnan(frontier.violation_probability_upper(1)));
  std::ostringstream text;
  text << frontier << pc::fit_alpha(frontiers::f, frontiers::f, 1e9, frontiers::region, {.samples = 10});
  CHECK(text.str().find("no statement: samples were left out") != std::string::npos);
  CHECK(text.str().find("none: no line") != std::string::npos);
  CHECK(text.str().find("a fitted alpha voids the scenario bound") != std::string::npos);
  CHECK_THROWS_AS(pc::fit_frontier(frontiers::f, frontiers::f, 0, frontiers::region), std::invalid_argument);
  CHECK_THROWS_AS(pc::fit_frontier(frontiers::f, frontiers::f, 1, frontiers::region, {.samples = 1}),
                  std::invalid_argument);
  CHECK_THROWS_AS(pc::fit_alpha(frontiers::f, frontiers::f, std::nan(""), frontiers::region), std::invalid_argument);
  CHECK_THROWS_AS(frontier.xi(0), std::invalid_argument);
  CHECK_THROWS_AS(frontier.violation_probability_upper(3), std::invalid_argument);
}
