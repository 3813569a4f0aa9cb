// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/instances/premises.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/proxies/tangent_risk.hpp>
#include <utility>

// Any network, any loss that is convex in the outputs, any data (the inequality behind the neural tangent results: Ji &
// Telgarsky 2020; Chen, Cao, Zou & Gu 2021): for all w and v
//     <grad f(w), w - v> >= f(w) - f_tan(v; w),   f_tan(v; w) = E l(N(w; x) + <grad N(w; x), v - w>, y).
// So a run of full-batch descent with a constant step eta has, for every v,
//     (1/T) sum f(w_t) <= (1/T) sum f_tan(v; w_t) + ||w_0 - v||^2/(2 eta T) + (eta/2)(1/T) sum ||grad f(w_t)||^2:
// it does as well as the tangents on its way could do at v.

namespace proxcvx {

/// Watches a run of GD with a constant step: what its guarantee against v needs to know of w_0, ..., w_{T-1}. Hand it
/// to `minimize` by name. An iterate costs a forward pass and a push-forward.
template <class Risk> class TangentLevels {
 public:
  using Scalar = typename Risk::Scalar;

  /// Throws std::invalid_argument unless v has the risk's dimension and finite entries.
  TangentLevels(Risk risk, Vector<Scalar> v) : tangent_{std::move(risk)}, v_{std::move(v)} {
    require(v_.size() == tangent_.dimension(), "v", "dimension " + std::to_string(tangent_.dimension()), v_.size());
    require(v_.allFinite(), "v: expected finite entries");
  }

  /// Throws std::invalid_argument when iterates are left out or the step size changes.
  void operator()(const Iterate<Scalar>& iterate) {
    require(iterate.t == iterations_, "iterate", "t = " + std::to_string(iterations_), iterate.t);
    const auto eta = static_cast<double>(iterate.step_size);
    if (iterations_ == 0) {
      step_size_ = eta;
      distance_ = detail::distance_up(iterate.w, v_);
    }
    require(eta == step_size_, "step_size", detail::in_words(step_size_) + ", as before", eta);
    double level = 0;
    if constexpr (requires { tangent_.bounded_value(v_, iterate.w); }) {
      level = detail::upper(tangent_.bounded_value(v_, iterate.w));
    } else {
      const Scalar value = tangent_.value(v_, iterate.w);
      level = detail::upper(BoundedValue<Scalar>{value, detail::assumed_gamma<Scalar>(v_.size()) * std::abs(value)});
    }
    ++iterations_;
    const auto share = 1 / static_cast<double>(iterations_);
    const auto norm = static_cast<double>(scaled_norm(iterate.gradient));
    level_ += (level - level_) * share;
    squares_ += (norm * norm - squares_) * share;
  }

  /// T, the iterates that were seen.
  [[nodiscard]] Index iterations() const { return iterations_; }
  /// (1/T) sum f_tan(v; w_t).
  [[nodiscard]] double level() const { return level_; }
  /// (1/T) sum ||grad f(w_t)||^2.
  [[nodiscard]] double squared_gradient() const { return squares_; }
  /// ||w_0 - v||.
  [[nodiscard]] double distance() const { return distance_; }
  [[nodiscard]] double step_size() const { return step_size_; }

 private:
  TangentRisk<Risk> tangent_;
  Vector<Scalar> v_;
  Index iterations_ = 0;
  double level_ = 0;
  double squares_ = 0;
  double distance_ = 0;
  double step_size_ = 0;
};

template <class Risk, class Derived> TangentLevels(Risk, const Eigen::MatrixBase<Derived>&) -> TangentLevels<Risk>;

/// The risk of any network with a ConvexLoss as an instance.
template <class Risk> class TangentNetwork : public InstanceDefaults<TangentNetwork<Risk>> {
 public:
  using Scalar = typename Risk::Scalar;
  /// What guarantee() is told of.
  using Run = TangentLevels<Risk>;

  /// O(1): the data are shared.
  explicit TangentNetwork(Risk risk) : risk_{std::move(risk)} {}

  [[nodiscard]] const Risk& objective() const { return risk_; }
  /// <grad f(w), w - v> >= f(w) - f_tan(v; w), for all w and v: it has no constants.
  [[nodiscard]] auto property() const {
    return ProxyConvexity<Risk, Risk, TangentRisk<Risk>>(risk_, risk_, TangentRisk<Risk>(risk_));
  }
  /// The property as a theorem for `prove`. O(n d).
  [[nodiscard]] Theorem theorem() const requires detail::ExactInDouble<Scalar> {
    Theorem theorem = detail::theorem_about(property(), detail::all_of_space(risk_.dimension()));
    theorem.citation = "Ji & Telgarsky 2020 (tangent features), for any network as derived in docs/theory.md";
    theorem.premises = {detail::finite_data(risk_.data()),
                        Premise::fact("loss", "convex in the outputs, as " + risk_.loss().name() + " states it", true)};
    return theorem;
  }
  /// Frei & Gu 2021, Theorem 3.2 with h(v; w) and what a run saw, for T = `run.iterations()` alone: the bound is on the
  /// mean of f(w_t), t < T, and holds on the run itself, up to what its steps were rounded by. Throws
  /// std::invalid_argument where nothing was seen.
  [[nodiscard]] ProxyConvexityGuarantee guarantee(const Run& run) const {
    require(run.iterations() >= 1, "run", "at least one iterate", run.iterations());
    const double rounding = 1 + 8 * gamma<double>(run.iterations() + risk_.dimension());
    return ProxyConvexityGuarantee({.references = {{.level = run.level() * rounding, .distance = run.distance()}},
                                    .A = run.squared_gradient() * rounding,
                                    .B = 0,
                                    .step_size = run.step_size(),
                                    .iterations = run.iterations()});
  }

 private:
  Risk risk_;
};

}  // namespace proxcvx
