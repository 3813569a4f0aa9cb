// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/open_constants.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/fit.hpp>
#include <proxcvx/verify/fit_table.hpp>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "fit/any_function.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;
using fits::AnyFunction;

namespace {

pc::Ball<double> interval(double center, double radius) {
  return pc::Ball<double>(pc::Vector<double>::Constant(1, center), radius);
}

std::string printed(const pc::FitReport& report) {
  std::ostringstream out;
  out.precision(17);
  out << report << report.constant << ' ' << report.beyond << ' ' << report.sampled_constant;
  return out.str();
}

/// The extreme of r over [low, high]: a fine grid, then golden sections about its best point, in long double.
template <class Ratio> double least(const Ratio& r, long double low, long double high) {
  const int steps = 200'000;
  const long double width = (high - low) / steps;
  long double best = low;
  for (int i = 0; i <= steps; ++i) {
    if (r(low + i * width) < r(best)) best = low + i * width;
  }
  long double a = std::max(low, best - width);
  long double b = std::min(high, best + width);
  for (int i = 0; i < 100; ++i) {
    const long double third = (b - a) * 0.381966011250105L;
    if (r(a + third) < r(b - third)) {
      b = b - third;
    } else {
      a = a + third;
    }
  }
  return static_cast<double>(std::min(r(a), r(best)));
}

long double wavy(long double x) { return x * x + 3 * std::sin(x) * std::sin(x); }
long double wavy_slope(long double x) { return 2 * x + 3 * std::sin(2 * x); }

/// What every fit that ends well says: the constant is just on the safe side of a witness that was evaluated again.
void is_sharp(const pc::FitReport& report, double sharp, double relative) {
  INFO(report);
  CHECK(report.constant == Approx(sharp).epsilon(relative).margin(0));
  CHECK(report.settled);
  CHECK(report.verdict() == pc::Verdict::no_violation_found);
  REQUIRE(report.witness);
  CHECK(report.witness->stands);
  const double gap =
      report.sharpest == pc::Sharpest::largest ? report.beyond - report.constant : report.constant - report.beyond;
  CHECK(gap >= 0);
  CHECK(gap <= 1e-8 * std::abs(sharp));
}

const pc::SquarePlusSine<> karimi;

}  // namespace

TEST_CASE("Karimi's modulus is found as the sharp one, from 20 seeds and from few samples") {
  const pc::Ball region{karimi.minimizer(), 20.0};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const pc::Index samples : {10, 2000}) {
      const auto report =
          pc::fit(pc::largest_pl_modulus(karimi, 0.0), region, {.samples = samples, .seed = pc::Seed{seed}});
      is_sharp(report, 0.1755309858797, 1e-9);
      CHECK(report.witness->scalar == "50 digits");
      CHECK(std::abs(report.witness->w[0]) == Approx(2.201709173).epsilon(1e-6));
      CHECK(report.constant <= report.sampled_constant);
      CHECK(report.sampled.examined() == samples);
    }
  }
}

TEST_CASE("one-dimensional sharp constants are found to 9 digits") {
  const auto quasar = [](const AnyFunction& f, double radius) {
    return pc::fit(pc::largest_quasar_convexity(f, pc::Vector<double>::Zero(1)), interval(0, radius),
                   {.samples = 1000});
  };
  const auto wavy_ratio = [](long double x) { return x * wavy_slope(x) / wavy(x); };
  is_sharp(quasar(karimi, 20), least(wavy_ratio, 0.1L, 20.0L), 1e-9);
  is_sharp(quasar(pc::DampedAbsolute<>{}, 60), 1, 1e-9);
  is_sharp(quasar(pc::SixthRoot<>{}, 1e28), 1.0 / 3, 1e-9);
  const auto sixth = [](long double x) {
    const long double s = x * x + 0.125L;
    return x * x / 3 * std::pow(s, -5.0L / 6) / (std::pow(s, 1.0L / 6) - std::pow(0.125L, 1.0L / 6));
  };
  is_sharp(quasar(pc::SixthRoot<>{}, 9.4599), static_cast<double>(sixth(9.4599L)), 1e-9);
  for (const double p : {1.5, 3.0, 4.0}) {  // |f'|^{p/(p-1)} = p^{p/(p-1)} f everywhere
    const AnyFunction f{pc::AbsolutePower<>{p}};
    const double alpha = p / (p - 1);
    is_sharp(pc::fit(pc::largest_mu(pc::ProxyPL{f, f, {.alpha = alpha}}), interval(0.5, 2), {.samples = 500}),
             2 * std::pow(p, alpha), 1e-9);
  }
}

