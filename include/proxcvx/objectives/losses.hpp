// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <proxcvx/objectives/elementwise_loss.hpp>
#include <string>

// Losses l(o; t) of an output column o and a target column t. Each is computed without overflow at |o| = 1e4 and keeps
// its relative accuracy in the tails (|l'| <= l must survive rounding), and bounds its own rounding error. A loss acts
// on a block: k x n outputs and targets, a sample per column; the order of sums depends on the block's size alone.

namespace proxcvx {

/// A loss on blocks: total(outputs, targets) = sum of l; differentiate(outputs, targets) = the same, overwriting the
/// outputs by dl/do; curvature(outputs, tangents, targets) overwrites outputs by dl/do and tangents by d2l/do2
/// tangents; rounding(outputs, targets, delta); require_targets(targets) throws on targets that the loss has no meaning
/// for. It may offer total and differentiate with (.., delta, errors): the same in one pass with the rounding, which is
/// added to `errors`; and signals(outputs, targets): differentiate where nobody asks for the sum, with the same bits,
/// if it names itself `GivesSignals`, so that one which inherits from it is not taken for it.
template <class L>
concept Loss = requires(const L& loss, MatrixRef<double> outputs, const Matrix<double>& targets) {
  { loss.total(targets, targets) } -> std::convertible_to<double>;
  { loss.differentiate(outputs, targets) } -> std::convertible_to<double>;
  loss.curvature(outputs, outputs, targets);
  { loss.rounding(targets, targets, 0.0) } -> std::same_as<LossRounding<double>>;
  loss.require_targets(targets);
  { loss.name() } -> std::convertible_to<std::string>;
};

/// A loss that is convex in the outputs, for every target that it accepts, and says so.
template <class L>
concept ConvexLoss = Loss<L> && requires {
  requires L::convex;
};

/// A loss of the margin z = o t, t = +-1, decreasing in z: the losses whose -l' is a proxy for the error.
template <class L>
concept MarginLoss = Loss<L> && requires {
  requires L::margin_loss;
};

namespace detail {

/// total(outputs, targets) of any loss, and its rounding added to `errors`; in one pass where the loss offers that.
template <class L, class Outputs, class Targets, class S>
S total_with_errors(const L& loss, const Outputs& outputs, const Targets& targets, const S& delta,
                    LossRounding<S>& errors) {
  if constexpr (requires { loss.total(outputs, targets, delta, errors); }) {
    return loss.total(outputs, targets, delta, errors);
  } else {
    errors += loss.rounding(outputs, targets, delta);
    return loss.total(outputs, targets);
  }
}

/// signals(outputs, targets) of any loss.
template <class L, class Outputs, class Targets>
void signals_alone(const L& loss, Outputs& outputs, const Targets& targets) {
  if constexpr (requires {
                  requires std::same_as<typename L::GivesSignals, L>;
                  loss.signals(outputs, targets);
                }) {
    loss.signals(outputs, targets);
  } else {
    loss.differentiate(outputs, targets);
  }
}

/// differentiate(outputs, targets) of any loss, and its rounding added to `errors`, likewise.
template <class L, class Outputs, class Targets, class S>
S differentiate_with_errors(const L& loss, Outputs& outputs, const Targets& targets, const S& delta,
                            LossRounding<S>& errors) {
  if constexpr (requires { loss.differentiate(outputs, targets, delta, errors); }) {
    return loss.differentiate(outputs, targets, delta, errors);
  } else {
    errors += loss.rounding(outputs, targets, delta);
    return loss.differentiate(outputs, targets);
  }
}

}  // namespace detail

/// l(o; t) = log(1 + exp(-ot)), t = +-1. |l'| <= min(1, l), |l''| <= |l'|, |l''| <= 1/4, and
/// sup l'^2/l = 0.40726437758908 at ot = -0.921423: the sharp self-bounding constant.
struct LogisticLoss : detail::ElementwiseLoss<LogisticLoss> {
  static constexpr bool convex = true;
  static constexpr bool margin_loss = true;
  static constexpr int ulps = 12;
  /// sup |l''|.
  static constexpr double smoothness = 0.25;
  /// sup l'^2/l, rounded up.
  static constexpr double self_bounding = 0.4072643775891;
  /// sup -l'.
  static constexpr double largest_slope = 1;
  /// l(o; t) <= |o| + log 2.
  static constexpr bool finite_at_finite_outputs = true;

