// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <proxcvx/core/types.hpp>

// Means of ridge functions: f(w) = (1/n) sum_i f_i(a_i . w), each f_i a function of one number. The empirical risk of a
// single neuron is one, whatever the activation and the loss. An inequality between such means that is true term by
// term is true, and a term is a question in the plane (verify/termwise.hpp).

namespace proxcvx {

/// f(w) = (1/n) sum_i f_i(a_i . w): `ridge_terms()` = n, `ridge_direction(i)` = a_i, `ridge_value(i, s)` = f_i(s).
/// Meaning: f is that mean exactly, in every scalar that it can be cast to, and the a_i are finite.
template <class F>
concept RidgeMean = requires(const F& f, Index i, const typename F::Scalar& s) {
  { f.ridge_terms() } -> std::convertible_to<Index>;
  { f.ridge_direction(i) } -> std::convertible_to<Vector<typename F::Scalar>>;
  { f.ridge_value(i, s) } -> std::convertible_to<typename F::Scalar>;
};

/// And `ridge_slope(i, s)` = f_i'(s), so that grad f(w) = (1/n) sum_i f_i'(a_i . w) a_i; at a kink any slope that the
/// objective's gradient may take.
template <class F>
concept DifferentiableRidgeMean = RidgeMean<F> && requires(const F& f, Index i, const typename F::Scalar& s) {
  { f.ridge_slope(i, s) } -> std::convertible_to<typename F::Scalar>;
};

/// And f_i = r_i^2/2, f_i' = r_i r_i' with `ridge_residual(i, s)` = r_i(s) and `ridge_residual_slope(i, s)` = r_i'(s).
template <class F>
concept SquaredRidgeMean = DifferentiableRidgeMean<F> && requires(const F& f, Index i, const typename F::Scalar& s) {
  { f.ridge_residual(i, s) } -> std::convertible_to<typename F::Scalar>;
  { f.ridge_residual_slope(i, s) } -> std::convertible_to<typename F::Scalar>;
};

/// A network of one number, N(w; x) = s(w . x), which offers `ridge_value(z)` = s(z) and `ridge_slope(z)` = s'(z).
template <class N>
concept RidgeNetwork = requires(const N& network, const typename N::Scalar& z) {
  { network.ridge_value(z) } -> std::convertible_to<typename N::Scalar>;
  { network.ridge_slope(z) } -> std::convertible_to<typename N::Scalar>;
};

/// g = factor f + offset, the numbers enclosed in intervals `Range`. What knows that it is one of another function f
/// says so by `template <class Range> std::optional<AffineForm<Range>> as_affine_of(f) const`.
template <class Range> struct AffineForm {
  Range factor;
  Range offset;

  /// Of c g + d. An offset of 0 stays exactly that.
  [[nodiscard]] AffineForm scaled_and_moved(double c, double d) const {
    return {Range(c) * factor, offset == Range(0) ? Range(d) : Range(c) * offset + Range(d)};
  }
};

}  // namespace proxcvx
