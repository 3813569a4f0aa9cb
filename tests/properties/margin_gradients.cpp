// SPDX-License-Identifier: MIT
#include <proxcvx/core/wider.hpp>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>

#include "support/catch2.hpp"

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

TEST_CASE("gradients of margins are those of central differences: a smooth network and its loss derivative") {
  pc::RandomStream stream{pc::Seed{13}};
  pc::Matrix<double> x(3, 300);
  stream.fill_normal(x);
  pc::Matrix<double> y(1, 300);
  for (double& label : y.reshaped()) label = stream.below(2) == 0 ? 1.0 : -1.0;
  const pc::TwoLayer network({.inputs = 3, .hidden = 2}, pc::SmoothLeakyReLU{0.3, 2});
  const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, pc::Dataset<double>(x, y)};
  const pc::LossDerivative G{f};
  pc::Vector<double> w(6);
  pc::Vector<double> out(6);
  for (int i = 0; i < 10; ++i) {
    stream.fill_normal(w);
    CHECK(G.gradient(w, out) == Approx(G.value(w)).epsilon(1e-14));
    agree(out, differences([wide = G.cast<Wide>()](const auto& at) { return wide.value(at); }, w));
    point_gradients(pc::ProxyPL{f, G, {.alpha = 1, .mu = 0.4, .xi = 0.1}}, w);
  }
}
