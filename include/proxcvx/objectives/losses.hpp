// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <string>
#include <type_traits>

// Losses l(o; t) of an output column o and a target column t. Each is computed without overflow at |o| = 1e4 and keeps
// its relative accuracy in the tails (|l'| <= l must survive rounding), and bounds its own rounding error. A loss acts
// on a block: k x n outputs and targets, a sample per column; sums run in column order.

namespace proxcvx {

/// What the errors of a block add up to, given that each output column is off by at most delta.
template <class Scalar> struct LossRounding {
  Scalar value_error = Scalar(0);   ///< sum over columns of |computed l - l|
  Scalar signal_error = Scalar(0);  ///< sum over columns of ||computed dl/do - dl/do||
  Scalar signal_norm = Scalar(0);   ///< sum over columns of ||dl/do||, as computed

  LossRounding& operator+=(const LossRounding& other) {
    value_error += other.value_error;
    signal_error += other.signal_error;
    signal_norm += other.signal_norm;
    return *this;
  }
};

/// A loss on blocks: total(outputs, targets) = sum of l; differentiate(outputs, targets) = the same, overwriting the
/// outputs by dl/do; curvature(outputs, tangents, targets) overwrites outputs by dl/do and tangents by d2l/do2
/// tangents; rounding(outputs, targets, delta); require_targets(targets) throws on targets that the loss has no meaning
/// for. It may offer total and differentiate with (.., delta, errors): the same in one pass with the rounding, which is
/// added to `errors`.
template <class L>
concept Loss = requires(const L& loss, MatrixRef<double> outputs, const Matrix<double>& targets) {
  { loss.total(targets, targets) } -> std::convertible_to<double>;
  { loss.differentiate(outputs, targets) } -> std::convertible_to<double>;
  loss.curvature(outputs, outputs, targets);
  { loss.rounding(targets, targets, 0.0) } -> std::same_as<LossRounding<double>>;
  loss.require_targets(targets);
  { loss.name() } -> std::convertible_to<std::string>;
};

/// A loss of the margin z = o t, t = +-1, decreasing in z: the losses whose -l' is a proxy for the error.
template <class L>
concept MarginLoss = Loss<L> && requires {
  requires L::margin_loss;
};

namespace detail {

[[noreturn]] inline void refuse_label(const char* loss, double label, Index sample) {
  refuse("targets", std::string("labels -1 or +1 for the ") + loss + " loss",
         std::to_string(label) + " at sample " + std::to_string(sample));
}

/// Blocks for a loss that sums over entries: Derived has scalar value, derivative, second_derivative (o, t), both
/// accurate to `ulps` u relative to themselves, and variation(o, t, delta) >= sup (|l'|, |l''|) within delta of o.
template <class Derived> class ElementwiseLoss {
 public:
  template <class Outputs, class Targets>
  [[nodiscard]] typename Outputs::Scalar total(const Outputs& outputs, const Targets& targets) const {
    using S = typename Outputs::Scalar;
    S sum(0);
    for (Index i = 0; i < outputs.cols(); ++i) {
      for (Index k = 0; k < outputs.rows(); ++k) sum += self().value(S(outputs(k, i)), S(targets(k, i)));
    }
    return sum;
  }

  template <class Outputs, class Targets>
  typename std::remove_reference_t<Outputs>::Scalar differentiate(Outputs&& outputs, const Targets& targets) const
      requires(!std::is_const_v<std::remove_reference_t<Outputs>>) {
    using S = typename std::remove_reference_t<Outputs>::Scalar;
    S sum(0);
    for (Index i = 0; i < outputs.cols(); ++i) {
      for (Index k = 0; k < outputs.rows(); ++k) {
        const auto [value, derivative] = self().value_and_derivative(S(outputs(k, i)), S(targets(k, i)));
        sum += value;
        outputs(k, i) = derivative;
      }
    }
    return sum;
  }

  template <class Outputs, class Tangents, class Targets>
  void curvature(Outputs&& outputs, Tangents&& tangents, const Targets& targets) const {
    using S = typename std::remove_reference_t<Outputs>::Scalar;
    for (Index i = 0; i < outputs.cols(); ++i) {
      for (Index k = 0; k < outputs.rows(); ++k) {
        const S o = outputs(k, i);
        const S t = targets(k, i);
        tangents(k, i) *= self().second_derivative(o, t);
        outputs(k, i) = self().derivative(o, t);
      }
    }
  }

  template <class Outputs, class Targets>
  [[nodiscard]] LossRounding<typename Outputs::Scalar> rounding(const Outputs& outputs, const Targets& targets,
                                                                typename Outputs::Scalar delta) const {
    LossRounding<typename Outputs::Scalar> errors;
    total(outputs, targets, delta, errors);
    return errors;
  }

  /// In one pass, total(outputs, targets), and rounding(outputs, targets, delta) added to `errors`.
  template <class Outputs, class Targets>
  typename Outputs::Scalar total(const Outputs& outputs, const Targets& targets, typename Outputs::Scalar delta,
                                 LossRounding<typename Outputs::Scalar>& errors) const {
    return sweep(outputs, targets, delta, errors, [](Index, Index, const auto&) {});
  }

  /// In one pass, differentiate(outputs, targets), and rounding(outputs, targets, delta) added to `errors`.
  template <class Outputs, class Targets>
  auto differentiate(Outputs&& outputs, const Targets& targets, typename std::remove_reference_t<Outputs>::Scalar delta,
                     LossRounding<typename std::remove_reference_t<Outputs>::Scalar>& errors) const
      requires(!std::is_const_v<std::remove_reference_t<Outputs>>) {
    return sweep(outputs, targets, delta, errors,
                 [&](Index k, Index i, const auto& derivative) { outputs(k, i) = derivative; });
  }

 protected:
  template <class Targets> static void require_signs(const Targets& targets, const char* loss) {
    for (Index i = 0; i < targets.cols(); ++i) {
      for (Index k = 0; k < targets.rows(); ++k) {
        const auto t = static_cast<double>(targets(k, i));
        if (t != 1 && t != -1) refuse_label(loss, t, i);
      }
    }
  }

 private:
  [[nodiscard]] const Derived& self() const { return static_cast<const Derived&>(*this); }

  /// Adds the block's errors to `errors`, calls keep(k, i, l') for each entry, and returns the sum of l.
  template <class Outputs, class Targets, class Keep>
  typename Outputs::Scalar sweep(const Outputs& outputs, const Targets& targets, typename Outputs::Scalar delta,
                                 LossRounding<typename Outputs::Scalar>& errors, const Keep& keep) const {
    using S = typename Outputs::Scalar;
    using std::abs;
    using std::exp;
    const S relative = S(Derived::ulps) * unit_roundoff<S>();
    const S tiny = S(4) * std::numeric_limits<S>::denorm_min();
    const S growth = exp(delta);  // what the exponential losses need, once a block
    // What the rounding of a column's length may lose; one entry is its own length.
    const bool single = outputs.rows() == 1;
    const S lengths = single ? S(1) : S(S(1) + gamma<S>(8 * outputs.rows()));
    LossRounding<S> block;
    S sum(0);
    for (Index i = 0; i < outputs.cols(); ++i) {
      S signal_error(0);
      S signal_norm(0);
      for (Index k = 0; k < outputs.rows(); ++k) {
        const auto [value, derivative] = self().value_and_derivative(S(outputs(k, i)), S(targets(k, i)));
        const S slope = abs(derivative);
        const auto [first, second] = self().variation(slope, delta, growth);
        const S error = second * delta + relative * slope + tiny;
        block.value_error += first * delta + relative * S(abs(value)) + tiny;
        signal_error = k == 0 ? error : scaled_length(signal_error, error);
        signal_norm = k == 0 ? slope : scaled_length(signal_norm, slope);
        sum += value;
        keep(k, i, derivative);
      }
      block.signal_error += signal_error * lengths;
      block.signal_norm += signal_norm * lengths + (single ? S(0) : tiny);
    }
    errors += block;
    return sum;
  }
};

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

/// A value with its derivative.
template <class S> struct ValueAndDerivative {
  S value;
  S derivative;
};

/// Bounds on |l'| and |l''| near an output.
template <class S> struct Variation {
  S first;
  S second;
};

}  // namespace detail

/// l(o; t) = log(1 + exp(-ot)), t = +-1. |l'| <= min(1, l), |l''| <= |l'|, |l''| <= 1/4, and
/// sup l'^2/l = 0.40726437758908 at ot = -0.921423: the sharp self-bounding constant.
struct LogisticLoss : detail::ElementwiseLoss<LogisticLoss> {
  static constexpr bool margin_loss = true;
  static constexpr int ulps = 12;
  /// sup |l''|.
  static constexpr double smoothness = 0.25;
  /// sup l'^2/l, rounded up.
  static constexpr double self_bounding = 0.4072643775891;
  /// sup -l'.
  static constexpr double largest_slope = 1;

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
  template <class S> [[nodiscard]] S value(const S& o, const S& t) const { return value_and_derivative(o, t).value; }
  template <class S> [[nodiscard]] S derivative(const S& o, const S& t) const {
    return value_and_derivative(o, t).derivative;
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
  static constexpr int ulps = 4;
  static constexpr double smoothness = 1;
  /// sup l'^2/l.
  static constexpr double self_bounding = 2;

  template <class S> [[nodiscard]] detail::ValueAndDerivative<S> value_and_derivative(const S& o, const S& t) const {
    const S residual = o - t;
    return {S(S(0.5) * residual * residual), residual};
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
  static constexpr bool margin_loss = true;
  static constexpr int ulps = 8;
  static constexpr double largest_slope = std::numeric_limits<double>::infinity();

  template <class S> [[nodiscard]] detail::ValueAndDerivative<S> value_and_derivative(const S& o, const S& t) const {
    using std::exp;
    const S e = exp(S(-o * t));
    return {e, S(-t * e)};
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

}  // namespace proxcvx
