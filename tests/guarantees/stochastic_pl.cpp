// SPDX-License-Identifier: MIT
#include <proxcvx/guarantees/stochastic_pl.hpp>
#include <proxcvx/optimize/step_sizes.hpp>

#include "guarantees/runs.hpp"

// Theory 2.4, PL: both bounds lie above the recursion that they solve, and above exact expectations.

namespace stochastic_pl {

namespace pc = proxcvx;
using Settings = pc::StochasticPLSettings;
using Wide = long double;

/// Delta_0, Delta_1, ... of Delta_{t+1} = (1 - m eta_t) Delta_t + L^2 eta_t^2 f*.
template <class Steps> std::vector<Wide> recursion(const Settings& s, const Steps& steps, pc::Index T) {
  std::vector<Wide> deltas{static_cast<Wide>(s.gap)};
  for (pc::Index t = 0; t < T; ++t) {
    const Wide eta = steps(t);
    deltas.push_back((1 - s.modulus * eta) * deltas.back() + Wide(s.smoothness) * s.smoothness * eta * eta * s.minimum);
  }
  return deltas;
}

Settings random_settings(pc::RandomStream& stream) {
  Settings s{.smoothness = runs::log_uniform(stream, 0.1, 10)};
  s.modulus = s.smoothness * runs::log_uniform(stream, 0.05, 1);
  s.minimum = stream.below(3) == 0 ? 0 : runs::log_uniform(stream, 1e-3, 10);
  s.gap = stream.below(8) == 0 ? 0 : runs::log_uniform(stream, 1e-3, 10);
  s.iterations = 10;
  return s;
}

TEST_CASE("2.4, PL: the formulas, and that they lie above the recursion") {
  pc::RandomStream stream{pc::Seed{243}};
  for (int i = 0; i < 200; ++i) {
    Settings s = random_settings(stream);
    const double longest = s.modulus / (s.smoothness * s.smoothness);
    s.step_size = longest * stream.uniform() * (1 - 1e-15);
    const pc::StochasticPLGuarantee constant{s};
    const auto same = [&](pc::Index) { return s.step_size; };
    const auto deltas = recursion(s, same, 300);
    const Wide floor = Wide(s.smoothness) * s.smoothness * s.step_size * s.minimum / s.modulus;
    for (const pc::Index T : {0, 1, 30, 300}) {
      const Wide exact = std::pow(1 - Wide(s.modulus) * s.step_size, static_cast<Wide>(T)) * s.gap + floor;
      CHECK(constant.excess(T) >= exact);
      const Wide exponent = -std::log1p(-Wide(s.modulus) * s.step_size) * static_cast<Wide>(T);  // rounded up, in exp
      CHECK(constant.excess(T) <= exact * (1 + 1e-13L * (1 + exponent)) + 1e-300L);
      CHECK(constant.excess(T) >= deltas[static_cast<std::size_t>(T)]);
      if (T > 0) CHECK(constant.bound(T) >= s.minimum + exact);
    }
    s.step_size = 0;
    s.offset =
        i % 2 == 0 ? 0 : 2 * (s.smoothness / s.modulus) * (s.smoothness / s.modulus) * (1 + 3 * stream.uniform());
    const pc::DecreasingStepPLGuarantee decreasing{s};
    const pc::InverseStep steps{s.modulus, 2, decreasing.offset()};
    const auto falling = recursion(s, steps, 300);
    for (pc::Index T = 0; T <= 300; ++T) {
      CHECK(decreasing.step_size(T) == Approx(steps(T)).epsilon(1e-15));
      CHECK(decreasing.excess(T) >= falling[static_cast<std::size_t>(T)]);
    }
    const Wide condition = Wide(s.smoothness) / s.modulus;
    const Wide top = std::max(Wide(decreasing.offset()) * s.gap, 4 * condition * condition * s.minimum);
    const Wide exact = top / (100 + Wide(decreasing.offset()));
    CHECK(decreasing.excess(100) >= exact);
    CHECK(decreasing.excess(100) <= exact * (1 + 1e-12L) + 1e-300L);
    CHECK(std::isnan(decreasing.step_size()));
  }
}

TEST_CASE("2.4, PL: an accuracy gives steps and the least number of iterations that reach it") {
  pc::RandomStream stream{pc::Seed{244}};
  for (int i = 0; i < 200; ++i) {
    Settings s = random_settings(stream);
    s.iterations = 0;
    s.accuracy = runs::log_uniform(stream, 1e-3, 1);
    const pc::StochasticPLGuarantee constant{s};
    CHECK(constant.excess(constant.iterations()) <= s.accuracy * (1 + 1e-12));
    if (constant.iterations() > 2) CHECK(constant.excess(constant.iterations() - 2) > s.accuracy);
    const pc::DecreasingStepPLGuarantee decreasing{s};
    CHECK(decreasing.excess(decreasing.iterations()) <= s.accuracy * (1 + 1e-12));
    if (decreasing.iterations() > 2) CHECK(decreasing.excess(decreasing.iterations() - 2) > s.accuracy);
    if (s.minimum == 0) CHECK(constant.noise_level() == 0);
  }
}

TEST_CASE("2.4, PL holds in exact expectation: every sample path of tiny problems") {
  struct Problem {
    models::Line f;
    double minimizer;
  };
  const std::vector<Problem> problems{{{{1.0, 0.7}, {1.0, -0.5}}, 0},                  // noisy
                                      {{{1.0, -0.5, 0.8}, {0.3, 2.0, -1.0}}, 0},       // noisier
                                      {{{1.0, 0.6, -0.9}, {0.7, 0.42, -0.63}}, 0.7}};  // w = 0.7 fits all
  for (const Problem& problem : problems) {
    const models::Line& f = problem.f;
    double squares = 0;
    double products = 0;
    double largest = 0;
    for (std::size_t i = 0; i < f.a.size(); ++i) {
      squares += f.a[i] * f.a[i] / static_cast<double>(f.a.size());
      products += f.a[i] * f.b[i] / static_cast<double>(f.a.size());
      largest = std::max(largest, f.a[i] * f.a[i]);
    }
    const bool interpolates = problem.minimizer != 0;
    const double minimizer = products / squares;
    if (interpolates) CHECK(minimizer == Approx(problem.minimizer));
    const double minimum = interpolates ? 0 : f.value(runs::at(minimizer));
    for (const double start : {-2.0, 0.5, 4.0}) {
      Settings s{.modulus = squares * (1 - 1e-15), .smoothness = largest * (1 + 1e-15), .minimum = minimum};
      s.gap = f.value(runs::at(start)) - minimum;
      s.iterations = 6;
      const auto g = [&](const auto& w) { return f.value(w); };
      const pc::DecreasingStepPLGuarantee decreasing{s};
      const pc::InverseStep steps{s.modulus, 2, decreasing.offset()};
      runs::holds(decreasing, runs::expectations(f, g, runs::at(start), steps, 6));
      for (const double fraction : {0.2, 1.0}) {
        s.step_size = fraction * s.modulus / (s.smoothness * s.smoothness) * (1 - 1e-15);
        const pc::StochasticPLGuarantee constant{s};
        CHECK_THAT(constant.theorem(), Catch::Matchers::ContainsSubstring(interpolates ? "interpolation" : "PL, SGD"));
        runs::holds(constant, runs::expectations(f, g, runs::at(start), s.step_size, 6));
      }
    }
  }
}

TEST_CASE("SGD on a PL function refuses what the theorem does not cover, and says why") {
  using Catch::Matchers::ContainsSubstring;
  const Settings good{.modulus = 1, .smoothness = 2, .minimum = 0.5, .gap = 1, .iterations = 10};
  const auto throws = [&](auto change, const std::string& argument, bool both = true) {
    Settings s = good;
    change(s);
    CHECK_THROWS_WITH(pc::StochasticPLGuarantee{s}, ContainsSubstring(argument));
    if (both) CHECK_THROWS_WITH(pc::DecreasingStepPLGuarantee{s}, ContainsSubstring(argument));
  };
  const double nan = std::nan("");
  for (const double bad : {0.0, -1.0, nan, HUGE_VAL}) {
    throws([&](Settings& s) { s.modulus = bad; }, "modulus");
    throws([&](Settings& s) { s.smoothness = bad; }, "smoothness");
  }
  for (const double bad : {-1.0, nan, HUGE_VAL}) {
    throws([&](Settings& s) { s.minimum = bad; }, "minimum");
    throws([&](Settings& s) { s.gap = bad; }, "gap");
    throws([&](Settings& s) { s.accuracy = bad; }, "accuracy");
    throws([&](Settings& s) { s.step_size = bad; }, "step_size");
    throws([&](Settings& s) { s.offset = bad; }, "offset");
  }
  throws([](Settings& s) { s.modulus = 2.1; }, "as PL implies");
  throws([](Settings& s) { s.iterations = 0; }, "iterations > 0");
  throws([](Settings& s) { s.iterations = -1; }, "iterations");
  throws([](Settings& s) { s.step_size = 0.2500001; }, "m/L^2 = 0.25", false);
  throws([](Settings& s) { s.offset = 9; }, "0 for a constant step", false);
  throws([](Settings& s) { s.iterations = 0, s.accuracy = 0.4, s.step_size = 0.25; }, "L^2 eta f*/m", false);
  CHECK_THROWS_WITH((pc::DecreasingStepPLGuarantee{{.modulus = 1, .smoothness = 2, .offset = 7.9, .iterations = 1}}),
                    ContainsSubstring("2 L^2/m^2 = 8"));
  CHECK_THROWS_WITH((pc::DecreasingStepPLGuarantee{{.modulus = 1, .smoothness = 2, .step_size = 1, .iterations = 1}}),
                    ContainsSubstring("decreasing"));
  CHECK_THROWS_AS(pc::StochasticPLGuarantee{good}.bound(0), std::invalid_argument);
  CHECK_THROWS_AS(pc::DecreasingStepPLGuarantee{good}.bound(0), std::invalid_argument);
  CHECK(pc::StochasticPLGuarantee{good}.premises().size() == 5);
}

}  // namespace stochastic_pl
