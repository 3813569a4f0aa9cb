// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/instances/halfspace_reference.hpp>
#include <proxcvx/instances/premises.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/proxies/worst_slope_risk.hpp>
#include <string>

// The theorem on leaky networks for any halfspace, and with every premise looked at (Frei, Cao & Gu 2021). v need not
// be of norm 1, which no rounded vector is: with t_i = y_i v.x_i of the v at hand
//     ||grad F(W)|| >= gamma m_0 (||a||/||v||)(G(W) - xi),  xi = (1/n) sum_i max(0, gamma m_0 - min(t_i, gamma t_i))
//                                                                /(gamma m_0),
// from <-grad F(W), V> with V_j = a_j v, ||V|| = ||a|| ||v||.

namespace proxcvx {

/// Proxy PL of a leaky network's risk with this halfspace, whatever it is: what is wrong with it, or with the network,
/// is a premise that fails. The claimed constants are the certified ones unless given.
/// Throws std::invalid_argument unless the direction has the data's dimension. O(n d + m).
template <class Risk>
requires detail::ExactInDouble<typename Risk::Scalar>
[[nodiscard]] Theorem leaky_network_theorem(const Risk& risk, const HalfspaceReference& reference,
                                            const ProxyPLConstants* claimed = nullptr) {
  const auto& data = risk.data();
  const auto& network = risk.network();
  const auto& activation = network.activation();
  const Vector<double>& v = reference.direction;
  require(v.size() == data.dimension(), "reference", "a direction of dimension " + std::to_string(data.dimension()),
          v.size());
  const ProxyPL<Risk, LossDerivative<Risk>> property(risk, LossDerivative<Risk>(risk), {.alpha = 1, .mu = 1, .xi = 0});
  Theorem theorem = detail::theorem_about(property, detail::all_of_space(risk.dimension()));
  theorem.citation = "Frei, Cao & Gu 2021 (noisy halfspaces), on any data as stated in instances/leaky_network.hpp";

  const double slope = activation.smallest_slope();
  const Interval outer = detail::norm_enclosure(network.outer_weights()), length = detail::norm_enclosure(v);
  const auto number = [](double x) { return std::isnan(x) ? Interval::whole_line() : Interval(x); };
  theorem.premises = {
      detail::finite_data(data),
      detail::sign_labels(data),
      Premise::fact("parameters", "the first layer alone is trained", network.train() == Train::first),
      Premise::positive("smallest slope", "gamma > 0, as " + activation.name() + " states it", number(slope)),
      Premise::within("largest slope", "gamma <= sup s' <= 1, as " + activation.name() + " states it",
                      number(activation.lipschitz()), std::max(slope, 0.0), 1),
      Premise::positive("outer weights", "||a|| > 0", outer),
      Premise::positive("direction", "||v|| > 0", length),
      Premise::positive("margin", "m_0 > 0", number(reference.margin))};

  const auto above = [](double x) { return std::max(static_cast<long double>(x), 0.0L); };
  const long double wanted = 2 * above(slope) * above(reference.margin);
  const Interval mu = detail::enclosing_padded(wanted * above(outer.lower()) / above(length.upper()),
                                               wanted * above(outer.upper()) / above(length.lower()));
  Matrix<double> signed_x = data.inputs().template cast<double>();
  for (Index i = 0; i < signed_x.cols(); ++i) signed_x.col(i) *= static_cast<double>(data.targets()(0, i));
  const double xi = detail::halfspace_level(signed_x, v, reference.margin, slope);
  theorem.constants = detail::proxy_pl_constants(1, mu.lower(), xi, claimed);
  theorem.vacuous = theorem.constants.back().claimed >= 1;  // G < 1
  return theorem;
}

/// Proxy convexity of a leaky network's risk F against the worst-slope risk h, for all W and V: it has no constants but
/// the slope in h. A homogeneous activation is a premise; without one h is shifted, which needs more than is stated of
/// activations. O(n d + m).
template <class Risk>
requires detail::ExactInDouble<typename Risk::Scalar>
[[nodiscard]] Theorem leaky_network_convexity_theorem(const Risk& risk) {
  const auto& network = risk.network();
  const auto& activation = network.activation();
  const ProxyConvexity<Risk, Risk, WorstSlopeRisk<Risk>> property(risk, risk, WorstSlopeRisk<Risk>(risk));
  Theorem theorem = detail::theorem_about(property, detail::all_of_space(risk.dimension()));
  theorem.citation = "Frei, Cao & Gu 2021 (noisy halfspaces), as stated in instances/leaky_network.hpp";
  const double slope = activation.smallest_slope();
  const auto number = [](double x) { return std::isnan(x) ? Interval::whole_line() : Interval(x); };
  theorem.premises = {
      detail::finite_data(risk.data()),
      detail::sign_labels(risk.data()),
      Premise::fact("parameters", "the first layer alone is trained", network.train() == Train::first),
      Premise::fact("activation", "homogeneous, as " + activation.name() + " states it", activation.homogeneous()),
      Premise::positive("smallest slope", "gamma > 0, as " + activation.name() + " states it", number(slope)),
      Premise::within("largest slope", "gamma <= sup s' <= 1, as " + activation.name() + " states it",
                      number(activation.lipschitz()), std::max(slope, 0.0), 1)};
  return theorem;
}

}  // namespace proxcvx
