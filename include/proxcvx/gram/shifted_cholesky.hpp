// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <string>

// Cholesky's factor of A - s I in floating point as a proof that no eigenvalue of A is much below s (Rump 2006,
// "Verification of positive definiteness"). Where it runs to its end, L L^T = A~ + D with A~ the rounded A - s I and
//     |D_ij| <= g/(1 - g) sqrt(a~_ii a~_jj),  g = gamma_{n+2},   so   ||D|| <= g/(1 - g) trace A~,
// whatever the order of its sums, since each is one of at most n + 1 products and a division, which may be by a rounded
// reciprocal (Demmel 1989; Higham 2002, theorem 10.3 and problem 10.3).

namespace proxcvx {

namespace detail {

/// A symmetric matrix, of which the lower half is read: throws std::invalid_argument unless it is square, not empty and
/// finite there.
template <class Scalar> void require_symmetric(ConstMatrixRef<Scalar> a, const char* argument) {
  require(a.rows() == a.cols() && a.rows() >= 1, argument, "a square matrix with at least one row",
          std::to_string(a.rows()) + " x " + std::to_string(a.cols()));
  for (Index j = 0; j < a.cols(); ++j) {
    require(a.col(j).tail(a.rows() - j).allFinite(), argument, "finite entries on and below the diagonal",
            "another in column " + std::to_string(j));
  }
}

/// Factors of sign A - s I, one after the other in one buffer of n x n.
template <class Scalar> class ShiftedCholesky {
 public:
  explicit ShiftedCholesky(Index size) : factor_(size, size) {}

  /// Factors sign A - s I; whether it ran to its end. n^3/3 flops.
  [[nodiscard]] bool compute(ConstMatrixRef<Scalar> a, Scalar sign, Scalar shift) {
    const SingleThreadedEigen guard;
    factor_.template triangularView<Eigen::Lower>() = sign * a;
    factor_.diagonal().array() -= shift;
    const Scalar largest = factor_.diagonal().maxCoeff();
    const Scalar trace = factor_.diagonal().sum();
    if (!(factor_.diagonal().minCoeff() > Scalar(0)) || !is_finite(trace)) return false;
    const Eigen::LLT<Eigen::Ref<Matrix<Scalar>>> in_place(factor_);
    if (in_place.info() != Eigen::Success || !(factor_.diagonal().minCoeff() > Scalar(0))) return false;
    if (!factor_.diagonal().allFinite()) return false;
    const auto n = static_cast<Scalar>(factor_.rows());
    const Scalar g = gamma<Scalar>(factor_.rows() + 8);  // a few more for the sum of the trace and for this line
    const Scalar tiny = std::numeric_limits<Scalar>::denorm_min();
    margin_ = g < Scalar(0.5) ? Scalar((g / (Scalar(1) - g) * trace + Scalar(2) * unit_roundoff<Scalar>() * largest +
                                        Scalar(4) * n * (n + largest) * tiny) *
                                       (Scalar(1) + Scalar(2) * g))
                              : std::numeric_limits<Scalar>::infinity();
    return true;
  }

  /// After a factor was found: no eigenvalue of sign A is below the shift by more than this, for certain.
  [[nodiscard]] Scalar margin() const { return margin_; }

  /// v = (sign A - s I)^{-1} v. 2 n^2 flops.
  void solve(VectorRef<Scalar> v) const {
    factor_.template triangularView<Eigen::Lower>().solveInPlace(v);
    factor_.transpose().template triangularView<Eigen::Upper>().solveInPlace(v);
  }

 private:
  Matrix<Scalar> factor_;
  Scalar margin_ = 0;
};

/// The largest sum of |a_ij| over a row, a bound on all |eigenvalues|, and the least a_ii less the other |a_ij| of its
/// row, below which there is none (Gershgorin 1931); of sign A.
template <class Scalar> struct RowSums {
  Scalar largest = 0;
  Scalar least = 0;
};

template <class Scalar> [[nodiscard]] RowSums<Scalar> row_sums(ConstMatrixRef<Scalar> a, Scalar sign) {
  Vector<Scalar> sums = Vector<Scalar>::Zero(a.rows());
  for (Index j = 0; j < a.cols(); ++j) {
    const auto below = a.col(j).tail(a.rows() - j - 1);
    sums[j] += below.cwiseAbs().sum();
    sums.tail(below.size()) += below.cwiseAbs();
  }
  const Vector<Scalar> diagonal = sign * a.diagonal();
  const Scalar largest = (sums + diagonal.cwiseAbs()).maxCoeff();
  const Scalar slack = gamma<Scalar>(a.rows() + 4) * largest;
  return {largest + slack, (diagonal - sums).minCoeff() - Scalar(2) * slack};
}

}  // namespace detail

/// Whether Cholesky proves that all eigenvalues of the symmetric A are above s. True is a proof for the matrix as it is
/// stored (its lower half is read), in spite of all rounding; false proves nothing, and may come where an eigenvalue is
/// above s by less than some n u trace(A - s I). Two factors, 2 n^3/3 flops, and n x n of memory.
/// Throws std::invalid_argument unless A is square, not empty and finite.
template <class Derived>
[[nodiscard]] bool eigenvalues_exceed(const Eigen::MatrixBase<Derived>& a, typename Derived::Scalar s) {
  using Scalar = typename Derived::Scalar;
  using std::abs;
  const Eigen::Ref<const Matrix<Scalar>> matrix(a.derived());
  detail::require_symmetric<Scalar>(matrix, "a");
  detail::ShiftedCholesky<Scalar> cholesky(matrix.rows());
  if (!cholesky.compute(matrix, Scalar(1), s)) return false;
  // Once more with a shift that is larger by the margin, which grows by less than its double.
  const Scalar higher = s + Scalar(2) * cholesky.margin() + Scalar(4) * unit_roundoff<Scalar>() * Scalar(abs(s));
  return cholesky.compute(matrix, Scalar(1), higher) && higher - cholesky.margin() > s;
}

}  // namespace proxcvx
