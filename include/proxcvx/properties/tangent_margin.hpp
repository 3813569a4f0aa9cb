// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/min_norm_point.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/gram/tangent_kernel.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/properties/margin.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <utility>

// The tangent margin of any network with labels +-1 and a margin loss, f = E l(yN): at every w
//     ||grad f(w)|| >= kappa(w) G(w),   G = E[-l'(yN)],
//     kappa(w) = max_{||V|| <= 1} min_i y_i <grad N(w; x_i), V> = min over the simplex of ||sum_i q_i y_i grad N(w;
//     x_i)||,
// how well the tangent features separate the data. (grad f = -sum_i p_i y_i grad N_i with p_i = -l'_i/n, and sum p_i =
// G:
// ||grad f||/G is the norm of a point of the hull.) It is proxy PL with alpha = 1, mu = 2 inf kappa, xi = 0 wherever
// kappa stays away from 0: what results on classification by wide networks rest on.

namespace proxcvx {

/// ||grad f(w)|| >= kappa(w) G(w) for an EmpiricalRisk with a MarginLoss and one output. margin: a gradient and a
/// backward pass for each sample, O(p n^2) beyond.
template <class Risk> class TangentMargin {
 public:
  using Scalar = typename Risk::Scalar;

  /// Throws std::invalid_argument unless the network has one output.
  explicit TangentMargin(Risk risk) : risk_{std::move(risk)}, proxy_{risk_} {}

  [[nodiscard]] Index dimension() const { return risk_.dimension(); }
  [[nodiscard]] const Risk& objective() const { return risk_; }
  [[nodiscard]] const LossDerivative<Risk>& proxy() const { return proxy_; }
  [[nodiscard]] std::string name() const { return "tangent-margin"; }
  [[nodiscard]] std::string statement() const { return "||grad f(w)|| >= kappa(w) G(w), G = E[-l'(yN)]"; }
  [[nodiscard]] Constants constants() const { return {}; }

  /// kappa(w) between the two ends of its certificate; `point` over `upper` is a direction that attains it. With the
  /// rounding of the features, where the network bounds it.
  [[nodiscard]] MinNormPoint<Scalar> kappa(ConstVectorRef<Scalar> w) const {
    const auto& data = risk_.data();
    Matrix<Scalar> features(dimension(), data.size());  // y_i grad N(w; x_i)
    Scalar nearest_kink = std::numeric_limits<Scalar>::infinity();
    if constexpr (bounds_network) {
      detail::tangent_columns(risk_.network(), w, data.inputs(), 0, features, &nearest_kink);
    } else {
      detail::tangent_columns(risk_.network(), w, data.inputs(), 0, features);
    }
    for (Index i = 0; i < data.size(); ++i) features.col(i) *= data.targets()(0, i);
    MinNormPoint<Scalar> result = min_norm_point<Scalar>(features);
    Scalar error(0);
    if constexpr (bounds_network) {
      const auto bounds = risk_.network().rounding(w, data.radius());
      error = bounds.jacobian_error + Scalar(2) * unit_roundoff<Scalar>() * bounds.jacobian_norm;
      if (nearest_kink <= bounds.kink_threshold) error += bounds.kink_jump;
    } else {
      error = detail::assumed_gamma<Scalar>(w.size()) * features.colwise().norm().maxCoeff();
    }
    result.lower = std::max(Scalar(0), Scalar(result.lower - error));
    result.upper += error;
    return result;
  }

  /// margin(w), with what rounding and the ends of kappa leave open.
  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w) const {
    using std::abs;
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    const auto [at_w, g] = bounded_gradient_and_proxy(risk_, proxy_, w, gradient);
    const MinNormPoint<Scalar> hull = kappa(w);
    const Scalar middle = (hull.lower + hull.upper) / Scalar(2);
    const Scalar open = (hull.upper - hull.lower) / Scalar(2);
    const Scalar norm = scaled_norm(gradient);
    const Scalar value = norm - middle * g.value;
    const Scalar u = unit_roundoff<Scalar>();
    const Scalar error = at_w.gradient_error + gamma<Scalar>(w.size() + 4) * norm + open * (g.value + g.error) +
                         middle * g.error + Scalar(4) * u * (middle * g.value + Scalar(abs(value)));
    return {value, error * (Scalar(1) + Scalar(16) * u) + Scalar(4) * std::numeric_limits<Scalar>::denorm_min(),
            norm + middle * g.value, !(hull.lower > Scalar(0))};
  }

  /// The same claim in another scalar.
  template <class Other>
  requires requires(const Risk& risk) { risk.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::TangentMargin(risk_.template cast<Other>()); }

  static constexpr bool rigorous_rounding() { return bounds_network && BoundsItsGradient<Risk>; }

 private:
  static constexpr bool bounds_network = requires(const Risk& risk, const Vector<Scalar>& w) {
    risk.network().rounding(w, Scalar(1));
  };

  Risk risk_;
  LossDerivative<Risk> proxy_;
};

}  // namespace proxcvx
