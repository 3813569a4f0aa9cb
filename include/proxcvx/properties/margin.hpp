// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/rounding.hpp>
#include <string>
#include <utility>
#include <vector>

// A property is an inequality as an object. What it offers is its margin, left side minus right side: >= 0 exactly
// where the inequality holds. A margin carries a bound on its own rounding error, so that nobody mistakes noise for
// a violation, or a violation for noise.

namespace proxcvx {

/// The margin of an inequality at a point or a pair: |value - exact margin| <= error.
template <class Scalar> struct Margin {
  Scalar value;          ///< left side - right side
  Scalar error;          ///< bound on the rounding error of `value`
  Scalar scale;          ///< sum of the magnitudes that were subtracted: value/scale lies in [-1, 1] and is scale-free
  bool vacuous = false;  ///< the inequality says nothing here (proxy PL where g(w) <= xi)
};

/// The named numbers that a property claims, in the order in which they are printed.
using Constants = std::vector<std::pair<std::string, double>>;

/// An inequality over points: `margin(w)`.
/// Meaning: the exact margin is >= 0 exactly where the inequality holds at w.
template <class P>
concept PointProperty = detail::HasScalar<P> && detail::HasDimension<P> &&
    requires(const P& property, const Vector<typename P::Scalar>& w) {
  { property.margin(w) } -> std::same_as<Margin<typename P::Scalar>>;
};

/// An inequality over pairs: `margin(w, v)`.
template <class P>
concept PairProperty = detail::HasScalar<P> && detail::HasDimension<P> &&
    requires(const P& property, const Vector<typename P::Scalar>& w) {
  { property.margin(w, w) } -> std::same_as<Margin<typename P::Scalar>>;
};

/// A pair property that is faster on two clouds than pair by pair: `margins(W, V, values, errors)` writes the margin
/// of (W.col(i), V.col(j)) and its error bound at (i, j).
template <class P>
concept AllPairsProperty = PairProperty<P> &&
    requires(const P& property, const Matrix<typename P::Scalar>& points, MatrixRef<typename P::Scalar> out) {
  property.margins(points, points, out, out);
};

namespace detail {

template <class P>
concept HasPointGradient = requires(const P& property, const Vector<typename P::Scalar>& w,
                                    VectorRef<typename P::Scalar> out) {
  property.margin_gradient(w, out);
  property.scale_free_gradient(w, out);
};

template <class P>
concept HasPairGradient = requires(const P& property, const Vector<typename P::Scalar>& w,
                                   VectorRef<typename P::Scalar> out) {
  property.margin_gradient(w, w, out, out);
  property.scale_free_gradient(w, w, out, out);
};

}  // namespace detail

/// A property that offers the exact gradient of its margin, and of value/scale (the scale moves too):
/// `margin_gradient(w, out)` and `scale_free_gradient(w, out)` at a point, `(w, v, out_w, out_v)` at a pair, and
/// `margin_gradient_cost`, what one of them costs at most, in gradients of f with three for a Hessian-vector product
/// and one for the gradient of a proxy. Meaning: where f, g and h are twice differentiable, and scale-free where none
/// of the terms is 0; at a kink, that of the one fixed choice.
template <class P>
concept HasMarginGradient = requires {
  { P::margin_gradient_cost } -> std::convertible_to<Index>;
}
&&(detail::HasPointGradient<P> || detail::HasPairGradient<P>);

/// T can be evaluated again in another scalar: `cast<Scalar>()`.
template <class T, class Scalar>
concept CastableTo = requires(const T& t) {
  t.template cast<Scalar>();
};

namespace detail {

/// f knows a point at which it has its least value, and that value.
template <class F>
concept DeclaresMinimum = requires(const F& f) {
  { f.minimum() } -> std::convertible_to<double>;
  { f.minimizer() } -> std::convertible_to<Vector<typename F::Scalar>>;
};

/// "g" of a proxy for reports: its own name, or what the caller calls it.
template <class Proxy> [[nodiscard]] std::string name_of(const Proxy& proxy, std::string otherwise) {
  if constexpr (requires {
                  { proxy.name() } -> std::convertible_to<std::string>;
                }) {
    return proxy.name();
  } else {
    return otherwise;
  }
}

/// What a property's margin gradient costs; 0 where it has none.
template <class P> inline constexpr Index margin_gradient_cost = 0;
template <HasMarginGradient P> inline constexpr Index margin_gradient_cost<P> = P::margin_gradient_cost;

/// d|x|/dx, 0 at 0.
template <class Scalar> [[nodiscard]] Scalar sign_of(const Scalar& x) {
  return x > Scalar(0) ? Scalar(1) : (x < Scalar(0) ? Scalar(-1) : Scalar(0));
}

/// Whether the rounding bounds of T are its own (`true`) or assumed.
template <class T> inline constexpr bool bounds_itself = BoundsItsValue<T>;

}  // namespace detail

}  // namespace proxcvx
