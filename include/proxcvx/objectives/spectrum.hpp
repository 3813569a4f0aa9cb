// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
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
  Eigen::Index rank = 0;        ///< eigenvalues that are not 0 up to rounding
};

/// Eigenvalues, computed in long double whatever the matrix's scalar: constants of theorems are doubles.
template <class Derived> [[nodiscard]] Spectrum spectrum_of_symmetric(const Eigen::MatrixBase<Derived>& symmetric) {
  using Work = long double;
  const Matrix<Work> a = symmetric.template cast<Work>();
  const Vector<Work> values = Eigen::SelfAdjointEigenSolver<Matrix<Work>>(a, Eigen::EigenvaluesOnly).eigenvalues();
  Work scale(0);
  for (const Work& value : values) scale = std::max(scale, value < Work(0) ? Work(-value) : value);
  const Work slack = static_cast<Work>(16 * (a.rows() + 4)) * unit_roundoff<Work>() * scale;
  const Work zero = std::max(slack, static_cast<Work>(a.rows()) * Work(unit_roundoff<double>()) * scale);
  Spectrum spectrum;
  spectrum.largest_size = rounded_up(Work(scale + slack));
  spectrum.smallest = rounded_down(Work(values[0] - slack));
  for (const Work& value : values) {
    const Work size = value < Work(0) ? Work(-value) : value;
    if (!(size > zero)) continue;
    if (spectrum.rank == 0) spectrum.smallest_nonzero = rounded_down(Work(value - slack));
    ++spectrum.rank;
  }
  return spectrum;
}

/// The eigenvalues of X X^T / n for a d x n matrix X: those of the smaller of the two Gram matrices, and zeros.
template <class Derived> [[nodiscard]] Spectrum spectrum_of_second_moment(const Eigen::MatrixBase<Derived>& x) {
  using Work = long double;
  const Matrix<Work> wide = x.template cast<Work>();
  const bool flat = wide.rows() <= wide.cols();
  Matrix<Work> gram = flat ? Matrix<Work>(wide * wide.transpose()) : Matrix<Work>(wide.transpose() * wide);
  gram /= static_cast<Work>(wide.cols());
  // Forming the Gram matrix costs gamma_n trace(G) more, which the slack of long double covers in double's last place.
  const Work formed = gamma<Work>(wide.cols() + wide.rows() + 8) * gram.trace();
  Spectrum spectrum = spectrum_of_symmetric(gram);
  spectrum.largest_size = rounded_up(Work(Work(spectrum.largest_size) + formed));
  spectrum.smallest_nonzero = rounded_down(Work(Work(spectrum.smallest_nonzero) - formed));
  spectrum.smallest = flat ? rounded_down(Work(Work(spectrum.smallest) - formed)) : 0.0;
  if (spectrum.smallest < 0) spectrum.smallest = 0;
  if (spectrum.smallest_nonzero < 0) spectrum.smallest_nonzero = 0;
  return spectrum;
}

}  // namespace proxcvx::detail
