// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/gram/eigenvalue_bound.hpp>
#include <proxcvx/gram/tangent_kernel.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/properties/margin.hpp>
#include <string>
#include <utility>

// What the empirical tangent kernel K(w) = J J^T says of any network and any loss, f = E l(N; y): with the signals
// s_i = l'(N(w; x_i)), grad f = (1/n) J^T s, so that at every w
//     ||grad f(w)||^2 = s^T K(w) s/n^2 >= (lambda_min(K(w))/n) E||l'||^2.
// For the squared loss E||l'||^2 = 2f: PL with m = lambda_min(K(w))/n, that is, (f, 0, 2, 4m)-proxy PL at w (Du, Zhai,
// Poczos & Singh 2019 is its infinite-width case). With fewer parameters than outputs n k the kernel is singular.

namespace proxcvx {

/// ||grad f(w)||^2 >= (lambda/n) E||l'||^2, lambda a certain lower bound of lambda_min(K(w)), 0 where there is none:
/// the margin is vacuous then. margin: a gradient, p x nk gradients of the k outputs, their kernel and some ten of its
/// Cholesky factors: (nk)^2 (p + 3nk) flops or so. Sharp where the signals are an eigenvector of the smallest
/// eigenvalue.
template <class Risk> class TangentKernelMargin {
 public:
  using Scalar = typename Risk::Scalar;

  /// O(1): the data are shared.
  explicit TangentKernelMargin(Risk risk) : risk_{std::move(risk)} {}

  [[nodiscard]] Index dimension() const { return risk_.dimension(); }
  [[nodiscard]] const Risk& objective() const { return risk_; }
  [[nodiscard]] std::string name() const { return "tangent-kernel"; }
  [[nodiscard]] std::string statement() const {
    return "||grad f(w)||^2 >= (lambda_min(K(w))/n) E||l'||^2, K the tangent kernel; E||l'||^2 = 2f for squared loss";
  }
  [[nodiscard]] Constants constants() const { return {}; }

  /// A lower bound of lambda_min(K(w)), for certain and in spite of all rounding; at least 0.
  [[nodiscard]] Scalar modulus(ConstVectorRef<Scalar> w) const {
    const auto& network = risk_.network();
    const auto& data = risk_.data();
    Matrix<Scalar> features(dimension(), risk_.terms() * network.outputs());
    Scalar nearest_kink = std::numeric_limits<Scalar>::infinity();
    detail::tangent_columns(network, w, data.inputs(), 0, features, &nearest_kink);
    const Matrix<Scalar> kernel = features.transpose() * features;
    if (!kernel.allFinite()) return Scalar(0);
    const auto bounds = network.rounding(w, data.radius());
    const Scalar largest = bounds.jacobian_norm + bounds.jacobian_error;
    // An entry is off by what its two gradients are, near a kink by a slope of the other side, too, and by the rounding
    // of their product.
    const Scalar off = bounds.jacobian_error + (nearest_kink <= bounds.kink_threshold ? bounds.kink_jump : Scalar(0));
    const Scalar entry = (Scalar(2) * largest + off) * off + gamma<Scalar>(dimension() + 2) * largest * largest;
    const Scalar least = smallest_eigenvalue_bound(kernel) - static_cast<Scalar>(kernel.rows()) * entry;
    return std::max(Scalar(0), least);
  }

  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w) const {
    using std::abs;
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    Scalar squares(0), largest(0), errors(0);
    const BoundedGradient<Scalar> at_w =
        risk_.bounded_gradient_visiting(w, gradient, [&](const auto& signals, Scalar block_error) {
          squares += signals.squaredNorm();
          largest = std::max(largest, Scalar(signals.colwise().norm().maxCoeff()));
          errors += block_error;
        });
    const Scalar u = unit_roundoff<Scalar>();
    const auto n = static_cast<Scalar>(risk_.terms());
    const Scalar rate = modulus(w) / n;  // as it is: a number of the inequality
    const Scalar norm = scaled_norm(gradient);
    const Scalar norm_error = at_w.gradient_error + gamma<Scalar>(w.size() + 4) * norm;
    const Scalar proxy = squares / n;
    const Scalar proxy_error = (Scalar(2) * largest + errors) * errors / n +
                               gamma<Scalar>(risk_.terms() * risk_.network().outputs() + 8) * proxy;
    const Scalar left = norm * norm;
    const Scalar value = left - rate * proxy;
    const Scalar error = (Scalar(2) * norm + norm_error) * norm_error + rate * proxy_error +
                         Scalar(4) * u * (left + rate * proxy + Scalar(abs(value)));
    return {value, error * (Scalar(1) + Scalar(32) * u) + Scalar(4) * std::numeric_limits<Scalar>::denorm_min(),
            left + rate * proxy, !(rate > Scalar(0))};
  }

  static constexpr bool rigorous_rounding() { return BoundsItsGradient<Risk>; }

 private:
  Risk risk_;
};

}  // namespace proxcvx
