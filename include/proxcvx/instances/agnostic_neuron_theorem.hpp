// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <proxcvx/instances/premises.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/neuron_proxy.hpp>
#include <sstream>
#include <string>

// The theorems on the agnostic neuron (Frei, Cao & Gu 2020) for any data, reference v and radius rho, with every
// premise looked at. With s non-decreasing and C-Lipschitz, on ||w - v|| <= rho:
//   proxy PL: alpha = 1, mu = 4/(C rho), xi = (C^2 rho/2) sqrt(2 lambda_max(S) F(v))
//   proxy convexity at v: g = c G_v, c = 2/C, h = C rho sqrt(2 lambda_max(S) F(v))
// which is, at any w, with ||w - v|| in place of rho: h(v; w) = k ||w - v||, k = C sqrt(2 lambda_max(S) F(v));
// and, everywhere, for homogeneous s with slopes in [gamma, 1]: g = c F, c = gamma, h = k F, k = 1/(gamma (2 -
// gamma^2)).

namespace proxcvx {

namespace detail {

inline constexpr const char* agnostic_neuron_paper =
    "Frei, Cao & Gu 2020 (agnostic neuron), as stated in "
    "instances/agnostic_neuron.hpp";

[[nodiscard]] inline Interval number_or_line(double x) { return std::isnan(x) ? Interval::whole_line() : Interval(x); }

/// C, rho and sqrt(2 lambda_max(S) F(v)) in an interval.
struct AgnosticNumbers {
  long double lipschitz = 0;
  long double rho = 0;
  long double noise_low = 0;
  long double noise_high = 0;
};

/// Fills the premises that the inequalities about v share; without a radius they are about all of space.
template <class Risk>
[[nodiscard]] AgnosticNumbers agnostic_premises(Theorem& theorem, const Risk& risk,
                                                const Vector<typename Risk::Scalar>& v, std::optional<double> rho) {
  require(v.size() == risk.dimension(), "reference", "a vector of dimension " + std::to_string(risk.dimension()),
          v.size());
  const auto& activation = risk.network().activation();
  const double slope = activation.smallest_slope(), lipschitz = activation.lipschitz();
  const Interval moment = certified_spectrum_of_second_moment(risk.data().inputs()).largest();
  Interval level = Interval::whole_line();
  if (v.allFinite()) level = enclosure_of(risk.bounded_value(v));
  level = {std::max(level.lower(), 0.0), std::max(level.upper(), 0.0)};
  theorem.region = all_of_space(risk.dimension());
  if (rho) {
    std::ostringstream radius;
    radius << "||w - v|| <= " << *rho;
    theorem.region = radius.str();
  }
  theorem.citation = agnostic_neuron_paper;
  theorem.premises = {
      finite_data(risk.data()),
      Premise::fact("activation", "non-decreasing: inf s' >= 0, as " + activation.name() + " states it", slope >= 0),
      Premise::positive("largest slope", "C > 0, as " + activation.name() + " states it", number_or_line(lipschitz)),
      Premise::fact("reference", "v is finite", v.allFinite()),
      Premise::finite("second moment", "lambda_max(E xx^T) is finite", moment),
      Premise::finite("risk", "F(v) is finite", level)};
  if (rho) theorem.premises.push_back(Premise::positive("radius", "rho > 0", number_or_line(*rho)));
  const auto noise = [](double a, double b) {
    return std::sqrt(2 * static_cast<long double>(a) * static_cast<long double>(b));
  };
  return {lipschitz, rho.value_or(1), noise(std::max(moment.lower(), 0.0), level.lower()),
          noise(moment.upper(), level.upper())};
}

}  // namespace detail

/// Proxy PL of G_v on ||w - v|| <= rho, for any v and rho: what is wrong with them, or with the activation, is a
/// premise that fails. The claimed constants are the certified ones unless given. Throws std::invalid_argument unless v
/// has the parameters' dimension. O(d^2 n + d^3).
template <class Risk>
requires detail::ExactInDouble<typename Risk::Scalar>
[[nodiscard]] Theorem agnostic_neuron_theorem(const Risk& risk, const Vector<typename Risk::Scalar>& v, double rho,
                                              const ProxyPLConstants* claimed = nullptr) {
  Theorem theorem{.citation = {},
                  .property = "proxy-pl",
                  .statement = "||grad f(w)||^alpha >= (mu/2)(g(w) - xi), g = G_v",
                  .region = {},
                  .premises = {},
                  .constants = {}};
  const auto [c, radius, noise_low, noise_high] = detail::agnostic_premises(theorem, risk, v, rho);
  const Interval mu = detail::enclosing_padded(4 / (c * radius), 4 / (c * radius));
  const Interval xi = detail::enclosing_padded(c * c * radius / 2 * noise_low, c * c * radius / 2 * noise_high);
  theorem.constants = detail::proxy_pl_constants(1, mu.lower(), xi.upper(), claimed);
  return theorem;
}

/// Proxy convexity of g = c G_v at v on ||w - v|| <= rho against the constant level h; without a rho everywhere,
/// against k ||w - v||. The same throws and cost.
template <class Risk>
requires detail::ExactInDouble<typename Risk::Scalar>
[[nodiscard]] Theorem agnostic_neuron_convexity_theorem(const Risk& risk, const Vector<typename Risk::Scalar>& v,
                                                        std::optional<double> rho = std::nullopt) {
  Theorem theorem{.citation = {},
                  .property = "proxy-convexity",
                  .statement = std::string("<grad f(w), w - v> >= c G_v(w) - ") + (rho ? "h" : "k ||w - v||") +
                               ", at one reference v",
                  .region = {},
                  .premises = {},
                  .constants = {}};
  const auto [c, radius, noise_low, noise_high] = detail::agnostic_premises(theorem, risk, v, rho);
  theorem.constants = {
      detail::certified("c", Implies::smaller, detail::enclosing_padded(2 / c, 2 / c).lower()),
      detail::certified(rho ? "h" : "k", Implies::larger,
                        detail::enclosing_padded(c * radius * noise_low, c * radius * noise_high).upper())};
  return theorem;
}

/// Proxy convexity of a leaky neuron for all w and v: g = c F, h = k F. O(n d).
template <class Risk>
requires detail::ExactInDouble<typename Risk::Scalar>
[[nodiscard]] Theorem leaky_neuron_theorem(const Risk& risk) {
  const auto& activation = risk.network().activation();
  const double slope = activation.smallest_slope();
  Theorem theorem{.citation = detail::agnostic_neuron_paper,
                  .property = "proxy-convexity",
                  .statement = "<grad f(w), w - v> >= c f(w) - k f(v), for all v",
                  .region = detail::all_of_space(risk.dimension()),
                  .premises = {},
                  .constants = {}};
  theorem.premises = {
      detail::finite_data(risk.data()),
      Premise::fact("activation", "homogeneous, as " + activation.name() + " states it", activation.homogeneous()),
      Premise::positive("smallest slope", "gamma > 0, as " + activation.name() + " states it",
                        detail::number_or_line(slope)),
      Premise::within("largest slope", "gamma <= sup s' <= 1, as " + activation.name() + " states it",
                      detail::number_or_line(activation.lipschitz()), std::max(slope, 0.0), 1)};
  const long double wide = static_cast<long double>(slope), factor = 1 / (wide * (2 - wide * wide));
  theorem.constants = {detail::certified("c", Implies::smaller, slope),
                       detail::certified("k", Implies::larger, detail::enclosing_padded(factor, factor).upper())};
  return theorem;
}

}  // namespace proxcvx