TEST_CASE("the restricted secant's nu: the least slope ratio in one dimension, the least eigenvalue in four") {
  const auto secant = [](const AnyFunction& f, double radius) {
    const pc::Vector<double> minimizer = pc::Vector<double>::Zero(f.dimension());
    return pc::fit(pc::largest_restricted_secant(f, minimizer), pc::Ball<double>{minimizer, radius}, {.samples = 500});
  };
  // <f'(x), x>/x^2 for x^2 + 3 sin^2 x
  is_sharp(secant(karimi, 20), least([](long double x) { return wavy_slope(x) / x; }, 0.1L, 20.0L), 1e-9);
  is_sharp(secant(pc::Quadratic<double>(fits::turned(pc::Vector<double>{{0.3, 1.0, 2.0, 5.0}})), 3), 0.3, 1e-6);
}

TEST_CASE("the smallest xi for a given mu and the largest mu for that xi are each other's inverse") {
  const AnyFunction f{karimi};
  const auto region = interval(0, 20);
  for (const double mu : {0.8, 1.0, 4.0}) {
    const auto negative_xi = [&](long double x) {
      const long double slope = wavy_slope(x);
      return 2 * slope * slope / static_cast<long double>(mu) - wavy(x);
    };
    const auto xi = pc::fit(pc::smallest_xi(pc::ProxyPL{f, f, {.alpha = 2, .mu = mu}}), region, {.samples = 1000});
    is_sharp(xi, -least(negative_xi, -20.0L, 20.0L), 1e-9);
    const auto back =
        pc::fit(pc::largest_mu(pc::ProxyPL{f, f, {.alpha = 2, .xi = xi.constant}}), region, {.samples = 1000});
    is_sharp(back, mu, 1e-9);
  }
}

TEST_CASE("the modulus of a rank-deficient quadratic is its smallest non-zero eigenvalue, to 6 digits") {
  const pc::Vector<double> eigenvalues{{0, 0.25, 0.3, 1, 8}};
  const AnyFunction f{pc::Quadratic<double>{fits::turned(eigenvalues)}};
  const pc::Ball<double> region{pc::Vector<double>::Zero(5), 2.0};
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const pc::FitSettings settings{.samples = 1000, .seed = pc::Seed{seed}};
    is_sharp(pc::fit(pc::largest_pl_modulus(f, 0.0), region, settings), 0.25, 1e-6);
    is_sharp(pc::fit(pc::largest_quasar_convexity(f, pc::Vector<double>::Zero(5)), region, settings), 2, 1e-6);
  }
}

TEST_CASE("a modulus of condition 1000 in 20 dimensions: eigenvectors between are saddles, and no end of the search") {
  pc::Vector<double> eigenvalues(20);
  for (pc::Index i = 0; i < 20; ++i) eigenvalues[i] = 1e-3 + (1 - 1e-3) * static_cast<double>(i) / 19;
  const AnyFunction f{pc::Quadratic<double>{fits::turned(eigenvalues)}};
  const pc::Ball<double> region{pc::Vector<double>::Zero(20), 2.0};
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    is_sharp(pc::fit(pc::largest_pl_modulus(f, 0.0), region, {.samples = 2000, .seed = pc::Seed{seed}}), 1e-3, 1e-6);
  }
}

