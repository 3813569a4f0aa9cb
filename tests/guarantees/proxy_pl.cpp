// SPDX-License-Identifier: MIT
#include <proxcvx/guarantees/proxy_pl.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/objectives/test_functions.hpp>

#include "guarantees/runs.hpp"

// Theory 2.1 and 2.2: formulas against independent arithmetic in long double, and the bound against runs.

namespace pc = proxcvx;
using runs::at;
using runs::log_uniform;
using PLSettings = pc::ProxyPLGuaranteeSettings;

namespace {

using Wide = long double;

/// (2 gap/(eta T) + L eta s^2)^{alpha/2} 2/mu.
Wide excess(const PLSettings& s, Wide eta, Wide T) {
  const Wide squares = 2 * Wide(s.gap) / (eta * T) + Wide(s.smoothness) * eta * Wide(s.variance);
  return 2 / Wide(s.mu) * std::pow(squares, Wide(s.alpha) / 2);
}

PLSettings random_settings(pc::RandomStream& stream, double alpha, bool stochastic) {
  PLSettings s{.alpha = alpha, .mu = log_uniform(stream, 0.1, 10), .xi = stream.uniform(-1, 1)};
  s.smoothness = log_uniform(stream, 0.1, 10);
  s.gap = log_uniform(stream, 1e-2, 1e2);
  if (stochastic) s.variance = log_uniform(stream, 1e-3, 1);
  return s;
}

}  // namespace

TEST_CASE("2.1 and 2.2: the bound is its formula, rounded up") {
  pc::RandomStream stream{pc::Seed{71}};
  for (int i = 0; i < 400; ++i) {
    const bool stochastic = i % 2 == 1;
    const double alpha =
        std::array{0.5, 1.0, 1.7, 2.0, 3.5}[static_cast<std::size_t>(stream.below(stochastic ? 4 : 5))];
    PLSettings s = random_settings(stream, alpha, stochastic);
    s.step_size = stream.uniform() / s.smoothness;
    s.iterations = 10;
    const pc::ProxyPLGuarantee guarantee{s};
    CHECK(guarantee.step_size() == s.step_size);
    CHECK(guarantee.iterations() == 10);
    CHECK(guarantee.expectation() == stochastic);
    CHECK(guarantee.measured() == pc::Measured::best_iterate);
    for (const pc::Index T : {1, 7, 1000, 1'000'000}) {
      const Wide exact = excess(s, s.step_size, static_cast<Wide>(T));
      const Wide bound = guarantee.bound(T);
      CHECK(bound >= s.xi + exact);
      CHECK(bound <= s.xi + exact + 0x1p-44L * (std::abs(s.xi) + exact));
      if (!stochastic) {
        const Wide radius = std::sqrt(2 * Wide(s.step_size) * static_cast<Wide>(T) * Wide(s.gap));
        CHECK(guarantee.radius(T) >= radius);
        CHECK(guarantee.radius(T) <= radius * (1 + 0x1p-44L));
      }
    }
  }
}

TEST_CASE("2.1 and 2.2: an accuracy gives the theorem's step, and iterations that reach it without waste") {
  pc::RandomStream stream{pc::Seed{72}};
  for (int i = 0; i < 400; ++i) {
    const bool stochastic = i % 2 == 1;
    PLSettings s =
        random_settings(stream, std::array{1.0, 1.7, 2.0}[static_cast<std::size_t>(stream.below(3))], stochastic);
    s.accuracy = log_uniform(stream, 1e-2, 10);
    const pc::ProxyPLGuarantee guarantee{s};
    const Wide q = std::pow(Wide(s.mu) * Wide(s.accuracy) / 2, 2 / Wide(s.alpha));
    const Wide longest = 1 / Wide(s.smoothness);
    const Wide step = stochastic ? std::min(longest, q / (2 * Wide(s.smoothness) * Wide(s.variance))) : longest;
    CHECK(guarantee.step_size() == Approx(static_cast<double>(step)).epsilon(1e-14));
    CHECK(Wide(guarantee.step_size()) * Wide(s.smoothness) <= 1);

    const double target = s.xi + s.accuracy;
    const double slack = 0x1p-44 * (std::abs(s.xi) + s.accuracy);
    const pc::Index T = guarantee.iterations();
    CHECK(guarantee.bound(T) <= target + slack);
    // The least T, up to 2^-40 of itself for roundings; never more than the theorem's 4 gap/(eta q).
    const Wide eta = guarantee.step_size();
    const Wide least = 2 * Wide(s.gap) / (eta * (q - Wide(s.smoothness) * eta * Wide(s.variance)));
    CHECK(static_cast<Wide>(T) >= least * (1 - 0x1p-40L));
    CHECK(static_cast<Wide>(T) <= std::max(1.0L, std::ceil(least * (1 + 0x1p-40L))));
    CHECK(static_cast<Wide>(T) <= std::max(1.0L, std::ceil(4 * Wide(s.gap) / (eta * q) * (1 + 0x1p-40L))));
    if (T > 2) CHECK(guarantee.bound(T - 2) > target - slack);
  }
  CHECK(pc::ProxyPLGuarantee{{.smoothness = 1, .gap = 0, .accuracy = 1}}.iterations() == 1);
}

