// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/objectives/dual.hpp>
#include <proxcvx/objectives/tracked.hpp>
#include <string>
#include <type_traits>
#include <utility>

// A differentiable objective from a formula alone: the user writes `value(w)` for any scalar, dual numbers
// differentiate it, and tracked numbers bound its rounding errors rigorously.
//     struct Bowl { auto value(const auto& w) const { return 0.5 * w.squaredNorm(); } };
//     const auto f = proxcvx::differentiate(Bowl{}, 3);

namespace proxcvx {

/// The objective of a formula: a struct with a templated `value(const Vector<T>& w) -> T`. It should write elementary
/// functions unqualified (`using std::exp; exp(x)`) and compare only what it must: where a comparison is within its own
/// rounding error, the bound becomes infinite, that is, the verdict waits for a wider scalar.
/// gradient: ceil(p/8) evaluations in dual numbers, no allocation of ours after the first call on a thread;
/// hessian_vector: twice that.
template <class Formula, class Scalar_ = double> class Differentiated {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless dimension >= 1.
  Differentiated(Formula formula, Index dimension) : formula_{std::move(formula)}, dimension_{dimension} {
    require(dimension >= 1, "dimension", "a number >= 1", dimension);
  }

  [[nodiscard]] Index dimension() const { return dimension_; }
  [[nodiscard]] const Formula& formula() const { return formula_; }
  /// The formula's own name, for reports, where it has one.
  [[nodiscard]] std::string name() const requires requires(const Formula& formula) { formula.name(); }
  { return formula_.name(); }

  /// f(w).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    return evaluate<Scalar>([&](Index i) { return w[i]; });
  }

  /// f(w), and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    Scalar value(0);
    for_each_chunk([&](Index first, Index count) {
      const Chunk<Scalar> f = evaluate_chunk<Scalar>(first, count, [&](Index i) { return w[i]; });
      value = f.value();
      for (Index k = 0; k < count; ++k) out[first + k] = f.tangent(static_cast<int>(k));
    });
    return value;
  }

  /// The Hessian at w times `direction` into `out`.
  void hessian_vector(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, VectorRef<Scalar> out) const {
    using Along = Dual<Scalar, 1>;
    for_each_chunk([&](Index first, Index count) {
      const Chunk<Along> f = evaluate_chunk<Along>(first, count, [&](Index i) {
        Along moving(w[i]);
        moving.seed(0, direction[i]);
        return moving;
      });
      for (Index k = 0; k < count; ++k) out[first + k] = f.tangent(static_cast<int>(k)).tangent(0);
    });
  }

  /// f(w) with its rounding bound.
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const {
    Tracked<Scalar> f;
    const bool certain = detail::branches_are_certain(
        [&] { f = evaluate<Tracked<Scalar>>([&](Index i) { return Tracked<Scalar>(w[i]); }); });
    return {f.value(), certain ? f.error() : std::numeric_limits<Scalar>::infinity()};
  }

  /// f(w) and its gradient into `out`, with rounding bounds.
  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    const Scalar infinity = std::numeric_limits<Scalar>::infinity();
    Tracked<Scalar> value;
    Scalar largest(0);
    const bool certain = detail::branches_are_certain([&] {
      for_each_chunk([&](Index first, Index count) {
        const auto f = evaluate_chunk<Tracked<Scalar>>(first, count, [&](Index i) { return Tracked<Scalar>(w[i]); });
        value = f.value();
        for (Index k = 0; k < count; ++k) {
          const Tracked<Scalar>& slope = f.tangent(static_cast<int>(k));
          out[first + k] = slope.value();
          if (!(slope.error() <= largest)) largest = slope.error() == slope.error() ? slope.error() : infinity;
        }
      });
    });
    if (!certain) return {value.value(), infinity, infinity};
    using std::sqrt;
    const auto p = static_cast<Scalar>(dimension_);
    return {value.value(), value.error(),
            largest * Scalar(sqrt(p)) * (Scalar(1) + Scalar(8) * unit_roundoff<Scalar>())};
  }

  /// The same formula in another scalar (a formula with a `cast` of its own is cast too).
  template <class Other> [[nodiscard]] auto cast() const {
    if constexpr (requires { formula_.template cast<Other>(); }) {
      auto formula = formula_.template cast<Other>();
      return Differentiated<decltype(formula), Other>(std::move(formula), dimension_);
    } else {
      return Differentiated<Formula, Other>(formula_, dimension_);
    }
  }

 private:
  static constexpr Index chunk = 8;
  template <class T> using Chunk = Dual<T, static_cast<int>(chunk)>;

  template <class Visit> void for_each_chunk(const Visit& visit) const {
    for (Index first = 0; first < dimension_; first += chunk) visit(first, std::min(chunk, dimension_ - first));
  }

  /// The formula at the point with entries coordinate(i), in the scalar T. The point is the thread's own vector, handed
  /// around so that a formula may itself use differentiated formulas.
  template <class T, class Coordinate> [[nodiscard]] T evaluate(const Coordinate& coordinate) const {
    thread_local Vector<T> spare;
    Vector<T> point = spare.size() == dimension_ ? std::move(spare) : Vector<T>(dimension_);
    for (Index i = 0; i < dimension_; ++i) point[i] = coordinate(i);
    T result = static_cast<T>(formula_.value(std::as_const(point)));
    spare = std::move(point);
    return result;
  }

  /// The same with coordinates first, ..., first + count - 1 as the variables of a dual number.
  template <class T, class Coordinate>
  [[nodiscard]] Chunk<T> evaluate_chunk(Index first, Index count, const Coordinate& coordinate) const {
    return evaluate<Chunk<T>>([&](Index i) {
      Chunk<T> x(coordinate(i));
      if (i >= first && i < first + count) x.seed(static_cast<int>(i - first), T(Scalar(1)));
      return x;
    });
  }

  Formula formula_;
  Index dimension_;
};

/// The differentiable objective of `formula` in `dimension` variables.
template <class Scalar = double, class Formula>
[[nodiscard]] Differentiated<Formula, Scalar> differentiate(Formula formula, Index dimension) {
  static_assert(
      requires(const Vector<Scalar>& w) { formula.value(w); },
      "proxcvx::differentiate: the formula needs `template <class T> T value(const Vector<T>& w) const` "
      "(or `auto value(const auto& w) const`)");
  static_assert(
      requires(const Vector<Dual<Scalar, 8>>& w) { formula.value(w); },
      "proxcvx::differentiate: the formula's value(w) must be a template that accepts any scalar");
  return {std::move(formula), dimension};
}

}  // namespace proxcvx
