// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/proxies/distance_squared.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/proxies/neuron_proxy.hpp>
#include <proxcvx/proxies/worst_slope_risk.hpp>

#include "planted/claims.hpp"

// Data, risks and claims that the rows of theory.md are built from, in any scalar.

namespace theory {

namespace pc = proxcvx;
using planted::affine;
using planted::AnyFunction;
using planted::Count;
using planted::PairClaim;
using planted::PointClaim;
using planted::proxy_convex;
using planted::times;
using planted::Where;

template <class S> using Network = pc::EmpiricalRisk<pc::TwoLayer<pc::LeakyReLU, S>, pc::LogisticLoss>;
template <class S> using Neuron = pc::EmpiricalRisk<pc::Neuron<pc::LeakyReLU, S>, pc::SquaredLoss>;
inline constexpr double a_bit_less = 1 - 0x1p-48;  // lower constants are rounded down, upper ones up
inline constexpr double a_bit_more = 1 + 0x1p-48;

/// Entries that are multiples of 1/8: exact in every scalar.
template <class S> pc::Matrix<S> dyadic(pc::Index rows, pc::Index columns, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{41}, seed};
  pc::Matrix<S> x(rows, columns);
  for (S& entry : x.reshaped()) entry = static_cast<S>(std::round(8 * stream.normal()) / 8);
  return x;
}
template <class S> pc::Matrix<S> signs(pc::Index columns) {
  pc::Matrix<S> y(1, columns);
  for (pc::Index i = 0; i < columns; ++i) y(0, i) = i % 3 == 0 ? S(-1) : S(1);
  return y;
}
template <class S> pc::Dataset<S> one_sample(double x, double y) {
  return {pc::Matrix<S>::Constant(1, 1, S(x)), pc::Matrix<S>::Constant(1, 1, S(y))};
}
template <class S> Network<S> network(const pc::Dataset<S>& data, pc::Index hidden, const pc::LeakyReLU& s) {
  return {pc::TwoLayer<pc::LeakyReLU, S>({.inputs = data.dimension(), .hidden = hidden}, s), pc::LogisticLoss{}, data};
}
template <class S> Neuron<S> neuron(const pc::Dataset<S>& data, const pc::LeakyReLU& s) {
  return {pc::Neuron<pc::LeakyReLU, S>({.inputs = data.dimension()}, s), pc::SquaredLoss{}, data};
}
/// R^2.
template <class S> double radius_squared(const pc::Matrix<S>& x) {
  return x.template cast<double>().colwise().squaredNorm().maxCoeff() * a_bit_more;
}

template <class S>
PointClaim<S> growth(const AnyFunction<S>& f, const AnyFunction<S>& g, double A, double B, pc::Noise noise) {
  return pc::GradientGrowth<AnyFunction<S>, AnyFunction<S>>(f, g, {.A = A, .B = B, .noise = noise});
}
template <class S>
PointClaim<S> proxy_pl(const AnyFunction<S>& f, const AnyFunction<S>& g, const pc::ProxyPLConstants& constants) {
  return pc::ProxyPL<AnyFunction<S>, AnyFunction<S>>(f, g, constants);
}
template <class S> PointClaim<S> at(const pc::Vector<S>& v, const PairClaim<S>& claim) {
  return pc::AtReference<PairClaim<S>>(claim, v);
}

}  // namespace theory
