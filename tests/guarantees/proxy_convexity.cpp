// SPDX-License-Identifier: MIT
#include <proxcvx/core/wider.hpp>
#include <proxcvx/guarantees/proxy_convexity.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/objectives/test_functions.hpp>

#include "guarantees/runs.hpp"

// Theory 2.3: formulas against independent arithmetic in long double, and the bound against runs.

namespace pc = proxcvx;
using runs::at;
using runs::log_uniform;
using Settings = pc::ProxyConvexityGuaranteeSettings;

namespace {

using Wide = long double;
using Exact = pc::FiftyDigits;  // near eta = 2/B the formula cancels even in long double

/// (1 - eta B/2)^{-1} (h + D^2/(2 eta T) + eta A/2), the smallest over the references, and the largest sum of sizes
/// in it: what roundings are relative to.
std::pair<Exact, Exact> formula(const Settings& s, Exact eta, Exact T) {
  Exact best = std::numeric_limits<double>::infinity();
  Exact sizes = 0;
  for (const auto& [level, distance] : s.references) {
    const Exact rest = Exact(distance) * distance / (2 * eta * T) + eta * Exact(s.A) / 2;
    const Exact factor = 1 / (1 - eta * Exact(s.B) / 2);
    best = std::min(best, Exact(factor * (level + rest)));
    sizes = std::max(sizes, Exact(factor * (std::abs(level) + rest)));
  }
  return {best, sizes};
}

Settings random_settings(pc::RandomStream& stream, bool A, bool B, int references) {
  Settings s;
  for (int i = 0; i < references; ++i) {
    s.references.push_back({stream.uniform(-0.5, 2), log_uniform(stream, 1e-2, 1e2)});
  }
  if (A) s.A = log_uniform(stream, 1e-2, 1e2);
  if (B) s.B = log_uniform(stream, 1e-2, 1e2);
  return s;
}

/// A guarantee for g = c f, h = c f(v) on full-batch descent, from A and B, at a fraction of 2/B.
template <class F>
void holds_on_runs(const F& f, double c, double A, double B, const std::vector<pc::Vector<double>>& references,
                   const pc::Vector<double>& w0) {
  const auto g = [&](const auto& w) { return c * f.value(w); };
  for (const double fraction : {0.01, 0.5, 0.95}) {
    Settings s{.references = {}, .A = A, .B = B, .step_size = B > 0 ? fraction * 2 / B : fraction, .iterations = 1};
    for (const auto& v : references) s.references.push_back({g(v), (w0 - v).norm()});
    const pc::ProxyConvexityGuarantee guarantee{s};
    runs::holds_on_descent(guarantee, f, g, w0);
    pc::TrajectoryRecorder<double> recorder;
    (void)pc::GD{s.step_size, {.iterations = 100}}.minimize(f, w0, recorder);
    for (std::size_t k = 0; k < references.size(); ++k) {
      for (pc::Index t = 0; t < recorder.points().cols(); ++t) {
        const double distance = (recorder.points().col(t) - references[k]).norm();
        CHECK(distance <= guarantee.radius(s.references[k], t) * (1 + runs::relative) + 1e-15);
      }
    }
  }
}

}  // namespace

