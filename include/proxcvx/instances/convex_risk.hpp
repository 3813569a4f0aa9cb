// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/guarantees/proxy_convexity.hpp>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/instances/premises.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <utility>
#include <vector>

// Linear models are where proxy convexity is convexity: g = h = f. Their losses bound their own slopes, l'^2 <= C l
// (C = 2 squared, 0.4073 logistic), so that E||grad f_z||^2 <= C R^2 f and ||grad f||^2 <= C lambda_max(E xx^T) f,
// R = max ||x_i||: what Frei & Gu (2021) call proxy smooth.

namespace proxcvx {

/// Least squares or logistic regression as an instance: convexity, growth, and the guarantee that both give.
template <class Risk> class ConvexRisk : public InstanceDefaults<ConvexRisk<Risk>> {
 public:
  using Scalar = typename Risk::Scalar;

  /// For LeastSquares or LogisticRegression. O(d^2 n + d^3).
  explicit ConvexRisk(Risk risk)
      : risk_{std::move(risk)}, second_moment_{detail::largest_of_second_moment(risk_.data().inputs())} {}

  [[nodiscard]] const Risk& objective() const { return risk_; }
  /// <grad f(w), w - v> >= f(w) - f(v).
  [[nodiscard]] auto property() const { return convexity(risk_); }
  /// A = 0, B = C R^2 (single example) or C lambda_max(E xx^T) (full batch), rounded up; g = f.
  [[nodiscard]] GradientGrowthConstants growth(Noise noise) const {
    const double moment = detail::moment(noise, static_cast<double>(risk_.data().radius()), second_moment_);
    return {.A = 0, .B = self_bounding() * moment * (1 + 0x1p-48), .noise = noise};
  }
  /// Convexity as a theorem for `prove`: a convex loss of a linear model, on finite data. O(n d).
  [[nodiscard]] Theorem theorem() const requires detail::ExactInDouble<Scalar> {
    Theorem theorem = detail::theorem_about(property(), detail::all_of_space(risk_.dimension()));
    theorem.citation = "Boyd & Vandenberghe 2004, sections 3.1.3 and 3.2.2 (first-order condition; affine composition)";
    theorem.premises = {detail::finite_data(risk_.data()),
                        Premise::fact("model", "linear: the neuron's activation is the identity",
                                      risk_.network().activation().homogeneous() &&
                                          risk_.network().activation().smallest_slope() == 1 &&
                                          risk_.network().activation().lipschitz() == 1)};
    return theorem;
  }
  /// Gradient growth as a theorem: A = 0, B = C R^2 or C lambda_max(E xx^T). O(d^2 n + d^3).
  [[nodiscard]] Theorem growth_theorem(Noise noise) const requires detail::ExactInDouble<Scalar> {
    const Premise moment = detail::moment_premise(risk_.data(), noise);
    return detail::growth_theorem(GradientGrowth<Risk, Risk>(risk_, risk_, {.A = 0, .B = 1, .noise = noise}),
                                  "Frei & Gu 2021 (proxy smoothness), with C = sup l'^2/l, as stated in "
                                  "instances/convex_risk.hpp",
                                  {detail::finite_data(risk_.data()), moment}, 0,
                                  Interval(self_bounding()) * *moment.value);
  }
  /// Frei & Gu 2021, Theorem 3.3, from w0 against any references v: the bound is on the mean of f(w_t). An evaluation
  /// of f for each reference. Throws std::invalid_argument without a reference, for one of another dimension than w0,
  /// or as ProxyConvexityGuarantee does.
  [[nodiscard]] ProxyConvexityGuarantee guarantee(ConstVectorRef<Scalar> w0, const std::vector<Vector<Scalar>>& against,
                                                  const GuaranteePlan& plan) const {
    std::vector<ReferencePoint> references;
    for (const Vector<Scalar>& v : against) {
      require(v.size() == w0.size(), "against", "vectors of dimension " + std::to_string(w0.size()), v.size());
      references.push_back({.level = detail::upper(risk_.bounded_value(v)), .distance = detail::distance_up(w0, v)});
    }
    return detail::proxy_convexity_guarantee(std::move(references), growth(plan.noise), plan);
  }

 private:
  [[nodiscard]] double self_bounding() const { return std::remove_cvref_t<decltype(risk_.loss())>::self_bounding; }

  Risk risk_;
  double second_moment_;
};

static_assert(Instance<ConvexRisk<LeastSquares<>>> && Instance<ConvexRisk<LogisticRegression<>>>);

}  // namespace proxcvx
