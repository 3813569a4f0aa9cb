// SPDX-License-Identifier: MIT
#include <proxcvx/core/wider.hpp>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/proxies/neuron_proxy.hpp>
#include <proxcvx/proxies/worst_slope_risk.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/falsify.hpp>

#include "support/catch2.hpp"
#include "support/counts.hpp"

// The gradients of margins against central differences in 50 digits.

namespace pc = proxcvx;

namespace {

using Wide = pc::FiftyDigits;

/// The gradient of value(x), by central differences whose own errors are below 1e-20.
template <class Value> pc::Vector<double> differences(const Value& value, const pc::Vector<double>& x) {
  pc::Vector<Wide> at = x.cast<Wide>();
  pc::Vector<double> slopes(x.size());
  for (pc::Index i = 0; i < x.size(); ++i) {
    const Wide entry = at[i];
    const Wide h = 1e-13;
    at[i] = entry + h;
    const Wide above = value(at);
    at[i] = entry - h;
    const Wide below = value(at);
    at[i] = entry;
    slopes[i] = static_cast<double>(Wide((above - below) / (2 * h)));
  }
  return slopes;
}

void agree(const pc::Vector<double>& exact, const pc::Vector<double>& by_differences) {
  CAPTURE(exact.transpose(), by_differences.transpose());
  CHECK((exact - by_differences).norm() <= 1e-11 * (1 + exact.norm()));
}

template <class S> S scale_free(const pc::Margin<S>& margin) { return S(margin.value / margin.scale); }

template <class Property> void point_gradients(const Property& property, const pc::Vector<double>& w) {
  static_assert(pc::HasMarginGradient<Property>);
  const auto wide = property.template cast<Wide>();
  pc::Vector<double> out(w.size());
  property.margin_gradient(w, out);
  agree(out, differences([&](const auto& x) { return wide.margin(x).value; }, w));
  property.scale_free_gradient(w, out);
  agree(out, differences([&](const auto& x) { return scale_free(wide.margin(x)); }, w));
}

template <class Property>
void pair_gradients(const Property& property, const pc::Vector<double>& w, const pc::Vector<double>& v) {
  static_assert(pc::HasMarginGradient<Property>);
  const auto wide = property.template cast<Wide>();
  const pc::Index p = w.size();
  pc::Vector<double> x(2 * p);
  x << w, v;
  pc::Vector<double> out(2 * p);
  property.margin_gradient(w, v, out.head(p), out.tail(p));
  agree(out, differences([&](const auto& at) { return wide.margin(at.head(p), at.tail(p)).value; }, x));
  property.scale_free_gradient(w, v, out.head(p), out.tail(p));
  agree(out, differences([&](const auto& at) { return scale_free(wide.margin(at.head(p), at.tail(p))); }, x));
}

/// All that offer a gradient, on one objective at random points.
template <class F> void all_of(const F& f) {
  for (std::uint64_t i = 0; i < 10; ++i) {
    pc::RandomStream stream{pc::Seed{12}, i};
    pc::Vector<double> w(f.dimension());
    pc::Vector<double> v(f.dimension());
    stream.fill_normal(w);
    stream.fill_normal(v);
    pair_gradients(pc::convexity(f), w, v);
    pair_gradients(pc::ProxyConvexity{f, pc::Affine{0.7, f, 0.3}, pc::DistanceSquared<double>{w, 0.4}}, w, v);
    point_gradients(pc::restricted_secant(f, v, 0.3), w);
    point_gradients(pc::quasar_convexity(f, v, 0.6), w);
    for (const double alpha : {1.0, 1.5, 2.0, 3.0}) {
      point_gradients(pc::ProxyPL{f, f, {.alpha = alpha, .mu = 0.7, .xi = -0.2}}, w);
    }
  }
}

}  // namespace

TEST_CASE("gradients of margins are those of central differences: functions of a formula") {
  all_of(pc::Rosenbrock<double>(3));
  all_of(pc::Saddle<double>());
}

TEST_CASE("gradients of margins are those of central differences: full-batch growth of functions of a formula") {
  for (std::uint64_t i = 0; i < 10; ++i) {
    pc::RandomStream stream{pc::Seed{14}, i};
    const pc::Rosenbrock<double> f(3);
    pc::Vector<double> w(3);
    stream.fill_normal(w);
    point_gradients(pc::GradientGrowth{f, f, {.A = 0.3, .B = 1.7, .noise = pc::Noise::full_batch}}, w);
    point_gradients(pc::GradientGrowth{f, pc::Affine{-0.1, f, 2.0}, {.B = 1.7, .noise = pc::Noise::full_batch}}, w);
  }
}