TEST_CASE("2.3: the bound is its formula, rounded up, the best over the references") {
  pc::RandomStream stream{pc::Seed{81}};
  for (int i = 0; i < 400; ++i) {
    Settings s = random_settings(stream, i % 2 == 0, i % 3 == 0, 1 + i % 4);
    // up to within 2^-40 of 2/B, where 1 - eta B/2 cancels
    const double fraction = i % 5 == 0 ? 1 - 0x1p-40 : stream.uniform();
    s.step_size = s.B > 0 ? 2 / s.B * fraction : log_uniform(stream, 1e-3, 10);
    s.iterations = 5;
    const pc::ProxyConvexityGuarantee guarantee{s};
    CHECK(guarantee.measured() == pc::Measured::average_iterate);
    CHECK_FALSE(guarantee.expectation());
    for (const pc::Index T : {1, 9, 100'000}) {
      const auto [exact, sizes] = formula(s, s.step_size, static_cast<Exact>(T));
      const Exact bound = guarantee.bound(T);
      CHECK(bound >= exact);
      CHECK(bound <= exact + 0x1p-44 * sizes);
      CHECK(guarantee.bound_with(s.step_size, T) == guarantee.bound(T));
      const auto& [level, distance] = s.references.front();
      const Wide eta = s.step_size;
      const Wide square = Wide(distance) * distance + static_cast<Wide>(T) * (2 * eta * level + eta * eta * Wide(s.A));
      CHECK(guarantee.radius(s.references.front(), T) >= std::sqrt(std::max(0.0L, square)));
    }
  }
}

TEST_CASE("2.3: an accuracy gives the theorem's step, and iterations that reach it without waste") {
  pc::RandomStream stream{pc::Seed{82}};
  for (int i = 0; i < 300; ++i) {
    const bool has_A = i % 3 != 1;
    const bool has_B = i % 3 != 0;  // bounded, proxy-smooth, mixed
    Settings s = random_settings(stream, has_A, has_B, 1 + i % 2);
    s.accuracy = log_uniform(stream, 1e-3, 10);
    const pc::ProxyConvexityGuarantee guarantee{s};
    const double eta = guarantee.step_size();
    const pc::Index T = guarantee.iterations();
    Wide least = std::numeric_limits<Wide>::infinity();
    const Wide left = Wide(s.accuracy) - Wide(eta) * Wide(s.A) / 2;
    double lowest = std::numeric_limits<double>::infinity();
    for (const auto& reference : s.references) lowest = std::min(lowest, reference.level);
    for (const auto& [level, distance] : s.references) {
      const Wide room = Wide(lowest) + left - Wide(level);
      if (room > 0) least = std::min(least, Wide(distance) * distance / (2 * Wide(eta) * room));
    }
    // The least T at which some h + D^2/(2 eta T) + eta A/2 <= min h + epsilon, up to 2^-40 of itself for roundings.
    CHECK(static_cast<Wide>(T) >= least * (1 - 0x1p-40L));
    CHECK(static_cast<Wide>(T) <= std::max(1.0L, std::ceil(least * (1 + 0x1p-40L))));
    const double target = (lowest + s.accuracy) / (1 - eta * s.B / 2);
    const double slack = 0x1p-40 * (std::abs(lowest) + s.accuracy);
    CHECK(guarantee.bound(T) <= target + slack);
    if (T > 2) CHECK(guarantee.bound(T - 2) > target - slack);
    if (s.references.size() > 1) continue;
    const double level = s.references.front().level;
    if (!has_B) {  // bounded: eta = epsilon/G^2, T = ceil(D^2/(eta epsilon)), h + epsilon
      CHECK(eta == Approx(s.accuracy / s.A).epsilon(1e-14));
      const double D = s.references.front().distance;
      CHECK(static_cast<double>(T) <= std::max(1.0, std::ceil(D * D / (eta * s.accuracy) * (1 + 1e-12))));
      CHECK(guarantee.bound(T) <= level + s.accuracy + slack);
    } else if (!has_A && level >= 0) {  // proxy-smooth: (1 + rho)(h + D^2/(2 eta T)), rho = eta B <= 1
      const double rho = eta * s.B;
      CHECK(rho <= 1);
      const double D = s.references.front().distance;
      const double travelled = D * D / (2 * eta * static_cast<double>(T));
      CHECK(guarantee.bound(T) <= (1 + rho) * (level + travelled) * (1 + 1e-12));
    }
  }
  // no noise at all: one step
  CHECK(pc::ProxyConvexityGuarantee{{.references = {{0.0, 3.0}}, .accuracy = 0.1}}.iterations() == 1);
  // Of several references the accuracy is above the lowest level, however near a higher one is.
  const pc::ProxyConvexityGuarantee several{
      {.references = {{0.7, 0.0}, {0.1, 5.0}, {0.15, 3.0}}, .B = 2, .accuracy = 0.1}};
  const double target = (0.1 + 0.1) / (1 - several.step_size());
  CHECK(several.bound(several.iterations()) <= target * (1 + 1e-12));
  CHECK(several.bound(several.iterations() - 1) > target);
}

TEST_CASE("2.3: without a step size, the one with the smallest bound at T") {
  pc::RandomStream stream{pc::Seed{83}};
  for (int i = 0; i < 60; ++i) {
    Settings s = random_settings(stream, i % 3 != 1, i % 3 != 0, 1 + i % 3);
    s.iterations = 1 + stream.below(10'000);
    const pc::ProxyConvexityGuarantee guarantee{s};
    const double ceiling = s.B > 0 ? 2 / s.B : 1e6;
    double best = std::numeric_limits<double>::infinity();
    for (int k = 1; k <= 4000; ++k) {
      const double eta = ceiling * std::pow(10.0, -12.0 * k / 4000);
      if (eta * s.B < 2) best = std::min(best, guarantee.bound_with(eta, s.iterations));
    }
    CHECK(guarantee.bound(s.iterations) <= best + 1e-12 * std::abs(best));
    if (s.B == 0 && s.references.size() == 1) {
      const double exact = s.references.front().distance / std::sqrt(s.A * static_cast<double>(s.iterations));
      CHECK(guarantee.step_size() == Approx(exact).epsilon(1e-5));
    }
  }
  // Two valleys: near and high against far and low. Each reference's valley is searched.
  for (const double far : {3.0, 3.9, 4.1, 30.0}) {
    const Settings s{.references = {{0.3, 0.01}, {0.0, far}}, .A = 1, .iterations = 100};
    const pc::ProxyConvexityGuarantee both{s};
    const double near_only = 0.3 + 0.01 / 10;
    CHECK(both.bound(100) == Approx(std::min(near_only, far / 10)).epsilon(1e-9));
  }
}

TEST_CASE("2.3 holds on every run of gradient descent at every T, against every reference") {
  for (const auto& [d, n] : std::vector<std::pair<pc::Index, pc::Index>>{{3, 12}, {6, 4}}) {
    const pc::LeastSquares f(models::normal_data(d, n, 84));
    const auto w0 = models::normal_vector(d, 85);
    const pc::Vector<double> zero = pc::Vector<double>::Zero(d);
    holds_on_runs(f, 1, 0, 2 * f.smoothness(), {f.minimizer(), zero, w0, models::normal_vector(d, 86)}, w0);
    const pc::LogisticRegression logistic(models::sign_data(d, n, 87));
    const double square = logistic.data().inputs().colwise().squaredNorm().mean();
    holds_on_runs(logistic, 1, 0, 2 * logistic.smoothness(), {zero, w0, models::normal_vector(d, 88)}, w0);
    holds_on_runs(logistic, 1, square, 0, {zero, w0, models::normal_vector(d, 88)}, w0);
  }
  for (const double x : {-20.0, -2.15, 0.5, 3.0}) {  // f >= 0 and L-smooth: f'^2 <= 2 L f, in g = zeta f 2 L/zeta
    const pc::SquarePlusSine<> sine;
    holds_on_runs(sine, sine.quasar_convexity(), 0, 2 * sine.smoothness() / sine.quasar_convexity(), {at(0)}, at(x));
    const pc::SixthRoot<> root;
    holds_on_runs(root, root.quasar_convexity(), 0, 2 * root.smoothness() / root.quasar_convexity(), {at(0)}, at(x));
    const pc::DampedAbsolute<> damped;
    holds_on_runs(damped, 1, 0, 2 * damped.smoothness(), {at(0)}, at(x));
    const double slope = 1 + std::exp(-2.0);  // sup|f'|, at |x| = 2
    holds_on_runs(damped, 1, slope * slope * (1 + 1e-15), 0, {at(0)}, at(x));
    holds_on_runs(damped, 1, slope * slope / 2, damped.smoothness(), {at(0)}, at(x));  // mixed: the mean of both
  }
}

TEST_CASE("2.3 holds in exact expectation: every sample path of tiny problems") {
  const auto compare = [](const auto& f, double A, double B, double shift, const std::vector<double>& references,
                          const std::vector<double>& steps) {
    const auto g = [&](const auto& w) { return f.value(w) - shift; };
    for (const double eta : steps) {
      for (const double start : {-2.0, 0.4, 3.0}) {
        Settings s{.references = {}, .A = A, .B = B, .step_size = eta, .iterations = 6, .stochastic = true};
        for (const double v : references) s.references.push_back({g(at(v)), std::abs(start - v)});
        const pc::ProxyConvexityGuarantee guarantee{s};
        CHECK(guarantee.expectation());
        runs::holds(guarantee, runs::expectations(f, g, at(start), eta, 6));
      }
    }
  };
  struct Problem {
    models::Line f;
    double minimizer;
  };
  const std::vector<Problem> problems{{{{1.0, 2.0}, {0.7, 1.4}}, 0.7},               // interpolation
                                      {{{1.0, -0.5, 2.0}, {0.5, -0.25, 1.0}}, 0.5},  // interpolation
                                      {{{1.0, 2.0}, {1.0, -1.0}}, -0.2},             // noisy
                                      {{{1.0, -0.5, 1.5}, {0.5, 1.0, -1.0}}, (0.5 - 0.5 - 1.5) / 3.5}};
  for (const auto& [f, minimizer] : problems) {
    const auto n = static_cast<double>(f.terms());
    double largest = 0;
    double noise = 0;
    for (std::size_t i = 0; i < f.a.size(); ++i) {
      largest = std::max(largest, f.a[i] * f.a[i]);
      noise += std::pow(f.slope(i, minimizer), 2) / n;
    }
    pc::Vector<double> slope(1);
    f.gradient(at(minimizer), slope);
    REQUIRE(std::abs(slope[0]) < 1e-15);
    const std::vector<double> steps{0.05 / largest, 0.5 / largest, 0.9 / largest};
    // proxy-smooth: E||grad f_z||^2 <= 2 R^2 F
    compare(f, 0, 2 * largest * (1 + 1e-15), 0, {minimizer, 0, 1}, steps);
    // mixed, with g = F - F*: E||grad f_z||^2 <= 2 sigma^2 + 4 R^2 (F - F*)
    const std::vector<double> shorter{0.05 / largest, 0.25 / largest, 0.45 / largest};
    compare(f, 2 * noise * (1 + 1e-15), 4 * largest * (1 + 1e-15), f.value(at(minimizer)), {minimizer}, shorter);
  }
  // bounded: logistic regression, E||grad f_z||^2 <= E x^2, and C R^2 F with C = sup l'^2/l (proxy-smooth)
  pc::Matrix<double> x(1, 3);
  x << 1.0, -0.3, 2.0;
  const pc::LogisticRegression f(pc::Dataset<double>{x, pc::Matrix<double>::Ones(1, 3)});
  compare(f, x.array().square().mean() * (1 + 1e-15), 0, 0, {-1, 0, 2}, {0.1, 1, 10});
  compare(f, 0, 0.40726437758909 * 4, 0, {-1, 0, 2}, {0.1, 0.6, 1.2});
}

TEST_CASE("restricted secant: the recursion, its closed form, and an equality that SGD attains") {
  pc::RandomStream stream{pc::Seed{89}};
  for (int i = 0; i < 200; ++i) {
    pc::RestrictedSecantSettings s{.nu = log_uniform(stream, 1e-2, 10),
                                   .A = i % 2 == 0 ? log_uniform(stream, 1e-3, 10) : 0,
                                   .B = log_uniform(stream, 1e-2, 10),
                                   .distance = log_uniform(stream, 1e-2, 10)};
    s.step_size = std::min(1.9 / s.B, 0.5 / s.nu) * log_uniform(stream, 1e-4, 1);
    const pc::RestrictedSecantGuarantee guarantee{s};
    Wide exact = Wide(s.distance) * s.distance;
    const Wide eta = s.step_size;
    const Wide factor = 1 - 2 * eta * Wide(s.nu) * (1 - eta * Wide(s.B) / 2);
    for (pc::Index T = 1; T <= 2000; ++T) {
      exact = factor * exact + eta * eta * Wide(s.A);
      if (T > 3 && T % 400 != 0) continue;
      CHECK(static_cast<Wide>(guarantee.bound(T)) >= exact * (1 - 1e-18L));
      CHECK(static_cast<Wide>(guarantee.bound(T)) <= exact * (1 + 1e-10L) + 1e-300L);
    }
    CHECK(guarantee.measured() == pc::Measured::last_iterate);
  }
  // a step so short that 1 - c rounds to 1
  const pc::RestrictedSecantGuarantee tiny{{.nu = 1, .A = 2, .distance = 3, .step_size = 1e-20}};
  CHECK(tiny.bound(1'000'000'000'000) == Approx(9 - 9 * 2e-8).epsilon(1e-13));

  // Equal curvature a^2: E|w_{t+1} - w*|^2 is the recursion with equality.
  const models::Line f{{1.5, 1.5, 1.5}, {0.3, 1.2, -0.9}};
  const double minimizer = 0.2 / 1.5;
  double noise = 0;
  for (std::size_t i = 0; i < 3; ++i) noise += std::pow(f.slope(i, minimizer), 2) / 3;
  const auto distance = [&](const auto& w) { return (w[0] - minimizer) * (w[0] - minimizer); };
  for (const double eta : {0.05, 0.3, 0.44}) {
    const pc::RestrictedSecantGuarantee guarantee{
        {.nu = 2.25, .A = noise, .B = 2.25, .distance = 2 - minimizer, .step_size = eta, .stochastic = true}};
    const auto values = runs::expectations(f, distance, at(2), eta, 6);
    runs::holds(guarantee, values);
    for (pc::Index T = 1; T <= 6; ++T) {
      CHECK(guarantee.bound(T) == Approx(values[static_cast<std::size_t>(T)]).epsilon(1e-10));
    }
  }
  // Unequal curvature: <grad F, w - w*> = E a^2 |w - w*|^2, E||grad f_z||^2 <= 2 E a^4 |w - w*|^2 + 2 sigma^2.
  const models::Line unequal{{1.0, 2.0}, {1.0, -1.0}};
  const double nu = 2.5;
  double sigma = 0;
  for (std::size_t i = 0; i < 2; ++i) sigma += std::pow(unequal.slope(i, -0.2), 2) / 2;
  const auto from = [](const auto& w) { return (w[0] + 0.2) * (w[0] + 0.2); };
  const double B = 2 * (1 + 16) / 2.0 / nu;
  for (const double fraction : {0.1, 0.5, 0.9}) {
    const pc::RestrictedSecantGuarantee guarantee{
        {.nu = nu, .A = 2 * sigma, .B = B, .distance = 3.2, .step_size = fraction / B, .stochastic = true}};
    runs::holds(guarantee, runs::expectations(unequal, from, at(3), fraction / B, 6));
  }
  // Full batch on a quadratic: nu = lambda_min, ||grad f||^2 <= (L^2/nu) nu ||w - c||^2.
  const auto quadratic = models::random_quadratic(5, 90);
  const auto w0 = models::normal_vector(5, 91);
  const double modulus = quadratic.pl_modulus();
  const double L = quadratic.smoothness();
  const pc::RestrictedSecantGuarantee guarantee{{.nu = modulus,
                                                 .B = L * L / modulus,
                                                 .distance = (w0 - quadratic.center()).norm(),
                                                 .step_size = modulus / (L * L)}};
  runs::holds_on_descent(
      guarantee, quadratic, [&](const auto& w) { return (w - quadratic.center()).squaredNorm(); }, w0);
}

TEST_CASE("a proxy convexity guarantee refuses what the theorem does not cover, and says why") {
  using Catch::Matchers::ContainsSubstring;
  const double nan = std::nan("");
  const Settings good{.references = {{0.1, 2.0}}, .A = 1, .B = 4, .accuracy = 0.1};
  const auto with = [&](auto change) {
    Settings s = good;
    change(s);
    return s;
  };
  const auto throws = [](Settings s, const std::string& argument) {
    CHECK_THROWS_WITH(pc::ProxyConvexityGuarantee{s}, ContainsSubstring(argument));
    CHECK_THROWS_AS(pc::ProxyConvexityGuarantee{s}, std::invalid_argument);
  };
  CHECK(pc::ProxyConvexityGuarantee{good}.premises().size() == 3);
  CHECK(pc::ProxyConvexityGuarantee{with([](Settings& s) { s.stochastic = true; })}.premises().size() == 4);
  CHECK_THAT(pc::ProxyConvexityGuarantee{with([](Settings& s) { s.A = 1e-9; })}.premises()[1],
             ContainsSubstring("A = 1e-09"));
  throws(with([](Settings& s) { s.references.clear(); }), "references");
  for (const double bad : {nan, HUGE_VAL}) throws(with([&](Settings& s) { s.references[0].level = bad; }), "level");
  for (const double bad : {-1.0, nan, HUGE_VAL}) {
    throws(with([&](Settings& s) { s.references[0].distance = bad; }), "distance");
    throws(with([&](Settings& s) { s.A = bad; }), "A");
    throws(with([&](Settings& s) { s.B = bad; }), "B");
    throws(with([&](Settings& s) { s.step_size = bad; }), "step_size");
    throws(with([&](Settings& s) { s.accuracy = bad; }), "accuracy");
  }
  throws(with([](Settings& s) { s.accuracy = 0; }), "iterations > 0");
  throws(with([](Settings& s) { s.iterations = -1; }), "iterations");
  for (const double eta : {0.5, 0.51}) throws(with([&](Settings& s) { s.step_size = eta; }), "2/B = 0.5");
  throws(with([](Settings& s) { s.step_size = 0.3; }), "eta A/2 < accuracy");
  const pc::ProxyConvexityGuarantee guarantee{good};
  CHECK_THROWS_AS(guarantee.bound(0), std::invalid_argument);
  CHECK_THROWS_AS(guarantee.bound_with(0.5, 1), std::invalid_argument);
  CHECK_THROWS_AS(guarantee.bound_with(0, 1), std::invalid_argument);
  CHECK_THROWS_AS(guarantee.radius({0, 1}, -1), std::invalid_argument);
  const pc::ProxyConvexityGuarantee stochastic{with([](Settings& s) { s.stochastic = true; })};
  CHECK_THROWS_AS(stochastic.radius({0, 1}, 1), std::invalid_argument);

  using Secant = pc::RestrictedSecantGuarantee;
  CHECK_THROWS_AS((Secant{{.nu = 0, .step_size = 0.1}}), std::invalid_argument);
  CHECK_THROWS_AS((Secant{{.nu = 1, .step_size = 0}}), std::invalid_argument);
  CHECK_THROWS_AS((Secant{{.nu = 1, .B = 4, .step_size = 0.5}}), std::invalid_argument);
  CHECK_THROWS_WITH((Secant{{.nu = 1, .step_size = 0.6}}), ContainsSubstring("2 eta nu"));
  CHECK(Secant{{.nu = 3, .distance = 1, .step_size = 1.0 / 6}}.bound(2) < 1e-14);
}