TEST_CASE("2.1, last iterate: the closed form in long double, and its limit at alpha = 2") {
  for (const double alpha : {0.5, 1.0, 1.6, 2.0}) {
    for (const double mu : {0.3, 2.0}) {
      for (const double initial : {1e-9, 0.7, 50.0}) {
        const PLSettings s{.alpha = alpha, .mu = mu, .smoothness = 4, .gap = 1, .step_size = 0.125, .iterations = 1};
        const pc::ProxyPLGuarantee guarantee{s};
        const Wide c = Wide(0.125) / 2 * std::pow(Wide(mu) / 2, 2 / Wide(alpha));
        const Wide q = 2 / Wide(alpha) - 1;
        for (const pc::Index T : {0, 1, 10, 100'000}) {
          const Wide exact = alpha == 2 ? std::pow(1 - c, static_cast<Wide>(T)) * initial
                                        : std::pow(std::pow(Wide(initial), -q) + q * c * static_cast<Wide>(T), -1 / q);
          const Wide bound = guarantee.last_iterate_excess(initial, T);
          CHECK(bound >= exact);
          CHECK(bound <= exact * (1 + 1e-10L) + 1e-300L);
        }
        CHECK(guarantee.last_iterate_excess(0, 3) == 0);
      }
    }
  }
  // q -> 0: (E_0^{-q} + qcT)^{-1/q} -> exp(-cT) E_0, where the formula as it stands cancels.
  const pc::ProxyPLGuarantee nearly{
      {.alpha = 2 - 1e-13, .mu = 2, .smoothness = 4, .gap = 1, .step_size = 0.125, .iterations = 1}};
  CHECK(nearly.last_iterate_excess(3, 100) == Approx(3 * std::exp(-6.25)).epsilon(1e-11));
}

TEST_CASE("2.1 holds on every run of gradient descent at every T") {
  const auto pl = [](const auto& f, double modulus, double minimum, const pc::Vector<double>& w0, double fraction) {
    const double gap = f.value(w0) - minimum;
    const double L = f.smoothness();
    const pc::ProxyPLGuarantee guarantee{{.alpha = 2,
                                          .mu = 4 * modulus,
                                          .xi = minimum,
                                          .smoothness = L,
                                          .gap = gap,
                                          .step_size = fraction / L * (1 - 1e-15),
                                          .iterations = 1}};
    const auto g = [&](const auto& w) { return f.value(w); };
    runs::holds_on_descent(guarantee, f, g, w0);
    pc::TrajectoryRecorder<double> recorder;
    (void)pc::GD{guarantee.step_size(), {.iterations = 100}}.minimize(f, w0, recorder);
    for (pc::Index t = 0; t < recorder.points().cols(); ++t) {
      const double bound = minimum + guarantee.last_iterate_excess(gap, t);
      CHECK(f.value(recorder.points().col(t)) <= bound * (1 + runs::relative));
      CHECK((recorder.points().col(t) - w0).norm() <= guarantee.radius(t) * (1 + runs::relative));
    }
  };
  for (const double fraction : {0.1, 0.5, 1.0}) {
    for (const auto& [d, n] : std::vector<std::pair<pc::Index, pc::Index>>{{3, 12}, {6, 4}}) {  // also rank-deficient
      const pc::LeastSquares noisy(models::normal_data(d, n, 73));
      pl(noisy, noisy.pl_modulus(), d < n ? noisy.minimum() : 0, models::normal_vector(d, 74), fraction);
    }
    const pc::SquarePlusSine<> f;
    for (const double x : {-30.0, -2.2017, 0.01, 1.4, 7.0}) {
      pl(f, f.pl_modulus(), 0, at(x), fraction);
      pl(f, 1.0 / 32, 0, at(x), fraction);
    }
  }
}

TEST_CASE("2.1 with alpha < 2: |x|^p is an equality, and its runs keep both bounds") {
  for (const double p : {2.5, 3.0, 4.0}) {
    const pc::AbsolutePower<> f{p};
    for (const double x : {-1.5, 0.3}) {
      const double gap = f.value(at(x));
      const double L = p * (p - 1) * std::pow(std::abs(x), p - 2) * (1 + 1e-12);  // on [-|x|, |x|], which runs stay in
      const pc::ProxyPLGuarantee guarantee{{.alpha = p / (p - 1),
                                            .mu = 2 * std::pow(p, p / (p - 1)) * (1 - 1e-14),
                                            .xi = 0,
                                            .smoothness = L,
                                            .gap = gap,
                                            .iterations = 1}};
      runs::holds_on_descent(
          guarantee, f, [&](const auto& w) { return f.value(w); }, at(x));
      pc::ValueRecorder recorder;
      (void)pc::GD{guarantee.step_size(), {.iterations = 300}}.minimize(f, at(x), recorder);
      for (std::size_t t = 0; t < 300; ++t) {
        CHECK(recorder.values()[t] <= guarantee.last_iterate_excess(gap, static_cast<pc::Index>(t)) * (1 + 1e-12));
      }
    }
  }
}

TEST_CASE("2.2 holds in exact expectation: every sample path of tiny problems") {
  // Equal curvature a^2: the variance of the gradient is a^2 Var(b) everywhere, m = L = a^2.
  for (const std::vector<double>& b : {std::vector{1.0, -0.5}, std::vector{0.3, 2.0, -1.0}, std::vector{0.7, 0.7}}) {
    const double a = 1.3;
    const models::Line f{std::vector<double>(b.size(), a), b};
    double mean = 0;
    double squares = 0;
    for (const double y : b) mean += y / static_cast<double>(b.size());
    for (const double y : b) squares += (y - mean) * (y - mean) / static_cast<double>(b.size());
    for (const double fraction : {0.2, 0.6, 1.0}) {
      for (const double start : {-2.0, 0.5, 4.0}) {
        const pc::ProxyPLGuarantee guarantee{{.alpha = 2,
                                              .mu = 4 * a * a * (1 - 1e-15),
                                              .xi = squares / 2,
                                              .smoothness = a * a,
                                              .gap = f.value(at(start)) - squares / 2,
                                              .variance = a * a * squares,
                                              .step_size = fraction / (a * a) * (1 - 1e-15),
                                              .iterations = 6}};
        const auto g = [&](const auto& w) { return f.value(w); };
        const auto values = runs::expectations(f, g, at(start), guarantee.step_size(), 6);
        runs::holds(guarantee, values);
        // (E F(w_T) - F*) = (1 - eta a^2)^{2T} gap + noise exactly: what the enumeration must reproduce
        const double rho = std::pow(1 - guarantee.step_size() * a * a, 2);
        const double noise = guarantee.step_size() * guarantee.step_size() * a * a * squares;
        double error = 2 * (values[0] - squares / 2) / (a * a);
        for (std::size_t t = 0; t < values.size(); ++t, error = rho * error + noise) {
          CHECK(std::abs(values[t] - (a * a / 2 * error + squares / 2)) <= 1e-13 * values[0]);
        }
      }
    }
  }
  // Logistic regression in one dimension with margins x_i >= m_0: |F'| >= m_0 G, G = E[-l'], alpha = 1.
  pc::Matrix<double> x(1, 3);
  x << 0.5, 1.0, 2.0;
  const pc::LogisticRegression f(pc::Dataset<double>{x, pc::Matrix<double>::Ones(1, 3)});
  const auto g = [&](const auto& w) { return (1 / (1 + (w[0] * x.array()).exp())).mean(); };
  for (const double start : {-3.0, 0.0, 1.0}) {
    for (const double fraction : {0.1, 1.0}) {
      const pc::ProxyPLGuarantee guarantee{{.alpha = 1,
                                            .mu = 2 * 0.5,
                                            .smoothness = f.smoothness(),
                                            .gap = f.value(at(start)),
                                            .variance = x.array().square().mean(),
                                            .step_size = fraction / f.smoothness() * (1 - 1e-15),
                                            .iterations = 6}};
      runs::holds(guarantee, runs::expectations(f, g, at(start), guarantee.step_size(), 6));
    }
  }
}

TEST_CASE("a proxy PL guarantee refuses what the theorem does not cover, and says why") {
  using Catch::Matchers::ContainsSubstring;
  const auto throws = [](PLSettings s, const std::string& argument) {
    CHECK_THROWS_WITH(pc::ProxyPLGuarantee{s}, ContainsSubstring(argument));
    CHECK_THROWS_AS(pc::ProxyPLGuarantee{s}, std::invalid_argument);
  };
  const PLSettings good{.smoothness = 2, .gap = 1, .accuracy = 0.1};
  const double nan = std::nan("");
  const auto with = [&](auto change) {
    PLSettings s = good;
    change(s);
    return s;
  };
  CHECK(pc::ProxyPLGuarantee{good}.iterations() >= 1);
  throws(with([](PLSettings& s) { s.smoothness = HUGE_VAL; }), "kinked activation");
  for (const double bad : {0.0, -1.0, nan, HUGE_VAL}) {
    throws(with([&](PLSettings& s) { s.smoothness = bad; }), "smoothness");
    throws(with([&](PLSettings& s) { s.alpha = bad; }), "alpha");
    throws(with([&](PLSettings& s) { s.mu = bad; }), "mu");
  }
  for (const double bad : {-1.0, nan, HUGE_VAL}) {
    throws(with([&](PLSettings& s) { s.gap = bad; }), "gap");
    throws(with([&](PLSettings& s) { s.variance = bad; }), "variance");
    throws(with([&](PLSettings& s) { s.step_size = bad; }), "step_size");
    throws(with([&](PLSettings& s) { s.accuracy = bad; }), "accuracy");
  }
  throws(with([&](PLSettings& s) { s.xi = nan; }), "xi");
  throws(with([](PLSettings& s) { s.step_size = 0.5000001; }), "1/L = 0.5");
  throws(with([](PLSettings& s) { s.alpha = 2.1, s.variance = 0.1; }), "at most 2 for SGD");
  throws(with([](PLSettings& s) { s.accuracy = 0; }), "iterations > 0");
  throws(with([](PLSettings& s) { s.iterations = -1; }), "iterations");
  throws(with([](PLSettings& s) { s.variance = 1, s.step_size = 0.5; }), "L eta s^2");
  throws(with([](PLSettings& s) { s.accuracy = 1e-30; }), "2^62 iterations");
  const pc::ProxyPLGuarantee stochastic{with([](PLSettings& s) { s.variance = 1; })};
  CHECK_THROWS_AS(stochastic.radius(1), std::invalid_argument);
  CHECK_THROWS_AS(stochastic.last_iterate_excess(1, 1), std::invalid_argument);
  CHECK_THROWS_AS(stochastic.bound(0), std::invalid_argument);
  CHECK(stochastic.premises().size() == 4);
  CHECK_THAT(stochastic.premises().back(), ContainsSubstring("with replacement"));
  const pc::ProxyPLGuarantee cubic{with([](PLSettings& s) { s.alpha = 3; })};  // fine for full-batch descent
  CHECK_THROWS_AS(cubic.last_iterate_excess(1, 1), std::invalid_argument);
}
