// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <string>
#include <utility>

// The loss-derivative proxy G(w) = E[-l'(y N(w; x))] (Frei, Cao & Gu 2021): what a small gradient forces to be small.
// For the logistic loss the classification error is at most 2G, and G <= F.

namespace proxcvx {

/// G(w) = (1/n) sum_i -l'(y_i N(w; x_i)) of an empirical risk with a margin loss (logistic, exponential) and one
/// output. Cost: a forward pass.
template <class Risk> class LossDerivative {
  using Loss_ = std::remove_cvref_t<decltype(std::declval<const Risk&>().loss())>;
  static_assert(MarginLoss<Loss_>,
                "proxcvx::LossDerivative: the risk's loss must be a MarginLoss (logistic, exponential)");

 public:
  using Scalar = typename Risk::Scalar;

  /// Throws std::invalid_argument unless the risk's network has one output.
  explicit LossDerivative(Risk risk) : risk_{std::move(risk)} {
    require(risk_.network().outputs() == 1, "risk", "a network with one output", risk_.network().outputs());
  }

  [[nodiscard]] Index dimension() const { return risk_.dimension(); }
  [[nodiscard]] const Risk& risk() const { return risk_; }
  [[nodiscard]] std::string name() const { return "G = E[-l'(yN)]"; }
  /// sup G over all parameters: 1 for the logistic loss.
  [[nodiscard]] double supremum() const { return Loss_::largest_slope; }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    Scalar sum(0);
    risk_.visit_outputs(w, [&](const auto& outputs, const auto& targets, Index) {
      for (Index i = 0; i < outputs.cols(); ++i) sum += slope(outputs(0, i), targets(0, i));
    });
    return sum / static_cast<Scalar>(risk_.terms());
  }

  /// G(w), and its gradient E[-y l''(yN) grad N] into `out`. Cost: a forward and a backward pass.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    const auto& data = risk_.data();
    const auto& loss = risk_.loss();
    constexpr Index block = 256;
    Scalar sum(0);
    out.setZero();
    for (Index first = 0; first < data.size(); first += block) {
      const Index width = std::min(block, data.size() - first);
      risk_.network().pull_back(
          w, data.inputs().middleCols(first, width),
          [&](MatrixRef<Scalar> outputs) {
            for (Index i = 0; i < width; ++i) {
              const Scalar o = outputs(0, i);
              const Scalar t = data.targets()(0, first + i);
              sum += slope(o, t);
              outputs(0, i) = -t * Scalar(loss.second_derivative(o, t));  // |l'| = -t dl/do for t = +-1
            }
          },
          out);
    }
    const auto n = static_cast<Scalar>(risk_.terms());
    out /= n;
    return sum / n;
  }

  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const requires requires(const Risk& risk) {
    risk.network().rounding(w, Scalar(1));
  }
  {
    const Scalar delta = risk_.network().rounding(w, risk_.data().radius()).output_error;
    Scalar sum(0);
    Scalar errors(0);
    risk_.visit_outputs(w, [&](const auto& outputs, const auto& targets, Index) {
      for (Index i = 0; i < outputs.cols(); ++i) sum += slope(outputs(0, i), targets(0, i));
      errors += risk_.loss().rounding(outputs, targets, delta).signal_error;
    });
    return mean(sum, errors);
  }

  /// G beside the gradient of the risk (see bounded_gradient_and_proxy): -l' are the signals of its backward pass.
  GradientAndProxy<Scalar> bounded_beside(const Risk& f, ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const requires
      requires(const Risk& risk) {
    risk.bounded_gradient_visiting(w, out, [](const auto&, Scalar) {});
    risk.is_same_as(risk);
  }
  {
    if (!risk_.is_same_as(f)) return {bounded_gradient(f, w, out), bounded_value(w)};
    Scalar sum(0);
    Scalar errors(0);
    const BoundedGradient<Scalar> gradient =
        f.bounded_gradient_visiting(w, out, [&](const auto& signals, Scalar signal_error) {
          sum += signals.cwiseAbs().sum();
          errors += signal_error;
        });
    return {gradient, mean(sum, errors)};
  }

  template <class Other>
  requires requires(const Risk& risk) { risk.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::LossDerivative(risk_.template cast<Other>()); }

 private:
  /// The mean of -l' from its sum and the sum of its errors.
  [[nodiscard]] BoundedValue<Scalar> mean(Scalar sum, Scalar errors) const {
    const auto n = static_cast<Scalar>(risk_.terms());
    return {sum / n, (errors + gamma<Scalar>(risk_.terms() + 4) * sum) / n *
                         (Scalar(1) + gamma<Scalar>(2 * risk_.terms() + 16))};
  }
  [[nodiscard]] Scalar slope(const Scalar& output, const Scalar& target) const {
    using std::abs;
    return abs(Scalar(risk_.loss().derivative(output, target)));
  }

  Risk risk_;
};

}  // namespace proxcvx