namespace {

pc::Dataset<double> labelled(std::uint64_t seed, pc::Index samples) {
  pc::RandomStream stream{pc::Seed{seed}};
  pc::Matrix<double> x(3, samples);
  stream.fill_normal(x);
  pc::Matrix<double> y(1, samples);
  for (double& label : y.reshaped()) label = stream.below(2) == 0 ? 1.0 : -1.0;
  return {x, y};
}

/// The value that comes with a proxy's gradient is its value, and the gradient that of differences.
template <class Proxy> void proxy_gradient(const Proxy& proxy, const pc::Vector<double>& w) {
  pc::Vector<double> out(w.size());
  CHECK(proxy.gradient(w, out) == Approx(proxy.value(w)).epsilon(1e-14));
  agree(out, differences([wide = proxy.template cast<Wide>()](const auto& at) { return wide.value(at); }, w));
}

/// Proxies of networks with this activation; 300 samples are more than a block of them.
template <class A> void network_proxies(const A& activation) {
  const auto data = labelled(16, 300);
  const pc::EmpiricalRisk f{pc::TwoLayer({.inputs = 3, .hidden = 2}, activation), pc::LogisticLoss{}, data};
  pc::RandomStream stream{pc::Seed{17}};
  pc::Vector<double> w(6);
  for (int i = 0; i < (tests::long_run() ? 10 : 1); ++i) {  // fifty digits, unoptimised, take their time
    stream.fill_normal(w);
    proxy_gradient(pc::LossDerivative{f}, w);
    proxy_gradient(pc::WorstSlopeRisk{f}, w);
    proxy_gradient(pc::NeuronProxy{pc::Neuron({.inputs = 3}, activation), data, pc::Vector<double>{w.tail(3)}},
                   w.head(3));
  }
}

}  // namespace

TEST_CASE("gradients of proxies are those of central differences, of smooth and of kinked networks") {
  network_proxies(pc::SmoothLeakyReLU{0.25, 2});
  network_proxies(pc::LeakyReLU{0.25});
}

TEST_CASE("gradients of margins are those of central differences: a smooth network and its proxies") {
  const pc::TwoLayer network({.inputs = 3, .hidden = 2}, pc::SmoothLeakyReLU{0.25, 2});
  const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, labelled(13, 12)};
  pc::RandomStream stream{pc::Seed{18}};
  pc::Vector<double> w(6);
  pc::Vector<double> v(6);
  for (int i = 0; i < (tests::long_run() ? 10 : 2); ++i) {
    stream.fill_normal(w);
    stream.fill_normal(v);
    point_gradients(pc::ProxyPL{f, pc::LossDerivative{f}, {.alpha = 1, .mu = 0.4, .xi = 0.1}}, w);
    pair_gradients(pc::ProxyConvexity{f, f, pc::WorstSlopeRisk{f}}, w, v);
    for (const auto noise : {pc::Noise::single_example, pc::Noise::full_batch}) {
      point_gradients(pc::GradientGrowth{f, f, {.A = 0.01, .B = 0.3, .noise = noise}}, w);
    }
  }
}

TEST_CASE("gradients of margins are those of central differences: growth of a regularised sum") {
  const auto f = 0.5 * (pc::LogisticRegression<double>(labelled(15, 9)) + pc::WeightDecay<double>(3, 0.2));
  pc::RandomStream stream{pc::Seed{19}};
  pc::Vector<double> w(3);
  for (int i = 0; i < 5; ++i) {
    stream.fill_normal(w);
    point_gradients(pc::GradientGrowth{f, f, {.A = 0.01, .B = 0.3}}, w);
  }
}

namespace {

/// x^2/2 and y^2/2 as a finite sum with a Hessian of the whole alone.
struct WholeHessian : pc::Saddle<double> {
  [[nodiscard]] pc::Index terms() const { return 2; }
  using pc::Saddle<double>::gradient;
  double gradient(pc::ConstVectorRef<double> w, std::span<const pc::Index>, pc::VectorRef<double> out) const {
    return pc::Saddle<double>::gradient(w, out);
  }
};

/// A proxy without a gradient.
struct Underivable {
  using Scalar = double;
  [[nodiscard]] pc::Index dimension() const { return 2; }
  [[nodiscard]] double value(pc::ConstVectorRef<double>) const { return 1; }
};

template <class P> constexpr bool has = pc::HasMarginGradient<P>;

}  // namespace

TEST_CASE("a part without derivatives leaves the property without a margin gradient, and falsify with evolution") {
  using F = pc::Saddle<double>;
  STATIC_REQUIRE(has<pc::ProxyConvexity<F, F, F>>);
  STATIC_REQUIRE(pc::AtReference<pc::ProxyConvexity<F, F, F>>::margin_gradient_cost == 6);
  STATIC_REQUIRE_FALSE(has<pc::ProxyConvexity<F, Underivable, F>>);
  STATIC_REQUIRE_FALSE(has<pc::ProxyConvexity<F, F, Underivable>>);
  STATIC_REQUIRE_FALSE(has<pc::AtReference<pc::ProxyConvexity<F, Underivable, F>>>);
  STATIC_REQUIRE_FALSE(has<pc::ProxyPL<F, Underivable>>);
  STATIC_REQUIRE(has<pc::GradientGrowth<F, F>>);
  STATIC_REQUIRE_FALSE(has<pc::GradientGrowth<F, Underivable>>);
  STATIC_REQUIRE_FALSE(has<pc::GradientGrowth<WholeHessian, F>>);
  const auto report = pc::falsify(pc::ProxyPL{F{}, Underivable{}, {.alpha = 2, .mu = 1, .xi = 0}},
                                  pc::Ball<double>(pc::Vector<double>::Zero(2), 1.0));
  CHECK_FALSE(report.gradients);
  CHECK(report.verdict() == pc::Verdict::violated);
}
