// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/gram/smallest_eigenvalue.hpp>

// A number that is certainly not above the smallest eigenvalue: where Cholesky's factor of A - s I exists, it is s less
// a margin for all rounding (Rump 2006; see shifted_cholesky.hpp).

namespace proxcvx {

/// A lower bound on the smallest eigenvalue of the symmetric matrix as it is stored (its lower half), for certain and
/// in spite of all rounding: within some n u trace(A) of it, u the unit roundoff. The estimate says where to try. One
/// Cholesky factor more than the estimate. Throws std::invalid_argument unless A is square, not empty and finite.
template <class Derived>
[[nodiscard]] typename Derived::Scalar smallest_eigenvalue_bound(
    const Eigen::MatrixBase<Derived>& a, const EigenvalueEstimate<typename Derived::Scalar>& estimate) {
  using Scalar = typename Derived::Scalar;
  using std::abs;
  const Eigen::Ref<const Matrix<Scalar>> matrix(a.derived());
  detail::require_symmetric<Scalar>(matrix, "a");
  const detail::RowSums<Scalar> rows = detail::row_sums<Scalar>(matrix, Scalar(1));
  detail::ShiftedCholesky<Scalar> cholesky(matrix.rows());
  const Scalar u = unit_roundoff<Scalar>();
  // Of entries near the smallest numbers nothing is left of the product: the step must not be 0.
  Scalar step =
      std::max(std::numeric_limits<Scalar>::denorm_min(),
               Scalar(estimate.error + gamma<Scalar>(matrix.rows() + 8) * matrix.diagonal().cwiseAbs().sum()));
  for (Scalar shift = estimate.value - step; shift > rows.least; step *= Scalar(4), shift -= step) {
    if (!cholesky.compute(matrix, Scalar(1), shift)) continue;
    const Scalar bound = shift - cholesky.margin();
    return bound - Scalar(2) * u * abs(bound);
  }
  return rows.least;  // Gershgorin's: no factor was found above it
}

/// The same where no estimate is at hand.
template <class Derived>
[[nodiscard]] typename Derived::Scalar smallest_eigenvalue_bound(const Eigen::MatrixBase<Derived>& a) {
  return smallest_eigenvalue_bound(a, smallest_eigenvalue(a));
}

}  // namespace proxcvx