  template <class S> [[nodiscard]] detail::ValueAndDerivative<S> value_and_derivative(const S& o, const S& t) const {
    using std::exp;
    using std::log1p;
    const S z = o * t;
    if constexpr (requires { enclosed_softplus(z); }) return {enclosed_softplus(S(-z)), -t * enclosed_sigmoid(S(-z))};
    if (z >= S(0)) {
      const S e = exp(S(-z));
      return {S(log1p(e)), S(-t * e / (S(1) + e))};
    }
    const S e = exp(z);
    return {S(S(log1p(e)) - z), S(-t / (S(1) + e))};
  }
  template <detail::LaneArgument S> [[nodiscard]] detail::ValueAndDerivative<S> on_lanes(S o, S t) const {
    const auto [softplus, sigmoid] = detail::softplus_with_slope(S(-o * t));
    return {softplus, -t * sigmoid};
  }
  template <class S> [[nodiscard]] S value(const S& o, const S& t) const { return value_and_derivative(o, t).value; }
  /// The same bits as beside the value, without its logarithm.
  template <class S> [[nodiscard]] S derivative(const S& o, const S& t) const {
    using std::exp;
    const S z = o * t;
    if constexpr (requires { enclosed_softplus(z); }) return -t * enclosed_sigmoid(S(-z));
    if (z >= S(0)) {
      const S e = exp(S(-z));
      return S(-t * e / (S(1) + e));
    }
    return S(-t / (S(1) + S(exp(z))));
  }
  template <class S> [[nodiscard]] S second_derivative(const S& o, const S& /*t*/) const {
    using std::abs;
    using std::exp;
    const S e = exp(S(-S(abs(o))));
    return e / ((S(1) + e) * (S(1) + e));
  }
  template <class S>
  [[nodiscard]] detail::Variation<S> variation(const S& slope, const S& /*delta*/, const S& growth) const {
    const S largest = slope * growth < S(1) ? S(slope * growth) : S(1);
    return {largest, largest < S(0.25) ? largest : S(0.25)};
  }
  template <class Targets> void require_targets(const Targets& targets) const { require_signs(targets, "logistic"); }
  [[nodiscard]] std::string name() const { return "logistic"; }
};

/// l(o; t) = ||o - t||^2/2.
struct SquaredLoss : detail::ElementwiseLoss<SquaredLoss> {
  static constexpr bool convex = true;
  static constexpr int ulps = 4;
  static constexpr double smoothness = 1;
  /// sup l'^2/l.
  static constexpr double self_bounding = 2;

  template <class S> [[nodiscard]] detail::ValueAndDerivative<S> value_and_derivative(const S& o, const S& t) const {
    const S residual = o - t;
    return {S(S(0.5) * residual * residual), residual};
  }
  template <detail::LaneArgument S> [[nodiscard]] detail::ValueAndDerivative<S> on_lanes(S o, S t) const {
    const S residual = o - t;
    return {detail::constant<S>(0.5) * residual * residual, residual};
  }
  template <class S> [[nodiscard]] S value(const S& o, const S& t) const { return value_and_derivative(o, t).value; }
  template <class S> [[nodiscard]] S derivative(const S& o, const S& t) const { return residual(o, t); }
  /// This very loss, and none that inherits from it, is l = r^2/2 with r = o - t.
  using HalfSquared = SquaredLoss;
  template <class S> [[nodiscard]] S residual(const S& o, const S& t) const { return o - t; }
  template <class S> [[nodiscard]] S second_derivative(const S& /*o*/, const S& /*t*/) const { return S(1); }
  template <class S>
  [[nodiscard]] detail::Variation<S> variation(const S& slope, const S& delta, const S& /*growth*/) const {
    return {slope + delta, S(1)};
  }
  template <class Targets> void require_targets(const Targets& /*targets*/) const {}
  [[nodiscard]] std::string name() const { return "squared"; }
};

/// l(o; t) = exp(-ot), t = +-1.
struct ExponentialLoss : detail::ElementwiseLoss<ExponentialLoss> {
  static constexpr bool convex = true;
  static constexpr bool margin_loss = true;
  static constexpr int ulps = 8;
  static constexpr double largest_slope = std::numeric_limits<double>::infinity();

  template <class S> [[nodiscard]] detail::ValueAndDerivative<S> value_and_derivative(const S& o, const S& t) const {
    using std::exp;
    const S e = exp(S(-o * t));
    return {e, S(-t * e)};
  }
  template <detail::LaneArgument S> [[nodiscard]] detail::ValueAndDerivative<S> on_lanes(S o, S t) const {
    const S e = detail::vector_exp(S(-o * t));
    return {e, -t * e};
  }
  template <class S> [[nodiscard]] S value(const S& o, const S& t) const { return value_and_derivative(o, t).value; }
  template <class S> [[nodiscard]] S derivative(const S& o, const S& t) const {
    return value_and_derivative(o, t).derivative;
  }
  template <class S> [[nodiscard]] S second_derivative(const S& o, const S& t) const { return value(o, t); }
  template <class S>
  [[nodiscard]] detail::Variation<S> variation(const S& slope, const S& /*delta*/, const S& growth) const {
    return {slope * growth, slope * growth};
  }
  template <class Targets> void require_targets(const Targets& targets) const { require_signs(targets, "exponential"); }
  [[nodiscard]] std::string name() const { return "exponential"; }
};

static_assert(MarginLoss<LogisticLoss> && MarginLoss<ExponentialLoss> && Loss<SquaredLoss> && !MarginLoss<SquaredLoss>);
static_assert(ConvexLoss<LogisticLoss> && ConvexLoss<SquaredLoss> && ConvexLoss<ExponentialLoss>);

}  // namespace proxcvx
