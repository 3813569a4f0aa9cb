// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <string>
#include <utility>

// The reference level of leaky networks (Frei, Cao & Gu 2021): the risk that V would have if each unit took its worse
// slope at each sample,
//     h(V) = E l(sum_j min(t_j, gamma t_j) - c sum_j max(0, -y a_j)),   t_j = y a_j v_j.x,
// gamma the smallest slope and c = s(0) what the activation lacks to be homogeneous: 0 <= s(z) - z s'(z) <= s(0).

namespace proxcvx {

/// h(V) of a two-layer network's risk with a margin loss (logistic, exponential) whose first layer is trained.
/// Cost: 2dmn flops, a forward pass.
template <class Risk> class WorstSlopeRisk {
  using Loss_ = std::remove_cvref_t<decltype(std::declval<const Risk&>().loss())>;
  static_assert(MarginLoss<Loss_>,
                "proxcvx::WorstSlopeRisk: the risk's loss must be a MarginLoss (logistic, exponential)");

 public:
  using Scalar = typename Risk::Scalar;

  /// O(1): the data are shared. The inequality <grad F(W), W - V> >= F(W) - h(V) needs slopes in [gamma, 1] and, unless
  /// the activation is homogeneous, a convex one.
  explicit WorstSlopeRisk(Risk risk) : risk_{std::move(risk)} {}

  [[nodiscard]] Index dimension() const { return risk_.dimension(); }
  [[nodiscard]] std::string name() const { return "worst-slope risk"; }
  /// h(V).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> v) const { return evaluate(v, false).value; }
  /// With its rounding bound.
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> v) const { return evaluate(v, true); }

  template <class Other>
  requires requires(const Risk& risk) { risk.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::WorstSlopeRisk(risk_.template cast<Other>()); }

 private:
  [[nodiscard]] BoundedValue<Scalar> evaluate(ConstVectorRef<Scalar> v, bool with_error) const {
    using std::abs;
    const auto& network = risk_.network();
    const auto& data = risk_.data();
    const auto slope = static_cast<Scalar>(network.activation().smallest_slope());
    const Scalar lacking = network.activation().value(Scalar(0));  // in this scalar: a double would be off by an ulp
    const auto& a = network.outer_weights();
    const Scalar shift_up = lacking * a.cwiseMax(Scalar(0)).sum();       // where y = -1
    const Scalar shift_down = lacking * (-a).cwiseMax(Scalar(0)).sum();  // where y = +1
    const Index d = data.dimension();
    const Index m = a.size();
    Scalar delta(0);
    if (with_error) {
      // Products of d terms, three factors, a sum of m terms and the shift, from norms: sum_j |a_j||v_j||x| <=
      // |a||V||x|.
      const Scalar ulps = static_cast<Scalar>(network.activation().ulps());
      const Scalar relative = gamma<Scalar>(static_cast<Scalar>(d + m + 12) + ulps);
      delta = relative * (scaled_norm(a) * scaled_norm(v) * data.radius() + Scalar(2) * (shift_up + shift_down)) *
                  (Scalar(1) + Scalar(64) * unit_roundoff<Scalar>()) +
              static_cast<Scalar>((d + 4) * m) * std::numeric_limits<Scalar>::denorm_min() *
                  (Scalar(1) + a.cwiseAbs().maxCoeff());
    }
    ScratchFrame<Scalar> frame;
    const Index block = std::clamp<Index>(32'768 / std::max<Index>(m, 1), 16, 1024);
    auto z = frame.matrix(m, std::min(block, data.size()));
    auto margins = frame.matrix(1, std::min(block, data.size()));
    Scalar sum(0);
    LossRounding<Scalar> errors;
    for (Index first = 0; first < data.size(); first += block) {
      const Index width = std::min(block, data.size() - first);
      auto part = z.leftCols(width);
      part.noalias() = product(network.weights(v).transpose(), data.inputs().middleCols(first, width));
      const auto targets = data.targets().middleCols(first, width);
      auto outputs = margins.leftCols(width);
      for (Index i = 0; i < width; ++i) {
        const Scalar y = targets(0, i);
        Scalar margin = -(y > Scalar(0) ? shift_down : shift_up);
        for (Index j = 0; j < m; ++j) {
          const Scalar t = y * a[j] * part(j, i);
          margin += t < Scalar(0) ? t : Scalar(slope * t);
        }
        outputs(0, i) = y * margin;  // the loss sees an output
      }
      sum += with_error ? detail::total_with_errors(risk_.loss(), outputs, targets, delta, errors)
                        : risk_.loss().total(outputs, targets);
    }
    const auto n = static_cast<Scalar>(data.size());
    return {sum / n, (errors.value_error + gamma<Scalar>(data.size() + 4) * Scalar(abs(sum))) / n *
                         (Scalar(1) + gamma<Scalar>(2 * data.size() + 16))};
  }

  Risk risk_;
};

}  // namespace proxcvx
