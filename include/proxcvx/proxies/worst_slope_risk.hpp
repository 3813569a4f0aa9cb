// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <string>
#include <type_traits>
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

  /// h(V), and its gradient into `out`: E[l' y a_j s_j x] for v_j, s_j the slope that t_j takes (gamma at 0).
  /// Cost: 4dmn flops, a forward and a backward pass.
  Scalar gradient(ConstVectorRef<Scalar> v, VectorRef<Scalar> out) const {
    const auto& data = risk_.data();
    Eigen::Map<Matrix<Scalar>> slopes(out.data(), data.dimension(), risk_.network().outer_weights().size());
    out.setZero();
    Scalar sum(0);
    visit_margins(v, [&](auto& outputs, auto& z, const auto& inputs, const auto& targets) {
      const auto& a = risk_.network().outer_weights();
      const Scalar slope = smallest_slope();
      sum += risk_.loss().differentiate(outputs, targets);
      for (Index i = 0; i < z.cols(); ++i) {
        for (Index j = 0; j < z.rows(); ++j) {
          const bool steep = targets(0, i) * a[j] * z(j, i) < Scalar(0);
          z(j, i) = outputs(0, i) * a[j] * (steep ? Scalar(1) : slope);
        }
      }
      slopes.noalias() += product(inputs, z.transpose());
    });
    const auto n = static_cast<Scalar>(data.size());
    out /= n;
    return sum / n;
  }

  template <class Other>
  requires requires(const Risk& risk) { risk.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::WorstSlopeRisk(risk_.template cast<Other>()); }

 private:
  [[nodiscard]] Scalar smallest_slope() const {
    return static_cast<Scalar>(risk_.network().activation().smallest_slope());
  }
  /// c times the positive parts (shift of y = -1) or the negative parts (y = +1) of a, summed.
  [[nodiscard]] Scalar shift(int sign) const {
    const Scalar lacking = risk_.network().activation().value(Scalar(0));  // in this scalar: a double is off by an ulp
    return lacking * (static_cast<Scalar>(sign) * risk_.network().outer_weights()).cwiseMax(Scalar(0)).sum();
  }

  /// sum_j min(t_j, gamma t_j), t_j = y a_j z_j.
  template <class Z> [[nodiscard]] Scalar worst_margin(Scalar y, const Z& z) const {
    const auto& a = risk_.network().outer_weights();
    const Scalar slope = smallest_slope();
    if constexpr (std::is_floating_point_v<Scalar>) {
      const auto t = (y * a).cwiseProduct(z);
      return t.cwiseMin(slope * t).sum();
    } else {  // scalars that enclose must branch
      Scalar sum(0);
      for (Index j = 0; j < z.size(); ++j) {
        const Scalar t = y * a[j] * z[j];
        sum += t < Scalar(0) ? t : Scalar(slope * t);
      }
      return sum;
    }
  }

  /// Calls visitor(outputs, z, inputs, targets) for each block of samples, in order: outputs y times the worst margins,
  /// as the loss takes them, z = v_j.x_i, both to be overwritten at will.
  template <class Visitor> void visit_margins(ConstVectorRef<Scalar> v, Visitor&& visitor) const {
    const auto& network = risk_.network();
    const auto& data = risk_.data();
    const Scalar shift_up = shift(1);     // where y = -1
    const Scalar shift_down = shift(-1);  // where y = +1
    const Index m = network.outer_weights().size();
    ScratchFrame<Scalar> frame;
    const Index block = std::clamp<Index>(32'768 / std::max<Index>(m, 1), 16, 1024);
    auto z = frame.matrix(m, std::min(block, data.size()));
    auto margins = frame.matrix(1, std::min(block, data.size()));
    for (Index first = 0; first < data.size(); first += block) {
      const Index width = std::min(block, data.size() - first);
      auto part = z.leftCols(width);
      const auto inputs = data.inputs().middleCols(first, width);
      part.noalias() = product(network.weights(v).transpose(), inputs);
      const auto targets = data.targets().middleCols(first, width);
      auto outputs = margins.leftCols(width);
      for (Index i = 0; i < width; ++i) {
        const Scalar y = targets(0, i);
        outputs(0, i) = y * (worst_margin(y, part.col(i)) - (y > Scalar(0) ? shift_down : shift_up));
      }
      visitor(outputs, part, inputs, targets);
    }
  }

  [[nodiscard]] BoundedValue<Scalar> evaluate(ConstVectorRef<Scalar> v, bool with_error) const {
    using std::abs;
    const auto& data = risk_.data();
    const auto& a = risk_.network().outer_weights();
    const Index d = data.dimension();
    const Index m = a.size();
    Scalar delta(0);
    if (with_error) {
      // Products of d terms, three factors, a sum of m terms and the shift, from norms: sum_j |a_j||v_j||x| <=
      // |a||V||x|.
      const Scalar ulps = static_cast<Scalar>(risk_.network().activation().ulps());
      const Scalar relative = gamma<Scalar>(static_cast<Scalar>(d + m + 12) + ulps);
      delta = relative * (scaled_norm(a) * scaled_norm(v) * data.radius() + Scalar(2) * (shift(1) + shift(-1))) *
                  (Scalar(1) + Scalar(64) * unit_roundoff<Scalar>()) +
              static_cast<Scalar>((d + 4) * m) * std::numeric_limits<Scalar>::denorm_min() *
                  (Scalar(1) + a.cwiseAbs().maxCoeff());
    }
    Scalar sum(0);
    LossRounding<Scalar> errors;
    visit_margins(v, [&](const auto& outputs, const auto& /*z*/, const auto& /*inputs*/, const auto& targets) {
      sum += with_error ? detail::total_with_errors(risk_.loss(), outputs, targets, delta, errors)
                        : risk_.loss().total(outputs, targets);
    });
    const auto n = static_cast<Scalar>(data.size());
    return {sum / n, (errors.value_error + gamma<Scalar>(data.size() + 4) * Scalar(abs(sum))) / n *
                         (Scalar(1) + gamma<Scalar>(2 * data.size() + 16))};
  }

  Risk risk_;
};

}  // namespace proxcvx
