// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>

// Eigenvalues as constants of theorems: upper ones rounded up, lower ones rounded down. A computed eigenvalue of a
// symmetric p x p matrix is off by at most a modest multiple of p u ||A|| (backward stability of the QR algorithm,
// Golub & Van Loan 2013, section 8.3.2, with Weyl's inequality), and a matrix has no smaller eigenvalues to tell from
// 0.

namespace proxcvx::detail {

/// The largest double <= x.
template <class Scalar> [[nodiscard]] double rounded_down(const Scalar& x) {
  const auto nearest = static_cast<double>(x);
  return static_cast<Scalar>(nearest) > x ? std::nextafter(nearest, -std::numeric_limits<double>::infinity()) : nearest;
}

/// The smallest double >= x.
template <class Scalar> [[nodiscard]] double rounded_up(const Scalar& x) {
  const auto nearest = static_cast<double>(x);
  return static_cast<Scalar>(nearest) < x ? std::nextafter(nearest, std::numeric_limits<double>::infinity()) : nearest;
}

/// Bounds on the eigenvalues of a symmetric matrix.
struct Spectrum {
  double largest_size = 0;      ///< >= max |lambda|
  double smallest = 0;          ///< <= min lambda
  double smallest_nonzero = 0;  ///< <= the smallest lambda that is not 0 up to rounding; 0 when all are
};

/// Computed eigenvalues, ascending, each within `slack` of the exact one.
struct Eigenvalues {
  Vector<long double> values;
  long double slack = 0;
};

/// Eigenvalues in long double whatever the matrix's scalar: constants of theorems are doubles.
template <class Derived>
[[nodiscard]] Eigenvalues eigenvalues_of_symmetric(const Eigen::MatrixBase<Derived>& symmetric) {
  Eigenvalues result;
  const Matrix<long double> wide = symmetric.template cast<long double>();
  result.values = Eigen::SelfAdjointEigenSolver<Matrix<long double>>(wide, Eigen::EigenvaluesOnly).eigenvalues();
  const long double scale = result.values.cwiseAbs().maxCoeff();
  result.slack = static_cast<long double>(16 * (symmetric.rows() + 4)) * unit_roundoff<long double>() * scale;
  return result;
}

/// The min(d, n) eigenvalues of the smaller of X X^T and X^T X.
template <class Derived> [[nodiscard]] Eigenvalues eigenvalues_of_gram(const Eigen::MatrixBase<Derived>& x) {
  const Matrix<long double> wide = x.template cast<long double>();
  Matrix<long double> gram(std::min(wide.rows(), wide.cols()), std::min(wide.rows(), wide.cols()));
  if (wide.rows() <= wide.cols()) {
    gram.noalias() = product(wide, wide.transpose());
  } else {
    gram.noalias() = product(wide.transpose(), wide);
  }
  Eigenvalues result = eigenvalues_of_symmetric(gram);
  result.slack += gamma<long double>(wide.cols() + wide.rows() + 8) * gram.trace();  // of forming the Gram matrix
  return result;
}

/// The bounds that eigenvalues give, those times `factor` > 0.
[[nodiscard]] inline Spectrum spectrum_of(const Eigenvalues& eigenvalues, long double factor = 1) {
  const auto& values = eigenvalues.values;
  const long double slack = eigenvalues.slack;
  const long double scale = values.cwiseAbs().maxCoeff();
  const long double zero =
      std::max(slack, static_cast<long double>(values.size()) * static_cast<long double>(0x1p-53) * scale);
  constexpr long double below = 1 - 0x1p-60L;  // pays for the product with the factor
  constexpr long double above = 1 + 0x1p-60L;
  Spectrum spectrum;
  spectrum.largest_size = rounded_up((scale + slack) * factor * above);
  const long double smallest = (values[0] - slack) * factor;
  spectrum.smallest = rounded_down(smallest * (smallest < 0 ? above : below));
  for (const long double value : values) {
    if (!(std::abs(value) > zero)) continue;
    const long double least = (value - slack) * factor;
    spectrum.smallest_nonzero = rounded_down(least * (least < 0 ? above : below));
    break;
  }
  return spectrum;
}

/// The bounds for a symmetric matrix.
template <class Derived> [[nodiscard]] Spectrum spectrum_of_symmetric(const Eigen::MatrixBase<Derived>& symmetric) {
  return spectrum_of(eigenvalues_of_symmetric(symmetric));
}

/// The bounds for the second moment X X^T / n of a d x n matrix X of samples.
template <class Derived> [[nodiscard]] Spectrum spectrum_of_second_moment(const Eigen::MatrixBase<Derived>& x) {
  Spectrum spectrum = spectrum_of(eigenvalues_of_gram(x), 1 / static_cast<long double>(x.cols()));
  if (x.rows() > x.cols()) spectrum.smallest = 0;
  spectrum.smallest = std::max(0.0, spectrum.smallest);
  spectrum.smallest_nonzero = std::max(0.0, spectrum.smallest_nonzero);
  return spectrum;
}

/// An upper bound on the largest eigenvalue of X X^T / n, in double throughout: fast where d and n are both large.
template <class Derived> [[nodiscard]] double largest_of_second_moment(const Eigen::MatrixBase<Derived>& x) {
  const Matrix<double> narrow = x.template cast<double>();
  const bool wide = narrow.rows() <= narrow.cols();
  const Index size = std::min(narrow.rows(), narrow.cols());
  Matrix<double> gram(size, size);
  if (wide) {
    gram.noalias() = narrow * narrow.transpose();
  } else {
    gram.noalias() = narrow.transpose() * narrow;
  }
  const double trace = gram.trace();
  const double largest =
      Eigen::SelfAdjointEigenSolver<Matrix<double>>(gram, Eigen::EigenvaluesOnly).eigenvalues().maxCoeff();
  // Forming the Gram matrix, the eigenvalues' backward error, the cast to double, and these sums themselves.
  const double slack = (gamma<double>(narrow.cols() + narrow.rows() + 16) +
                        static_cast<double>(16 * (size + 4)) * unit_roundoff<double>()) *
                           trace +
                       static_cast<double>(narrow.size()) * std::numeric_limits<double>::denorm_min();
  return rounded_up((std::max(0.0, largest) + slack) / static_cast<double>(narrow.cols()) * (1 + 0x1p-50));
}

}  // namespace proxcvx::detail
