// SPDX-License-Identifier: MIT
#include <proxcvx/guarantees/unbounded_gradients.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/hoelder_loss.hpp>

#include "guarantees/runs.hpp"

// Theory 2.4: the recursion against its closed product in long double, and the bound against exact expectations.

namespace unbounded {

namespace pc = proxcvx;
using Settings = pc::UnboundedGradientsSettings;
using Wide = long double;

inline constexpr std::array orders{0.25, 0.5, 0.75, 1.0};

/// L^2 ((1+a)/a)^a/(1+a).
Wide noise_constant(Wide a, Wide L) { return L * L * std::pow((1 + a) / a, a) / (1 + a); }

/// (A_0 + r) prod (1 + a c eta_t^{1+a}) - r, r = (1-a)/a: the recursion, solved.
template <class Steps> Wide level(const Settings& s, const Steps& steps, pc::Index T) {
  const Wide a = s.a;
  const Wide rest = (1 - a) / a;
  Wide product = 1;
  for (pc::Index t = 0; t < T; ++t) {
    product *= 1 + a * noise_constant(a, s.L) * std::pow(static_cast<Wide>(steps(t)), 1 + a);
  }
  return (s.initial + rest) * product - rest;
}

/// Just above, by no more than 1e-8 relatively.
void is_just_above(double bound, Wide exact) {
  CHECK(bound >= exact);
  CHECK(bound <= exact * (1 + 1e-8L) + 1e-300L);
}

TEST_CASE("2.4: the self-bounding constant, and what it is for a = 1") {
  for (const double a : orders) {
    for (const double L : {1e-3, 1.0, 40.0}) {
      is_just_above(pc::self_bounding_constant(a, L),
                    std::pow((1 + Wide(a)) / a, Wide(a) / (1 + Wide(a))) * std::pow(Wide(L), 1 / (1 + Wide(a))));
    }
  }
  CHECK(pc::self_bounding_constant(1, 8) == Approx(4).epsilon(1e-14));  // ||grad||^2 <= 2 L f, an equality for L w^2/2
}

TEST_CASE("2.4: the recursion is its closed product, rounded up, and the bound divides by the sum of steps") {
  pc::RandomStream stream{pc::Seed{241}};
  for (const double a : orders) {
    for (int i = 0; i < 12; ++i) {
      Settings s{.a = a, .L = runs::log_uniform(stream, 0.1, 10), .initial = runs::log_uniform(stream, 0.01, 10)};
      s.minimum = stream.below(2) == 0 ? 0 : s.initial * stream.uniform();
      s.iterations = 1 + stream.below(400);
      const double first = runs::log_uniform(stream, 0.01, 1) / s.L;
      const double theta = stream.uniform(0, 1);
      const auto steps = [&](pc::Index t) {
        return first * std::pow(static_cast<double>(t) + 1, -theta) * (t % 3 == 1 ? 0.5 : 1);
      };
      const pc::UnboundedGradientsGuarantee guarantee{s, steps};
      CHECK(guarantee.expectation());
      CHECK(std::isnan(guarantee.step_size()));
      for (const pc::Index T : {pc::Index{1}, pc::Index{63}, pc::Index{64}, s.iterations, s.iterations + 70}) {
        Wide travelled = 0;
        for (pc::Index t = 0; t < T; ++t) travelled += steps(t);
        is_just_above(guarantee.value_bound(T), level(s, steps, T));
        is_just_above(guarantee.bound(T), (level(s, steps, T) - s.minimum) / travelled);
      }
      CHECK(guarantee.value_bound(0) == s.initial);
      // a constant step is the same recursion
      s.step_size = first;
      const pc::UnboundedGradientsGuarantee constant{s};
      const auto same = [&](pc::Index) { return first; };
      for (const pc::Index T : {1, 10, 500}) {
        is_just_above(constant.value_bound(T), level(s, same, T));
        is_just_above(constant.bound(T), (level(s, same, T) - s.minimum) / (static_cast<Wide>(first) * T));
      }
    }
  }
}

TEST_CASE("2.4: an accuracy gives iterations that reach it; with a given step the least such number") {
  for (const double a : orders) {
    for (const double accuracy : {3.0, 0.3}) {
      const pc::UnboundedGradientsGuarantee guarantee{{.a = a, .L = 2, .initial = 1.5, .accuracy = accuracy}};
      const pc::Index T = guarantee.iterations();
      CHECK(guarantee.bound(T) <= accuracy * (1 + 1e-12));
      // (a c T) eta^{1+a} = 1: the values stay below e (A_0 + r) - r
      CHECK(static_cast<Wide>(a) * noise_constant(a, 2) * T * std::pow(Wide(guarantee.step_size()), 1 + Wide(a)) ==
            Approx(1).epsilon(1e-9));
      const Settings given{
          .a = a, .L = 2, .initial = 1.5, .accuracy = accuracy, .step_size = guarantee.step_size() / 2};
      const pc::UnboundedGradientsGuarantee shorter{given};
      CHECK(shorter.bound(shorter.iterations()) <= accuracy);
      if (shorter.iterations() > 1) CHECK(shorter.bound(shorter.iterations() - 1) > accuracy);
    }
  }
}

TEST_CASE("2.4: which powers of t make f(w_t) converge and its gradient vanish, by blocks of the series") {
  const auto block = [](double exponent, int k) {  // sum of t^{-exponent} over [2^k, 2^{k+1})
    double sum = 0;
    for (int t = 1 << k; t < 2 << k; ++t) sum += std::pow(t, -exponent);
    return sum;
  };
  for (const double a : orders) {
    for (const double theta : {0.3, 0.52, 0.6, 0.7, 0.85, 0.99, 1.2}) {
      const bool squares_fall = block(theta * (1 + a), 14) < 0.999 * block(theta * (1 + a), 13);
      const bool steps_stay = block(theta, 14) > 0.999 * block(theta, 13);
      CHECK(pc::value_converges(theta, a) == squares_fall);
      CHECK(pc::gradient_vanishes(theta, a) == (squares_fall && steps_stay));
    }
    CHECK_FALSE(pc::value_converges(1 / (1 + a), a));
    CHECK(pc::gradient_vanishes(1, a));
  }
}

TEST_CASE("2.4 holds in exact expectation: every sample path of tiny problems, with any steps") {
  pc::RandomStream stream{pc::Seed{242}};
  const auto examine = [&](const auto& f, double a, double L) {
    for (int i = 0; i < 6; ++i) {
      const pc::Vector<double> w0 = runs::at(stream.uniform(-4, 4));
      const double first = runs::log_uniform(stream, 0.03, 1) / L;
      const double theta = stream.uniform(0, 1);
      const auto steps = [first, theta](pc::Index t) {
        return first * std::pow(static_cast<double>(t) + 1, -theta) * (t == 2 ? 3 : 1);
      };
      const pc::UnboundedGradientsGuarantee guarantee{{.a = a, .L = L, .initial = f.value(w0), .iterations = 7}, steps};
      const auto squares = [&](const auto& w) {
        pc::Vector<double> slope(1);
        f.gradient(w, slope);
        return slope.squaredNorm();
      };
      runs::holds(guarantee, runs::expectations(f, squares, w0, steps, 7));
      const auto values = runs::expectations(
          f, [&](const auto& w) { return f.value(w); }, w0, steps, 7);
      for (std::size_t t = 0; t < values.size(); ++t) {
        CHECK(values[t] <= guarantee.value_bound(static_cast<pc::Index>(t)) * (1 + runs::relative));
      }
    }
  };
  pc::Matrix<double> x(1, 2);
  pc::Matrix<double> y(1, 2);
  x << 1, -0.6;
  y << 0.8, 0.9;
  const pc::Dataset<double> data{x, y};
  for (const double a : orders) {
    const pc::HoelderLoss loss{a};
    // |(1+a)|r|^a sign r - ...| <= (1+a) 2^{1-a} |r - s|^a, times |x|^{1+a} <= 1
    examine(pc::EmpiricalRisk{pc::Neuron{{.inputs = 1}, pc::Identity{}}, loss, data}, a,
            (1 + a) * std::pow(2, 1 - a) * (1 + 1e-15));
  }
  // |d/dz (s - y) s'| <= 1/16 + |s - y|/(6 sqrt 3), |s - y| <= 0.9
  examine(pc::EmpiricalRisk{pc::Neuron{{.inputs = 1}, pc::Sigmoid{}}, pc::SquaredLoss{}, data}, 1,
          1.0 / 16 + 0.9 * 0.0962250449);
}

TEST_CASE("SGD without bounded gradients refuses what the theorem does not cover, and says why") {
  using Catch::Matchers::ContainsSubstring;
  const Settings good{.L = 2, .initial = 1, .iterations = 10};
  const auto throws = [&](auto change, const std::string& argument) {
    Settings s = good;
    change(s);
    CHECK_THROWS_WITH(pc::UnboundedGradientsGuarantee{s}, ContainsSubstring(argument));
    CHECK_THROWS_AS(pc::UnboundedGradientsGuarantee{s}, std::invalid_argument);
  };
  const double nan = std::nan("");
  for (const double bad : {0.0, -0.5, 1.01, nan}) throws([&](Settings& s) { s.a = bad; }, "a: expected");
  for (const double bad : {0.0, -1.0, nan, HUGE_VAL}) throws([&](Settings& s) { s.L = bad; }, "Hoelder gradients");
  for (const double bad : {-1.0, nan, HUGE_VAL}) {
    throws([&](Settings& s) { s.initial = bad; }, "initial");
    throws([&](Settings& s) { s.minimum = bad; }, "minimum");
    throws([&](Settings& s) { s.step_size = bad; }, "step_size");
    throws([&](Settings& s) { s.accuracy = bad; }, "accuracy");
  }
  throws([](Settings& s) { s.minimum = 1.5; }, "at least the minimum, 1.5");
  throws([](Settings& s) { s.iterations = 0; }, "iterations > 0");
  throws([](Settings& s) { s.iterations = -1; }, "iterations");
  throws([](Settings& s) { s.accuracy = 1e-9, s.step_size = 1, s.iterations = 0; }, "small enough for the accuracy");
  const auto halving = [](pc::Index t) { return t < 5 ? 1.0 : 0.0; };
  CHECK_THROWS_WITH((pc::UnboundedGradientsGuarantee{good, halving}), ContainsSubstring("at t = 5"));
  const auto one = [](pc::Index) { return 1.0; };
  CHECK_THROWS_WITH((pc::UnboundedGradientsGuarantee{{.L = 2, .initial = 1, .step_size = 1, .iterations = 3}, one}),
                    ContainsSubstring("sequence of steps"));
  CHECK_THROWS_WITH((pc::UnboundedGradientsGuarantee{{.L = 2, .initial = 1, .accuracy = 1, .iterations = 3}, one}),
                    ContainsSubstring("sequence of steps"));
  CHECK_THROWS_WITH((pc::UnboundedGradientsGuarantee{{.L = 2, .initial = 1}, one}), ContainsSubstring("iterations"));
  CHECK_THROWS_AS(pc::UnboundedGradientsGuarantee{good}.bound(0), std::invalid_argument);
  CHECK_THROWS_AS(pc::UnboundedGradientsGuarantee{good}.value_bound(-1), std::invalid_argument);
  CHECK_THAT(pc::UnboundedGradientsGuarantee{good}.premises()[1], ContainsSubstring("with replacement"));
}

}  // namespace unbounded
