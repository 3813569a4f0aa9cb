// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <proxcvx/guarantees/stochastic_pl.hpp>
#include <proxcvx/guarantees/unbounded_gradients.hpp>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/instances/premises.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/hoelder_loss.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/hoelder_gradient.hpp>
#include <string>
#include <utility>

// Risks of a neuron whose terms f_z(w) = l(s(w.x_z); y_z) >= 0 have (a, L)-Hoelder gradients on all of R^d, with L from
// the data: what SGD without bounded gradients asks (Lei, Hu, Li & Tang 2019).
//   linear s, l' (a, K)-Hoelder                         L = K R^{1+a},                          R = max ||x_i||
//   squared loss, s between two bounds, |s''| <= H      L = R^2 (C^2 + H max|s - y|)            (a = 1)
// A term bounds its own gradient, ||grad f_z||^2 <= k^2 f_z^{2a/(1+a)}, so that gradient growth holds with g = f,
//     A = k^2 (1-a)/(1+a),  B = k^2 2a/(1+a),  k = ((1+a)/a)^{a/(1+a)} L^{1/(1+a)}   (A = 0, B = 2L for a = 1).

namespace proxcvx {

namespace detail {

/// An activation with values between two bounds.
template <class A>
concept BoundedActivation = Activation<A> && requires(const A& activation) {
  { activation.infimum() } -> std::convertible_to<double>;
  { activation.supremum() } -> std::convertible_to<double>;
};

/// A loss whose derivative is Hoelder: what it says of its order and constant, or `smoothness`, of order 1.
template <class L> [[nodiscard]] HoelderConstants hoelder_constants_of(const L& loss) {
  if constexpr (requires { loss.hoelder_constant(); }) {
    return {.a = loss.order(), .L = loss.hoelder_constant()};
  } else {
    return {.a = 1, .L = L::smoothness};
  }
}

/// A loss that hoelder_constants_of knows.
template <class L>
concept HoelderSlopedLoss = Loss<L> &&(
    requires(const L& loss) { loss.hoelder_constant(); } || requires { L::smoothness; });

}  // namespace detail

/// The empirical risk of a neuron, under SGD whose gradients nothing bounds.
template <class Risk> class UnboundedSGD : public InstanceDefaults<UnboundedSGD<Risk>> {
 public:
  using Scalar = typename Risk::Scalar;
  using ActivationType = std::remove_cvref_t<decltype(std::declval<Risk>().network().activation())>;
  using LossType = std::remove_cvref_t<decltype(std::declval<Risk>().loss())>;

 private:
  static constexpr bool is_linear = std::same_as<ActivationType, Identity> && detail::HoelderSlopedLoss<LossType>;
  static constexpr bool is_bounded = detail::BoundedActivation<ActivationType> && std::same_as<LossType, SquaredLoss>;
  static_assert(is_linear || is_bounded,
                "proxcvx::UnboundedSGD: expected a linear neuron (Identity) with a loss of Hoelder derivative, or an "
                "activation with infimum() and supremum() with the squared loss");

 public:
  /// Throws std::invalid_argument when all inputs are 0. O(n).
  explicit UnboundedSGD(Risk risk) : risk_{std::move(risk)}, constants_{constants_of(risk_)} {
    require(constants_.L > 0 && std::isfinite(constants_.L), "risk",
            "terms with Hoelder gradients of a finite constant > 0", constants_.L);
  }

  [[nodiscard]] const Risk& objective() const { return risk_; }
  /// (a, L) of every term's gradient; L is rounded up.
  [[nodiscard]] HoelderConstants constants() const { return constants_; }
  /// ||grad f(w) - grad f(v)|| <= L ||w - v||^a.
  [[nodiscard]] auto property() const { return HoelderGradient<Risk>(risk_, constants_); }
  /// E||grad f_z||^2 <= A + B f, rounded up.
  [[nodiscard]] GradientGrowthConstants growth() const {
    const double a = constants_.a;
    const double k = self_bounding_constant(a, constants_.L);
    const double pad = 1 + 0x1p-48;
    return {.A = k * k * (1 - a) / (1 + a) * pad, .B = k * k * 2 * a / (1 + a) * pad, .noise = Noise::single_example};
  }
  /// The Hoelder property as a theorem for `prove`. O(d n).
  [[nodiscard]] Theorem theorem() const requires detail::ExactInDouble<Scalar> {
    Theorem theorem = detail::theorem_about(property(), detail::all_of_space(risk_.dimension()));
    theorem.citation = "Lei, Hu, Li & Tang 2019, Assumption 1, with the constant of instances/unbounded_sgd.hpp";
    const Interval radius = detail::radius_enclosure(risk_.data().inputs());
    theorem.premises = {detail::finite_data(risk_.data()),
                        Premise::finite("radius", "R = max ||x|| is finite", radius)};
    theorem.constants = {detail::certified("a", Implies::equal, constants_.a),
                         detail::certified("L", Implies::larger, constants_.L)};
    return theorem;
  }

  /// Bounds on min E||grad f(w_t)||^2 from w0, for steps t -> eta_t and T iterations. An evaluation of f, O(T).
  template <class Steps>
  requires std::invocable<const Steps&, Index>
  [[nodiscard]] UnboundedGradientsGuarantee guarantee(ConstVectorRef<Scalar> w0, Steps steps, Index iterations) const {
    UnboundedGradientsSettings settings = from(w0);
    settings.iterations = iterations;
    return {settings, std::move(steps)};
  }
  /// The same for a constant step. Throws std::invalid_argument for full-batch noise: 2.1 covers that.
  [[nodiscard]] UnboundedGradientsGuarantee guarantee(ConstVectorRef<Scalar> w0, const GuaranteePlan& plan) const {
    require(plan.noise == Noise::single_example, "noise: expected single_example");
    UnboundedGradientsSettings settings = from(w0);
    settings.accuracy = plan.accuracy;
    settings.step_size = plan.step_size;
    settings.iterations = plan.iterations;
    return UnboundedGradientsGuarantee(settings);
  }

  /// Where f is PL too (a = 1): constants of StochasticPLGuarantee and DecreasingStepPLGuarantee from w0, to which
  /// accuracy, step, offset or iterations are added.
  [[nodiscard]] StochasticPLSettings pl_settings(ConstVectorRef<Scalar> w0) const requires requires(const Risk& f) {
    f.pl_modulus();
    f.minimum_bounds();
  }
  {
    const auto minimum = risk_.minimum_bounds();
    return {.modulus = risk_.pl_modulus(),
            .smoothness = constants_.L,
            .minimum = minimum.upper,
            .gap = std::max(0.0, (detail::upper(risk_.bounded_value(w0)) - minimum.lower) * (1 + 0x1p-50))};
  }

 private:
  [[nodiscard]] static HoelderConstants constants_of(const Risk& risk) {
    const double pad = 1 + 0x1p-44;
    const auto radius = static_cast<double>(risk.data().radius());
    if constexpr (is_linear) {
      const HoelderConstants of_loss = detail::hoelder_constants_of(risk.loss());
      return {.a = of_loss.a, .L = of_loss.L * std::pow(radius, 1 + of_loss.a) * pad};
    } else {
      const ActivationType& s = risk.network().activation();
      const double high = static_cast<double>(risk.data().targets().maxCoeff());
      const double low = static_cast<double>(risk.data().targets().minCoeff());
      const double residual = std::max({std::abs(s.supremum() - low), std::abs(high - s.infimum())});
      return {.a = 1, .L = radius * radius * (s.lipschitz() * s.lipschitz() + s.smoothness() * residual) * pad};
    }
  }
  [[nodiscard]] UnboundedGradientsSettings from(ConstVectorRef<Scalar> w0) const {
    return {.a = constants_.a, .L = constants_.L, .initial = detail::upper(risk_.bounded_value(w0))};
  }

  Risk risk_;
  HoelderConstants constants_;
};

}  // namespace proxcvx