TEST_CASE("the slack of proxy convexity on a ball: exact for a saddle, 0 for a convex function") {
  const AnyFunction saddle{pc::Saddle<>{}};  // margin = (w_1 - v_1)^2 - (w_2 - v_2)^2
  const pc::Ball<double> region{pc::Vector<double>::Zero(2), 1.5};
  const pc::FitSettings settings{.samples = 1000};
  is_sharp(pc::fit(pc::smallest_slack(pc::convexity(saddle)), region, settings), 9, 1e-9);
  const pc::Ball<double> beside{pc::Vector<double>{{0.0, 4.0}}, 0.5};
  is_sharp(pc::fit(pc::smallest_slack(pc::convexity(saddle)), region, beside, settings), 36, 1e-9);

  const AnyFunction bowl{pc::Quadratic<double>{pc::Matrix<double>{pc::Matrix<double>::Identity(2, 2)}}};
  const auto convex = pc::fit(pc::smallest_slack(pc::convexity(bowl)), region, settings);
  INFO(convex);
  CHECK(convex.constant >= 0);
  CHECK(convex.constant < 1e-12);
  CHECK(convex.settled);
  // <w, w - v> >= |w|^2/2 - c |v|^2/2 for every w just where c >= 1.
  is_sharp(pc::fit(pc::smallest_factor(pc::convexity(bowl)), region, settings), 1, 1e-6);
}

TEST_CASE("the slack of x^2 + 3 sin^2 x is the worst over pairs") {
  const AnyFunction f{karimi};
  double worst = 0;  // a grid: a lower bound of the slack, short of it by its curvature times squared spacings
  for (int i = -400; i <= 400; ++i) {
    const long double w = i * 0.025L;
    for (int j = -400; j <= 400; ++j) {
      const long double v = j * 0.025L;
      worst = std::max(worst, static_cast<double>(-wavy_slope(w) * (w - v) + wavy(w) - wavy(v)));
    }
  }
  const auto report = pc::fit(pc::smallest_slack(pc::convexity(f)), interval(0, 10), {.samples = 1000});
  INFO(report);
  CHECK(report.settled);
  CHECK(report.constant >= worst);
  CHECK(report.constant <= worst + 24 * 0.0125 * 0.0125);
}

TEST_CASE("a search finds what the samples missed") {
  // f = x^2/2; g = f (1 + two bumps about 0.7), one of them a needle of width 1e-3 that 100 samples miss: 3 f at 0.7.
  const AnyFunction f{pc::Quadratic<double>{pc::Matrix<double>{pc::Matrix<double>::Identity(1, 1)}}};
  const auto bump = [](double x, double width) { return std::exp(-std::pow((x - 0.7) / width, 2)); };
  const auto steep = [=](double x, double width) { return -2 * (x - 0.7) / (width * width) * bump(x, width); };
  const AnyFunction g{fits::Curve{
      [=](double x) { return x * x / 2 * (1 + bump(x, 1e-3) + bump(x, 0.3)); },
      [=](double x) { return x * (1 + bump(x, 1e-3) + bump(x, 0.3)) + x * x / 2 * (steep(x, 1e-3) + steep(x, 0.3)); }}};
  const auto claim = pc::largest_mu(pc::ProxyPL{f, g, {.alpha = 2}});
  const auto report = pc::fit(claim, interval(0, 2), {.samples = 100});
  INFO(report);
  CHECK(report.sampled_constant > 1.9);
  CHECK(report.constant == Approx(4.0 / 3).epsilon(1e-9));
  CHECK(report.settled);
}

