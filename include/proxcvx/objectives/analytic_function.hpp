// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/objectives/tracked.hpp>

// What functions with formulas for value, slopes and curvature share. Written once for any scalar T, the formulas yield
// the function, its derivatives and rigorous rounding bounds (running error analysis, objectives/tracked.hpp).

namespace proxcvx::detail {

/// Derived<S> offers dimension() and, for any number type T made from S,
///   T value_of<T>(w)    T slope_of<T>(w, i) = df/dw_i    S curvature_of(w, direction, i) = (Hessian direction)_i
template <class Derived, class Scalar_> class AnalyticFunction {
 public:
  using Scalar = Scalar_;

  /// f(w).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return self().template value_of<Scalar>(w); }

  /// f(w), and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    for (Index i = 0; i < w.size(); ++i) out[i] = self().template slope_of<Scalar>(w, i);
    return value(w);
  }

  /// The Hessian at w times `direction` into `out`.
  void hessian_vector(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, VectorRef<Scalar> out) const {
    for (Index i = 0; i < w.size(); ++i) out[i] = self().curvature_of(w, direction, i);
  }

  /// f(w) with its rounding bound.
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const {
    Tracked<Scalar> f;
    const bool certain = branches_are_certain([&] { f = self().template value_of<Tracked<Scalar>>(w); });
    return {f.value(), certain ? f.error() : std::numeric_limits<Scalar>::infinity()};
  }

  /// f(w) and its gradient into `out`, with rounding bounds.
  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    Scalar error(0);
    const bool certain = branches_are_certain([&] {
      for (Index i = 0; i < w.size(); ++i) {
        const auto slope = self().template slope_of<Tracked<Scalar>>(w, i);
        out[i] = slope.value();
        error += slope.error();  // the 1-norm bounds the Euclidean one
      }
    });
    error *= Scalar(1) + gamma<Scalar>(w.size() + 2);
    const BoundedValue<Scalar> f = bounded_value(w);
    return {f.value, f.error, certain ? error : std::numeric_limits<Scalar>::infinity()};
  }

 private:
  [[nodiscard]] const Derived& self() const { return static_cast<const Derived&>(*this); }
};

}  // namespace proxcvx::detail
