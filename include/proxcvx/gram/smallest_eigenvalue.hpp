// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <ostream>
#include <proxcvx/core/random.hpp>
#include <proxcvx/gram/shifted_cholesky.hpp>

// The smallest eigenvalue of a symmetric matrix by Lanczos' method on (A - s I)^{-1}, the shift s moved up to just
// below it (Ericsson & Ruhe 1980): a few Cholesky factors and some dozens of solves, where a tridiagonal form would
// cost 4 n^3/3 flops, half of them at the speed of memory.

namespace proxcvx {

/// An eigenvalue as a Rayleigh quotient theta = v^T A v, ||v|| = 1.
template <class Scalar> struct EigenvalueEstimate {
  Scalar value = 0;          ///< theta: of a smallest eigenvalue never less than it is, up to rounding
  Scalar error = 0;          ///< ||A v - theta v||, with room for rounding: an eigenvalue is within it
  Vector<Scalar> vector;     ///< v
  Index factorizations = 0;  ///< Cholesky factors that it took, n^3/3 flops each
  Index solves = 0;          ///< and solutions with them, 2 n^2 flops each

  friend std::ostream& operator<<(std::ostream& out, const EigenvalueEstimate& estimate) {
    return out << estimate.value << " +- " << estimate.error;
  }
};

namespace detail {

/// A pair from Lanczos' method: of an operator's largest eigenvalue.
template <class Scalar> struct RitzPair {
  Scalar value;
  Vector<Scalar> vector;
};

/// `steps` of Lanczos' method, or less where the space is invariant, with two orthogonalisations against all vectors.
template <class Scalar, class Apply>
[[nodiscard]] RitzPair<Scalar> lanczos(const Vector<Scalar>& start, Index steps, const Apply& apply) {
  const Index n = start.size();
  steps = std::min(steps, n);
  Matrix<Scalar> basis(n, steps);
  Vector<Scalar> alpha(steps), beta(steps), next(n), overlap(steps);
  basis.col(0) = start / scaled_norm(start);
  Index k = 0;
  for (; k < steps; ++k) {
    next = basis.col(k);
    apply(VectorRef<Scalar>(next));
    alpha[k] = basis.col(k).dot(next);
    for (int pass = 0; pass < 2; ++pass) {
      overlap.head(k + 1).noalias() = basis.leftCols(k + 1).transpose() * next;
      next.noalias() -= basis.leftCols(k + 1) * overlap.head(k + 1);
    }
    beta[k] = scaled_norm(next);
    if (k + 1 == steps || !(beta[k] > Scalar(64) * unit_roundoff<Scalar>() * std::abs(alpha[k]))) break;
    basis.col(k + 1) = next / beta[k];
  }
  const Index size = k + 1;
  Eigen::SelfAdjointEigenSolver<Matrix<Scalar>> solver;
  solver.computeFromTridiagonal(alpha.head(size), beta.head(size - 1));
  Vector<Scalar> vector = basis.leftCols(size) * solver.eigenvectors().col(size - 1);
  vector /= scaled_norm(vector);
  return {solver.eigenvalues()[size - 1], std::move(vector)};
}

/// theta and ||A v - theta v|| into `estimate`, for sign A with |eigenvalues| <= scale.
template <class Scalar>
void set_rayleigh(ConstMatrixRef<Scalar> a, Scalar sign, Vector<Scalar> vector, EigenvalueEstimate<Scalar>& estimate,
                  Scalar scale) {
  Vector<Scalar> image = sign * (a.template selfadjointView<Eigen::Lower>() * vector);
  estimate.value = vector.dot(image);
  image -= estimate.value * vector;
  const Scalar rounding = Scalar(4) * unit_roundoff<Scalar>() * scale;
  estimate.error = scaled_norm(image) + rounding;
  estimate.vector = std::move(vector);
}

/// The smallest eigenvalue of sign A.
template <class Scalar> [[nodiscard]] EigenvalueEstimate<Scalar> smallest_of(ConstMatrixRef<Scalar> a, Scalar sign) {
  require_symmetric<Scalar>(a, "a");
  const SingleThreadedEigen guard;
  const Index n = a.rows();
  const RowSums<Scalar> rows = row_sums<Scalar>(a, sign);
  EigenvalueEstimate<Scalar> estimate;
  constexpr Index small = 48;
  if (n <= small || !(rows.largest > Scalar(0))) {
    const Eigen::SelfAdjointEigenSolver<Matrix<Scalar>> solver(sign * a);
    set_rayleigh<Scalar>(a, sign, solver.eigenvectors().col(0), estimate, rows.largest);
    return estimate;
  }
  ShiftedCholesky<Scalar> cholesky(n);
  Scalar shift = 0;
  ++estimate.factorizations;
  if (!cholesky.compute(a, sign, shift)) {
    shift = rows.least - Scalar(16) * gamma<Scalar>(n + 8) * rows.largest;
    ++estimate.factorizations;
    (void)cholesky.compute(a, sign, shift);  // diagonally dominant, by more than rounding can take
  }
  Vector<Scalar> start(n);
  RandomStream stream{Seed{0x6772616d}, 0, Purpose::search};
  stream.fill_normal(start);
  const Scalar enough = Scalar(16) * unit_roundoff<Scalar>() * rows.largest;
  constexpr Index steps = 24;
  constexpr int most_rounds = 16;
  Scalar before = std::numeric_limits<Scalar>::infinity(), shift_before = shift;
  for (int round = 0; round < most_rounds; ++round) {
    const auto ritz = lanczos<Scalar>(start, steps, [&](VectorRef<Scalar> v) {
      cholesky.solve(v);
      ++estimate.solves;
    });
    set_rayleigh<Scalar>(a, sign, ritz.vector, estimate, rows.largest);
    const bool gains = estimate.error < before / Scalar(2) || shift > shift_before;
    if (estimate.error <= enough || !gains) break;
    before = estimate.error;
    shift_before = shift;
    start = ritz.vector;
    // Up to below theta by its error; a factor that does not exist shows that the eigenvalue is lower still.
    Scalar higher = estimate.value - estimate.error;
    for (int halving = 0; halving < 8 && higher > shift; ++halving) {
      ++estimate.factorizations;
      if (cholesky.compute(a, sign, higher)) {
        shift = higher;
        break;
      }
      higher = shift + (higher - shift) / Scalar(2);
    }
    if (shift != higher) {
      ++estimate.factorizations;
      (void)cholesky.compute(a, sign, shift);
    }
  }
  return estimate;
}

}  // namespace detail

/// The smallest eigenvalue of a symmetric matrix, of which the lower half is read. Some 4 Cholesky factors and 100
/// solves; n x n of memory. `error` says how near an eigenvalue is; that none is smaller is proved by
/// smallest_eigenvalue_bound. Throws std::invalid_argument unless the matrix is square, not empty and finite.
template <class Derived>
[[nodiscard]] EigenvalueEstimate<typename Derived::Scalar> smallest_eigenvalue(const Eigen::MatrixBase<Derived>& a) {
  using Scalar = typename Derived::Scalar;
  return detail::smallest_of<Scalar>(a.derived(), Scalar(1));
}

/// The largest one, by the same method on -A; the same is thrown.
template <class Derived>
[[nodiscard]] EigenvalueEstimate<typename Derived::Scalar> largest_eigenvalue(const Eigen::MatrixBase<Derived>& a) {
  using Scalar = typename Derived::Scalar;
  auto estimate = detail::smallest_of<Scalar>(a.derived(), Scalar(-1));
  estimate.value = -estimate.value;
  return estimate;
}

}  // namespace proxcvx
