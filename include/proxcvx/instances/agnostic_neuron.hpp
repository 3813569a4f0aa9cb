// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/guarantees/proxy_convexity.hpp>
#include <proxcvx/instances/agnostic_neuron_theorem.hpp>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/properties/at_reference.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/affine.hpp>
#include <proxcvx/proxies/constant.hpp>
#include <proxcvx/proxies/distance.hpp>
#include <proxcvx/proxies/neuron_proxy.hpp>
#include <utility>

// The agnostic neuron (Frei, Cao & Gu 2020): F(w) = (1/2) E(s(w.x) - y)^2, s non-decreasing and C-Lipschitz, any
// labels; reference v fixed, G_v(w) = (1/2) E[(s(w.x) - s(v.x))^2 s'(w.x)]. With S = E xx^T and ||w - v|| <= rho:
//   <grad F(w), w - v> >= (2/C) G_v(w) - C rho sqrt(2 lambda_max(S) F(v))              (proxy convexity at v)
//   ||grad F(w)|| >= (2/(C rho)) (G_v(w) - (C^2 rho/2) sqrt(2 lambda_max(S) F(v)))     (proxy PL, alpha = 1)
//   ||grad F||^2 <= 4C lambda_max(S) G_v + 4C^2 lambda_max(S) F(v);  SGD: R^2 in place of lambda_max(S)
// A homogeneous activation with slope gamma > 0 is (gamma F, F/(gamma (2 - gamma^2)))-proxy convex everywhere, for all
// v, with ||grad F||^2 <= 2 lambda_max(S) F.

