// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/properties/margin.hpp>
#include <utility>

// Hoelder-continuous gradients of order a in (0, 1] (Lei, Hu, Li & Tang 2019; a = 1: smoothness): for all w, v
//     ||grad f(w) - grad f(v)|| <= L ||w - v||^a,     margin(w, v) = L ||w - v||^a - ||grad f(w) - grad f(v)||.

namespace proxcvx {

/// What a Hoelder condition claims: 0 < a <= 1, L > 0.
struct HoelderConstants {
  double a = 1;
  double L = 1;
};

/// ||grad f(w) - grad f(v)|| <= L ||w - v||^a. Throws std::invalid_argument unless 0 < a <= 1 and L > 0 is finite.
/// margin: two gradients.
template <class F> class HoelderGradient {
  static_assert(expect_differentiable<F>());

 public:
  using Scalar = typename F::Scalar;

  explicit HoelderGradient(F f, HoelderConstants constants = {}) : f_{std::move(f)}, constants_{constants} {
    require(constants.a > 0 && constants.a <= 1, "a", "a number in (0, 1]", constants.a);
    require(constants.L > 0 && is_finite(constants.L), "L", "a finite number > 0", constants.L);
  }

  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  [[nodiscard]] const F& objective() const { return f_; }
  [[nodiscard]] double a() const { return constants_.a; }
  [[nodiscard]] double L() const { return constants_.L; }
  [[nodiscard]] std::string name() const { return "hoelder-gradient"; }
  [[nodiscard]] std::string statement() const { return "||grad f(w) - grad f(v)|| <= L ||w - v||^a"; }
  [[nodiscard]] Constants constants() const { return {{"a", constants_.a}, {"L", constants_.L}}; }

  /// ||w - v||^a with its rounding bound: w - v is exact to u in each entry, and t^a, a <= 1, loses no more than t.
  [[nodiscard]] BoundedValue<Scalar> reach(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v) const {
    ScratchFrame<Scalar> frame;
    auto difference = frame.vector(w.size());
    difference = w - v;
    const Scalar power = raised(scaled_norm(difference));
    return {power, (gamma<Scalar>(w.size() + 4) + Scalar(8) * unit_roundoff<Scalar>()) * power};
  }

  /// margin(w, v) with its rounding bound.
  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v) const {
    using std::abs;
    ScratchFrame<Scalar> frame;
    auto at_w = frame.vector(w.size());
    auto at_v = frame.vector(w.size());
    const Scalar errors = bounded_gradient(f_, w, at_w).gradient_error + bounded_gradient(f_, v, at_v).gradient_error;
    at_w -= at_v;
    const Scalar change = scaled_norm(at_w);
    const BoundedValue<Scalar> distance = reach(w, v);
    const auto l = static_cast<Scalar>(constants_.L);
    const Scalar u = unit_roundoff<Scalar>();
    const Scalar allowed = l * distance.value;
    const Scalar value = allowed - change;
    const Scalar error = l * distance.error + Scalar(2) * u * allowed + errors + gamma<Scalar>(w.size() + 4) * change +
                         Scalar(2) * u * Scalar(abs(value)) + Scalar(4) * std::numeric_limits<Scalar>::denorm_min();
    return {value, (Scalar(1) + Scalar(8) * u) * error, allowed + change, false};
  }

  /// The exact gradient of the margin: with e the unit vector of grad f(w) - grad f(v) and d = w - v,
  ///   L a ||d||^{a-2} d - Hess f(w) e in w, -L a ||d||^{a-2} d + Hess f(v) e in v.
  /// Cost: two gradients and two Hessian-vector products of f.
  void margin_gradient(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v, VectorRef<Scalar> out_w,
                       VectorRef<Scalar> out_v) const requires TwiceDifferentiableObjective<F> {
    weighted_gradient(w, v, out_w, out_v, false);
  }
  static constexpr Index margin_gradient_cost = 8;

  /// The exact gradient of value/scale, scale = L ||w - v||^a + ||grad f(w) - grad f(v)||. The same cost.
  void scale_free_gradient(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v, VectorRef<Scalar> out_w,
                           VectorRef<Scalar> out_v) const requires TwiceDifferentiableObjective<F> {
    weighted_gradient(w, v, out_w, out_v, true);
  }

  template <class Other>
  requires CastableTo<F, Other>
  [[nodiscard]] auto cast() const { return proxcvx::HoelderGradient(f_.template cast<Other>(), constants_); }

  static constexpr bool rigorous_rounding() { return BoundsItsGradient<F>; }

 private:
  void weighted_gradient(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v, VectorRef<Scalar> out_w,
                         VectorRef<Scalar> out_v, bool scale_free) const {
    ScratchFrame<Scalar> frame;
    auto unit = frame.vector(w.size());
    auto difference = frame.vector(w.size());
    f_.gradient(w, unit);
    f_.gradient(v, difference);
    unit -= difference;
    difference = w - v;
    const Scalar change = scaled_norm(unit);
    const Scalar distance = scaled_norm(difference);
    const Scalar allowed = static_cast<Scalar>(constants_.L) * raised(distance);
    Scalar allowed_weight(1);
    Scalar change_weight(1);
    if (scale_free) {
      const Scalar scale = allowed + change;
      const Scalar level = scale > Scalar(0) ? Scalar((allowed - change) / scale) : Scalar(0);
      allowed_weight = scale > Scalar(0) ? Scalar((Scalar(1) - level) / scale) : Scalar(0);
      change_weight = scale > Scalar(0) ? Scalar((Scalar(1) + level) / scale) : Scalar(0);
    }
    if (change > Scalar(0)) unit /= change;
    f_.hessian_vector(w, unit, out_w);
    f_.hessian_vector(v, unit, out_v);
    out_w *= -change_weight;
    out_v *= change_weight;
    if (!(distance > Scalar(0))) return;
    difference *= allowed_weight * static_cast<Scalar>(constants_.a) * (allowed / distance) / distance;
    out_w += difference;
    out_v -= difference;
  }

  [[nodiscard]] Scalar raised(const Scalar& distance) const {
    using std::pow;
    if (constants_.a == 1 || !(distance > Scalar(0))) return distance;
    return pow(distance, static_cast<Scalar>(constants_.a));
  }

  F f_;
  HoelderConstants constants_;
};

}  // namespace proxcvx