TEST_CASE("where no constant will do the report says so") {
  const AnyFunction f{karimi};
  const auto region = interval(0, 5);
  SECTION("about a point that is no minimizer weak constants fail too") {
    const auto report = pc::fit(pc::largest_quasar_convexity(f, pc::Vector<double>::Constant(1, 1.0)), region);
    INFO(report);
    CHECK(report.sampled.opposed > 0);
    REQUIRE(report.opposition);
    CHECK(report.opposition->stands);
    CHECK(report.verdict() == pc::Verdict::violated);
    CHECK(std::isnan(pc::violation_probability_upper(report)));
  }
  SECTION("nothing bounds mu where g is at most xi") {
    const auto report = pc::fit(pc::largest_mu(pc::ProxyPL{f, f, {.alpha = 2, .xi = 1000}}), region);
    CHECK(report.sampled.none == report.samples);
    CHECK_FALSE(report.found());
    CHECK(report.verdict() == pc::Verdict::inconclusive);
    CHECK(report.void_because() == "no sample bounds the constant");
  }
  SECTION("sin x at pi/2, x^4 with alpha 2: mu falls towards 0") {
    const AnyFunction sine{pc::Sine<>{}};
    const auto flat =
        pc::fit(pc::largest_mu(pc::ProxyPL{sine, sine, {.alpha = 2, .xi = -1}}), interval(std::numbers::pi / 2, 0.5));
    INFO(flat);
    CHECK(flat.beyond < 1e-15);
    const AnyFunction quartic{pc::Quartic<>{}};
    const auto fourth = pc::fit(pc::largest_mu(pc::ProxyPL{quartic, quartic, {.alpha = 2}}), interval(0, 1));
    INFO(fourth);
    CHECK(fourth.beyond < 32 * 1e-12);  // mu = 32 x^2, |x| of samples down to 1e-6
  }
  SECTION("NaN is no pass") {
    const AnyFunction broken{
        fits::Curve{[](double x) { return x > 2 ? std::nan("") : x * x; }, [](double x) { return 2 * x; }}};
    const auto report = pc::fit(pc::largest_mu(pc::ProxyPL{f, broken, {.alpha = 2}}), region);
    CHECK(report.sampled.non_finite > 0);
    CHECK(report.verdict() == pc::Verdict::inconclusive);
    CHECK(pc::violation_probability_upper(report) > std::log10(5.0 / 2) / 12);  // that of x > 2, log-scale radii
  }
}

TEST_CASE("a fit is a function of its settings, not of the number of threads") {
  const AnyFunction f{karimi};
  const auto claim = pc::largest_pl_modulus(f, 0.0);
  const auto fitted = [&](int threads, std::uint64_t seed) {
    return printed(pc::fit(claim, interval(0, 20), {.samples = 1000, .seed = pc::Seed{seed}, .threads = threads}));
  };
  const std::string one = fitted(1, 3);
  CHECK(fitted(2, 3) == one);
  CHECK(fitted(5, 3) == one);
  CHECK(fitted(1, 4) != one);
}

TEST_CASE("a fit that the clock ends says so, and makes no statement about a probability") {
  const auto claim = pc::largest_pl_modulus(AnyFunction{karimi}, 0.0);
  const pc::FitReport whole = pc::fit(claim, interval(0, 20), {.samples = 1000});
  CHECK_FALSE(whole.stopped);
  const pc::FitReport report = pc::fit(claim, interval(0, 20), {.samples = 1000, .seconds = 0});
  INFO(report);
  CHECK(report.stopped);
  CHECK_FALSE(report.settled);
  CHECK(report.rounds == 0);
  CHECK(report.sampled.examined() == 256);  // the first block, and no more
  CHECK(report.verdict() == pc::Verdict::inconclusive);
  CHECK_FALSE(report.void_because().empty());
  CHECK(std::isnan(pc::violation_probability_upper(report)));
  CHECK(report.constant >= whole.constant);  // what was looked at allows it, and no search has weakened it
  CHECK_THAT(printed(report), Catch::Matchers::ContainsSubstring("256 of 1,000 points"));
  CHECK_THAT(printed(report), Catch::Matchers::ContainsSubstring("the limit of seconds ended it"));
  const pc::FitReport enough = pc::fit(claim, interval(0, 20), {.samples = 1000, .seconds = 1e6});
  CHECK(printed(enough) == printed(whole));
}

TEST_CASE("senseless settings of a fit throw") {
  const auto claim = pc::largest_pl_modulus(AnyFunction{karimi}, 0.0);
  const auto throws = [&](const pc::FitSettings& settings) {
    CHECK_THROWS_AS(pc::fit(claim, interval(0, 1), settings), std::invalid_argument);
  };
  throws({.samples = 0});
  throws({.starts = 0});
  throws({.starts = 20, .evaluations = 159});
  throws({.rounds = 0});
  throws({.threads = -1});
  throws({.confidence = 1});
  throws({.seconds = -1});
  CHECK_THROWS_AS(pc::fit(claim, pc::Ball<double>(pc::Vector<double>::Zero(2), 1.0)), std::invalid_argument);
}