namespace proxcvx {

namespace detail {

/// A vector v with a small risk: gradient descent from the least-squares fit and from a small multiple of it.
template <class Risk>
[[nodiscard]] Vector<typename Risk::Scalar> fit_neuron(const Risk& risk, double second_moment, Index steps = 500) {
  using Scalar = typename Risk::Scalar;
  const auto& data = risk.data();
  const Vector<Scalar> linear = Eigen::CompleteOrthogonalDecomposition<Matrix<Scalar>>(data.inputs().transpose())
                                    .solve(data.targets().transpose());
  const double lipschitz = risk.network().activation().lipschitz();
  const double curvature = lipschitz * lipschitz * second_moment;
  require(is_finite(curvature), "data", "inputs whose squares are finite", curvature);
  const GD descent(ConstantStep{curvature > 0 ? 1 / curvature : 1.0}, {.iterations = steps});
  Result<Scalar> best;
  for (const double scale : {1.0, 0.01}) {
    const Vector<Scalar> start = static_cast<Scalar>(scale) * linear;
    if (!start.allFinite()) continue;
    Result<Scalar> result = descent.minimize(risk, start);
    if (result.best_value < best.best_value) best = std::move(result);
  }
  require(best.best.size() == risk.dimension(), "data", "numbers small enough for a finite fit", "an overflow");
  return best.best;
}

}  // namespace detail

/// The theorem with the constants of a data set and a reference v (fitted to the data unless given).
template <class A, class Scalar_ = double> class AgnosticNeuron : public InstanceDefaults<AgnosticNeuron<A, Scalar_>> {
 public:
  using Scalar = Scalar_;
  using Risk = EmpiricalRisk<Neuron<A, Scalar>, SquaredLoss>;
  using Proxy = NeuronProxy<A, Scalar>;

  /// Throws std::invalid_argument unless slopes are >= 0 (a non-decreasing activation), dimensions agree and the risk
  /// is finite. O(d^2 n + d^3), and the fit of a reference: two runs of 500 steps, O(d n) each.
  AgnosticNeuron(Neuron<A, Scalar> network, Dataset<Scalar> data)
      : AgnosticNeuron(Risk(std::move(network), SquaredLoss{}, std::move(data)), Vector<Scalar>()) {}

  /// With a reference of the user's; no fit. Throws std::invalid_argument also when v is empty, not finite or of
  /// another dimension.
  AgnosticNeuron(Neuron<A, Scalar> network, Dataset<Scalar> data, Vector<Scalar> reference)
      : AgnosticNeuron(Risk(std::move(network), SquaredLoss{}, std::move(data)), checked(std::move(reference))) {}

  /// F(w) = (1/2) E(s(w.x) - y)^2.
  [[nodiscard]] const Risk& objective() const { return risk_; }
  /// v. The theorem is true for any; a small F(v) makes it strong.
  [[nodiscard]] const Vector<Scalar>& reference() const { return reference_; }
  /// F(v), rounded up.
  [[nodiscard]] double reference_risk() const { return reference_risk_; }
  /// sqrt(2 lambda_max(S) F(v)), rounded up.
  [[nodiscard]] double noise_level() const { return std::sqrt(2 * second_moment_ * reference_risk_) * (1 + 0x1p-50); }
  /// G_v.
  [[nodiscard]] Proxy proxy() const { return Proxy(risk_.network(), risk_.data(), reference_); }

  /// For all w, against v: g = (2/C) G_v, h(v; w) = C ||w - v|| sqrt(2 lambda_max(S) F(v)), and as a theorem.
  [[nodiscard]] auto property() const {
    return at_reference(
        ProxyConvexity{risk_, Affine{factor(), proxy(), 0.0}, Distance<Scalar>{risk_.dimension(), level(1)}},
        reference_);
  }
  [[nodiscard]] Theorem theorem() const requires detail::ExactInDouble<Scalar> {
    return agnostic_neuron_convexity_theorem(risk_, reference_);
  }
  /// On ||w - v|| <= rho, against v: g = (2/C) G_v, h = C rho sqrt(2 lambda_max(S) F(v)).
  /// Throws std::invalid_argument unless rho > 0 is finite.
  [[nodiscard]] auto proxy_convexity(double rho) const {
    return at_reference(ProxyConvexity{risk_, Affine{factor(), proxy(), 0.0}, Constant<Scalar>{level(rho)}},
                        reference_);
  }
  /// alpha = 1, mu = 4/(C rho) rounded down, xi = (C^2 rho/2) sqrt(2 lambda_max(S) F(v)) rounded up.
  /// Throws std::invalid_argument unless rho > 0 is finite.
  [[nodiscard]] ProxyPLConstants constants(double rho) const {
    return {.alpha = 1,
            .mu = 4 / (lipschitz() * checked(rho)) * (1 - 0x1p-50),
            .xi = lipschitz() / 2 * level(rho) * (1 + 0x1p-50)};
  }
  /// On ||w - v|| <= rho: the proxy PL inequality of G_v, with these constants or a user's own.
  [[nodiscard]] auto proxy_pl(double rho) const { return proxy_pl(constants(rho)); }
  [[nodiscard]] auto proxy_pl(const ProxyPLConstants& constants) const {
    return ProxyPL<Risk, Proxy>(risk_, proxy(), constants);
  }

  /// Whether the global inequality for homogeneous activations with gamma > 0 applies.
  [[nodiscard]] bool leaky() const {
    const A& s = risk_.network().activation();
    return s.homogeneous() && s.smallest_slope() > 0 && s.lipschitz() <= 1;
  }
  /// For all w, v: g = gamma F, h = F/(gamma (2 - gamma^2)). Throws std::invalid_argument unless leaky().
  [[nodiscard]] auto leaky_proxy_convexity() const {
    const double gamma = leaky_slope();
    return ProxyConvexity{risk_, Affine{gamma, risk_, 0.0}, Affine{leaky_factor(gamma), risk_, 0.0}};
  }

  /// The other inequalities as theorems for `prove`, with the constants that their premises certify, or with a user's:
  /// proxy PL on ||w - v|| <= rho; proxy convexity there, g = c G_v against a level h, c = 2/C;
  /// proxy convexity everywhere for leaky activations, g = c F, h = k F, c = gamma. O(d^2 n + d^3).
  [[nodiscard]] Theorem theorem(double rho) const requires detail::ExactInDouble<Scalar> {
    return agnostic_neuron_theorem(risk_, reference_, rho);
  }
  [[nodiscard]] Theorem theorem(double rho,
                                const ProxyPLConstants& claimed) const requires detail::ExactInDouble<Scalar> {
    return agnostic_neuron_theorem(risk_, reference_, rho, &claimed);
  }
  [[nodiscard]] Theorem proxy_convexity_theorem(double rho) const requires detail::ExactInDouble<Scalar> {
    return agnostic_neuron_convexity_theorem(risk_, reference_, rho);
  }
  [[nodiscard]] Theorem leaky_theorem() const requires detail::ExactInDouble<Scalar> {
    return leaky_neuron_theorem(risk_);
  }

  /// Growth in g = (2/C) G_v: A = 4C^2 m F(v), B = 2C^2 m, m = R^2 (single example) or lambda_max(S) (full batch).
  [[nodiscard]] GradientGrowthConstants growth(Noise noise) const {
    const double squares = lipschitz() * lipschitz() * moment(noise) * (1 + 0x1p-50);
    return {.A = 4 * squares * reference_risk_ * (1 + 0x1p-50), .B = 2 * squares, .noise = noise};
  }
  /// Growth in g = gamma F, leaky activations: A = 0, B = 2m/gamma. Throws std::invalid_argument unless leaky().
  [[nodiscard]] GradientGrowthConstants leaky_growth(Noise noise) const {
    return {.A = 0, .B = 2 * moment(noise) / leaky_slope() * (1 + 0x1p-50), .noise = noise};
  }

  /// Frei & Gu 2021, Theorem 3.2 (3.3 where F(v) = 0), for proxy_convexity(rho) from w0: project the iterates onto
  /// Ball{reference(), rho}. The bound is on the mean of (2/C) G_v(w_t); where slopes are at least gamma > 0,
  /// F(w) <= (2/gamma) G_v(w) + 2F(v) turns it into one on F. Throws std::invalid_argument unless the ball contains w0,
  /// or as ProxyConvexityGuarantee does.
  [[nodiscard]] ProxyConvexityGuarantee guarantee(ConstVectorRef<Scalar> w0, double rho,
                                                  const GuaranteePlan& plan) const {
    const double distance = distance_to_reference(w0);
    require(distance <= checked(rho) * (1 + 0x1p-20), "rho", "at least ||w0 - v|| = " + std::to_string(distance), rho);
    return detail::proxy_convexity_guarantee({{.level = level(std::max(rho, distance)), .distance = distance}},
                                             growth(plan.noise), plan);
  }
  /// Frei & Gu 2021, Theorem 3.3, for leaky_proxy_convexity() from w0, against v: nothing is projected, and the bound
  /// is on the mean of gamma F(w_t). Throws std::invalid_argument unless leaky(), or as ProxyConvexityGuarantee does.
  [[nodiscard]] ProxyConvexityGuarantee leaky_guarantee(ConstVectorRef<Scalar> w0, const GuaranteePlan& plan) const {
    const double h = leaky_factor(leaky_slope()) * reference_risk_ * (1 + 0x1p-50);
    return detail::proxy_convexity_guarantee({{.level = h, .distance = distance_to_reference(w0)}},
                                             leaky_growth(plan.noise), plan);
  }

 private:
  AgnosticNeuron(Risk risk, Vector<Scalar> reference) : risk_{std::move(risk)} {
    const A& s = risk_.network().activation();
    require(s.smallest_slope() >= 0, "activation", "a non-decreasing one", s.name());
    second_moment_ = detail::largest_of_second_moment(risk_.data().inputs());
    reference_ = reference.size() > 0 ? std::move(reference) : detail::fit_neuron(risk_, second_moment_);
    require(reference_.size() == risk_.dimension(), "reference",
            "a vector of dimension " + std::to_string(risk_.dimension()), reference_.size());
    const BoundedValue<Scalar> at_reference = risk_.bounded_value(reference_);
    reference_risk_ = detail::upper(at_reference);
    require(is_finite(reference_risk_) && is_finite(second_moment_), "data", "numbers whose risk is finite",
            reference_risk_);
  }
  [[nodiscard]] static Vector<Scalar> checked(Vector<Scalar> reference) {
    require(reference.size() > 0 && reference.allFinite(), "reference: expected finite entries");
    return reference;
  }
  [[nodiscard]] static double checked(double rho) {
    require(rho > 0 && is_finite(rho), "rho", "a finite number > 0", rho);
    return rho;
  }
  [[nodiscard]] double lipschitz() const { return risk_.network().activation().lipschitz(); }
  /// 2/C, rounded down: a smaller g is the weaker claim.
  [[nodiscard]] double factor() const { return 2 / lipschitz() * (1 - 0x1p-52); }
  [[nodiscard]] double level(double rho) const { return lipschitz() * checked(rho) * noise_level() * (1 + 0x1p-50); }
  [[nodiscard]] double leaky_slope() const {
    require(leaky(), "activation", "a leaky one: homogeneous, slopes in [gamma, 1], gamma > 0",
            risk_.network().activation().name());
    return risk_.network().activation().smallest_slope();
  }
  [[nodiscard]] static double leaky_factor(double gamma) { return 1 / (gamma * (2 - gamma * gamma)) * (1 + 0x1p-50); }
  [[nodiscard]] double moment(Noise noise) const {
    return detail::moment(noise, static_cast<double>(risk_.data().radius()), second_moment_);
  }
  [[nodiscard]] double distance_to_reference(ConstVectorRef<Scalar> w0) const {
    return detail::distance_up(w0, reference_);
  }

  Risk risk_;
  Vector<Scalar> reference_;
  double reference_risk_ = 0;
  double second_moment_ = 0;
};

template <class A, class Scalar> AgnosticNeuron(Neuron<A, Scalar>, Dataset<Scalar>) -> AgnosticNeuron<A, Scalar>;
template <class A, class Scalar, class Reference>
AgnosticNeuron(Neuron<A, Scalar>, Dataset<Scalar>, Reference) -> AgnosticNeuron<A, Scalar>;

}  // namespace proxcvx
