// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <proxcvx/core/min_norm_point.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/gram/tangent_kernel.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/softmax_cross_entropy.hpp>
#include <proxcvx/properties/margin.hpp>
#include <string>
#include <type_traits>
#include <utility>

// The tangent margin of any network of K outputs with one-hot labels and the softmax loss. The signal of a sample is
// p_i - e_{y_i} = -sum_{c != y_i} p_ic (e_{y_i} - e_c), so that with D_ic = grad N_{y_i}(w; x_i) - grad N_c(w; x_i)
//     grad f = -(1/n) sum_i sum_{c != y_i} p_ic D_ic,   G = (1/n) sum_i sum_{c != y_i} p_ic = E[1 - p_y]:
// ||grad f||/G is the norm of a point of the hull of the n (K - 1) vectors D_ic, and at every w
//     ||grad f(w)|| >= kappa(w) G(w),   kappa(w) = max_{||V|| <= 1} min_{i, c != y_i} <D_ic, V>.
// Two classes are the logistic loss of N_1 - N_2, with the tangent margin of it (properties/tangent_margin.hpp).

namespace proxcvx {

/// ||grad f(w)|| >= kappa(w) G(w) for an EmpiricalRisk with SoftmaxCrossEntropy and one-hot labels. margin: a gradient,
/// nK backward passes and O(p (n(K - 1))^2) beyond; p x nK numbers.
template <class Risk> class SoftmaxMargin {
  static_assert(std::is_same_v<std::remove_cvref_t<decltype(std::declval<const Risk&>().loss())>, SoftmaxCrossEntropy>,
                "proxcvx::SoftmaxMargin: the risk's loss must be SoftmaxCrossEntropy");

 public:
  using Scalar = typename Risk::Scalar;

  /// Throws std::invalid_argument unless every target is one-hot: 1 at a class, 0 elsewhere. O(nK).
  explicit SoftmaxMargin(Risk risk) : risk_{std::move(risk)} {
    const auto& targets = risk_.data().targets();
    for (Index i = 0; i < targets.cols(); ++i) {
      const bool one_hot =
          (targets.col(i).array() == Scalar(0)).count() == targets.rows() - 1 && targets.col(i).maxCoeff() == Scalar(1);
      require(one_hot, "targets", "one-hot columns", "another at sample " + std::to_string(i));
    }
  }

  [[nodiscard]] Index dimension() const { return risk_.dimension(); }
  [[nodiscard]] const Risk& objective() const { return risk_; }
  [[nodiscard]] std::string name() const { return "tangent-margin"; }
  [[nodiscard]] std::string statement() const {
    return "||grad f(w)|| >= kappa(w) G(w), G = E[1 - p_y] of the softmax p";
  }
  [[nodiscard]] Constants constants() const { return {}; }

  /// kappa(w) between the two ends of its certificate, the rounding of the features in them.
  [[nodiscard]] MinNormPoint<Scalar> kappa(ConstVectorRef<Scalar> w) const {
    const auto& network = risk_.network();
    const auto& data = risk_.data();
    const Index classes = network.outputs();
    Matrix<Scalar> features(dimension(), data.size() * classes);
    Scalar nearest_kink = std::numeric_limits<Scalar>::infinity();
    detail::tangent_columns(network, w, data.inputs(), 0, features, &nearest_kink);
    Vector<Scalar> of_label(dimension());
    Index count = 0;  // of differences, each stored where nothing is read any more
    for (Index i = 0; i < data.size(); ++i) {
      Index label = 0;
      data.targets().col(i).maxCoeff(&label);
      of_label = features.col(i * classes + label);
      for (Index c = 0; c < classes; ++c) {
        if (c != label) features.col(count++) = of_label - features.col(i * classes + c);
      }
    }
    MinNormPoint<Scalar> result = min_norm_point<Scalar>(features.leftCols(count));
    const auto bounds = network.rounding(w, data.radius());
    Scalar error = bounds.jacobian_error + Scalar(2) * unit_roundoff<Scalar>() * bounds.jacobian_norm;
    if (nearest_kink <= bounds.kink_threshold) error += bounds.kink_jump;
    error *= Scalar(2);  // a difference of two gradients
    result.lower = std::max(Scalar(0), Scalar(result.lower - error));
    result.upper += error;
    return result;
  }

  /// margin(w), with what rounding and the ends of kappa leave open.
  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w) const {
    using std::abs;
    using std::sqrt;
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    Scalar sum(0), errors(0);
    const BoundedGradient<Scalar> at_w =
        risk_.bounded_gradient_visiting(w, gradient, [&](const auto& signals, Scalar block_error) {
          sum += signals.cwiseAbs().sum();  // of a sample: 2 (1 - p_y)
          errors += block_error;
        });
    const auto n = static_cast<Scalar>(risk_.terms());
    const auto classes = static_cast<Scalar>(risk_.network().outputs());
    const Scalar u = unit_roundoff<Scalar>();
    const Scalar g = sum / (Scalar(2) * n);
    const Scalar g_error =
        (sqrt(classes) * errors / (Scalar(2) * n) + gamma<Scalar>(risk_.terms() * risk_.network().outputs() + 4) * g) *
        (Scalar(1) + Scalar(16) * u);
    const MinNormPoint<Scalar> hull = kappa(w);
    const Scalar middle = (hull.lower + hull.upper) / Scalar(2);
    const Scalar open = (hull.upper - hull.lower) / Scalar(2);
    const Scalar norm = scaled_norm(gradient);
    const Scalar value = norm - middle * g;
    const Scalar error = at_w.gradient_error + gamma<Scalar>(w.size() + 4) * norm + open * (g + g_error) +
                         middle * g_error + Scalar(4) * u * (middle * g + Scalar(abs(value)));
    return {value, error * (Scalar(1) + Scalar(16) * u) + Scalar(4) * std::numeric_limits<Scalar>::denorm_min(),
            norm + middle * g, !(hull.lower > Scalar(0))};
  }

  static constexpr bool rigorous_rounding() { return BoundsItsGradient<Risk>; }

 private:
  Risk risk_;
};

}  // namespace proxcvx
