// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/objectives/losses.hpp>

// The loss whose derivative is Hoelder and, for a < 1, nowhere near Lipschitz (Lei, Hu, Li & Tang 2019):
//     l(o; t) = |o - t|^{1+a},   |l'(o) - l'(p)| <= (1+a) 2^{1-a} |o - p|^a, attained at o - t = t - p.

namespace proxcvx {

/// l(o; t) = |o - t|^{1+a}, 0 < a <= 1, convex. 1 + a is rounded to a float, so that every scalar sees one function.
class HoelderLoss : public detail::ElementwiseLoss<HoelderLoss> {
 public:
  static constexpr bool convex = true;
  static constexpr int ulps = 8;

  /// Throws std::invalid_argument unless 0 < a <= 1 (and 1 + a > 1 as a float).
  explicit HoelderLoss(double a) : power_{static_cast<double>(static_cast<float>(1 + a))} {
    require(a > 0 && a <= 1 && power_ > 1, "a", "a number in (0, 1]", a);
  }

  /// a, as rounded.
  [[nodiscard]] double order() const { return power_ - 1; }
  /// sup |l'(o) - l'(p)|/|o - p|^a = (1+a) 2^{1-a}, rounded up.
  [[nodiscard]] double hoelder_constant() const { return power_ * std::pow(2.0, 2 - power_) * (1 + 0x1p-50); }

  template <class S> [[nodiscard]] detail::ValueAndDerivative<S> value_and_derivative(const S& o, const S& t) const {
    using std::abs;
    using std::pow;
    const S residual = o - t;
    const S slope = pow(S(abs(residual)), static_cast<S>(power_ - 1));
    const S factor = residual < S(0) ? S(-power_) : S(power_);
    return {S(slope * S(abs(residual))), S(factor * slope)};
  }
  template <class S> [[nodiscard]] S value(const S& o, const S& t) const { return value_and_derivative(o, t).value; }
  template <class S> [[nodiscard]] S derivative(const S& o, const S& t) const {
    return value_and_derivative(o, t).derivative;
  }
  /// For a < 1 there is none at o = t: 0 stands there.
  template <class S> [[nodiscard]] S second_derivative(const S& o, const S& t) const {
    using std::abs;
    using std::pow;
    const S residual = abs(S(o - t));
    if (power_ == 2) return S(2);
    if (!(residual > S(0))) return S(0);
    return static_cast<S>(power_) * static_cast<S>(power_ - 1) * S(pow(residual, static_cast<S>(power_ - 2)));
  }
  /// Within delta of o: |l'| <= |l'(o)| + (1+a) delta^a, and |l'| changes by at most delta times the least of
  /// (1+a) 2^{1-a} delta^{a-1} and, where |r| > 4 delta, a (1+a) (|r|/2)^{a-1}; r = (|l'(o)|/(1+a))^{1/a}.
  template <class S>
  [[nodiscard]] detail::Variation<S> variation(const S& slope, const S& delta, const S& /*growth*/) const {
    using std::pow;
    const auto p = static_cast<S>(power_);
    if (power_ == 2) return {slope + p * delta, p};
    if (!(delta > S(0))) return {slope, S(0)};
    const S a = static_cast<S>(power_ - 1);
    const S reach = pow(delta, a);
    const S residual = pow(S(slope / p), S(S(1) / a));
    const S change = residual > S(4) * delta ? S(p * a * S(pow(S(residual / S(2)), S(a - S(1)))))
                                             : S(static_cast<S>(hoelder_constant()) * (reach / delta));
    constexpr double pad = 1.001;  // far above what a few pow lose
    return {slope + S(pad) * p * reach, S(pad) * change};
  }
  template <class Targets> void require_targets(const Targets& /*targets*/) const {}
  [[nodiscard]] std::string name() const { return "|residual|^" + std::to_string(power_); }

 private:
  double power_;  ///< 1 + a
};

static_assert(Loss<HoelderLoss> && !MarginLoss<HoelderLoss>);

}  // namespace proxcvx
