// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <proxcvx/objectives/dual.hpp>
#include <proxcvx/verify/margin_enclosure.hpp>
#include <utility>

// Where a margin is exactly 0, intervals that round outward can't say that it is not negative. There, at a point z or
// on the diagonal w = v, that is declared, convexity decides (theory 3.6): with margin(z) = 0 and grad margin(z) = 0,
//     margin(x) = int_0^1 t d^T S(z + t d) d dt >= 0,   d = x - z,   grad margin(x) = S(x) d,
// where the symmetric part of every slope matrix S over the box is positive semidefinite. For g = h = f
//     margin(w, v) = int_0^1 int_0^1 t d^T Hess f(v + s t d) d ds dt >= 0 where f is convex, d = w - v.

namespace proxcvx {

namespace detail {

/// A scalar whose tangent encloses a derivative, to first order again.
template <class Range> using DerivativeForm = Dual<SlopeForm<Range>, 1>;

/// Whether every symmetric matrix between the entries' ends is positive semidefinite: an interval factorisation
/// L D L^T whose pivots are positive (a single entry: non-negative). `matrix` is overwritten.
template <class Range> [[nodiscard]] bool certainly_semidefinite(Matrix<Range>& matrix) {
  const Index n = matrix.rows();
  if (n == 1) return certainly_nonnegative(matrix(0, 0));
  for (Index k = 0; k < n; ++k) {
    if (!certainly_positive(matrix(k, k))) return false;
    for (Index i = k + 1; i < n; ++i) {
      const Range factor = matrix(i, k) / matrix(k, k);
      for (Index j = k + 1; j <= i; ++j) {
        matrix(i, j) -= i == j ? square(matrix(i, k)) / matrix(k, k) : factor * matrix(j, k);
      }
    }
  }
  return true;
}

/// The symmetric part of the slopes of `components`, which are functions of as many variables.
template <class Range> [[nodiscard]] Matrix<Range> symmetric_slopes(const Vector<SlopeForm<Range>>& components) {
  const Index n = components.size();
  Matrix<Range> slopes(n, n);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      slopes(i, j) = Range(0.5) * (components[i].slope(static_cast<int>(j)) + components[j].slope(static_cast<int>(i)));
    }
  }
  return slopes;
}

/// The property may be declared to be 0 with derivative 0 at points: its own `exact_zeros()`, a column each.
template <class P>
concept DeclaresZeros = requires(const P& property) {
  { property.exact_zeros() } -> std::convertible_to<Matrix<double>>;
};

/// 0 up to what underflow may hide, and no more: rounding would show.
template <class Range> [[nodiscard]] bool vanishes(const Range& x) { return contains(x, 0) && magnitude(x) < 1e-290; }

/// Whether the margin of a point property is convex on the box in the sense above around the declared zero z.
/// `trusted`: margin and derivative need only be possibly 0 there; else they must be so up to underflow.
template <class Range, class Property>
[[nodiscard]] bool is_convex_around(const Property& property, const Vector<double>& zero, const Vector<double>& low,
                                    const Vector<double>& high, bool trusted) {
  using Form = SlopeForm<Range>;
  const Index n = low.size();
  if (n > Form::capacity) return false;
  if (!(low.array() <= zero.array()).all() || !(zero.array() <= high.array()).all()) return false;
  Vector<DerivativeForm<Range>> w(n);
  Vector<Form> derivative(n);
  Form margin;
  for (Index i = 0; i < n; ++i) w[i] = Form::variable(static_cast<int>(i), zero[i], Range(low[i], high[i]));
  const auto enclosed = property.template cast<DerivativeForm<Range>>();
  const bool certain = encloses_without_steps([&] {
    for (Index k = 0; k < n; ++k) {
      w[k].seed(0, Form(1));
      const DerivativeForm<Range> m = enclosed.margin_value(w);
      w[k].seed(0, Form(0));
      derivative[k] = m.tangent(0);
      margin = m.value();
    }
  });
  const auto is_zero = [&](const Range& x) { return trusted ? contains(x, 0) : vanishes(x); };
  bool zeros = certain && is_zero(margin.center());
  for (Index k = 0; k < n && zeros; ++k) zeros = is_zero(derivative[k].center());
  if (!zeros) return false;
  Matrix<Range> slopes = symmetric_slopes(derivative);
  return certainly_semidefinite(slopes);
}

/// Whether f is convex on the box: the slopes of its gradient between any two points are positive semidefinite.
template <class Range, class F>
[[nodiscard]] bool is_convex_on(const F& f, const Vector<double>& low, const Vector<double>& high) {
  using Form = SlopeForm<Range>;
  const Index n = low.size();
  if (n > Form::capacity) return false;
  Vector<Form> w(n);
  Vector<Form> gradient(n);
  for (Index i = 0; i < n; ++i) {
    const Range range(low[i], high[i]);
    w[i] = Form::variable(static_cast<int>(i), range, range);
  }
  const auto enclosed = f.template cast<Form>();
  if (!encloses_without_steps([&] { enclosed.gradient(w, gradient); })) return false;
  Matrix<Range> slopes = symmetric_slopes(gradient);
  return certainly_semidefinite(slopes);
}

/// Whether the property is the convexity of one function.
template <class Property> [[nodiscard]] bool is_convexity(const Property& property) {
  if constexpr (requires { property.is_convexity(); }) {
    return property.is_convexity();
  } else {
    return false;
  }
}

/// What is known of where the margin vanishes, a point per column.
struct KnownZeros {
  Matrix<double> declared;  ///< by the objective
  Matrix<double> given;     ///< by the caller
  bool diagonal = false;
};

/// The zeros that the property itself declares.
template <class Property> [[nodiscard]] KnownZeros declared_zeros(const Property& property) {
  KnownZeros zeros{Matrix<double>(property.dimension(), 0), Matrix<double>(property.dimension(), 0),
                   is_convexity(property)};
  if constexpr (DeclaresZeros<Property>) zeros.declared = property.exact_zeros();
  return zeros;
}

/// Whether convexity proves the property on the box, whose variables are w or (w; v).
template <class Range, class Property>
[[nodiscard]] bool is_proved_by_convexity(const Property& property, const KnownZeros& zeros, const Vector<double>& low,
                                          const Vector<double>& high) {
  if constexpr (PairProperty<Property>) {
    if constexpr (requires { property.is_convexity(); }) {
      if (!zeros.diagonal) return false;
      const Index p = low.size() / 2;
      return is_convex_on<Range>(property.objective(), low.head(p).cwiseMin(low.tail(p)),
                                 high.head(p).cwiseMax(high.tail(p)));
    }
  } else if constexpr (HasMarginValue<Property, DerivativeForm<Range>>) {
    for (const auto& [points, trusted] : {std::pair{&zeros.declared, false}, std::pair{&zeros.given, true}}) {
      for (Index k = 0; k < points->cols(); ++k) {
        if (is_convex_around<Range>(property, points->col(k), low, high, trusted)) return true;
      }
    }
  }
  return false;
}

}  // namespace detail

}  // namespace proxcvx
