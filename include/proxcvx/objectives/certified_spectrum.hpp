// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <proxcvx/core/interval.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/objectives/exact_rank.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <vector>

// Norms and eigenvalues as intervals that contain them, whatever the solver did: the computed eigenvectors Q of a
// symmetric A, orthogonal or not, give B = Q^T A Q, whose eigenvalues are those of A times numbers in
// [1 - e, 1 + e], e >= ||Q^T Q - I|| (Ostrowski 1959), and are within the row sums of |B - diag B| of its diagonal
// (Weyl 1912; Horn & Johnson 2013, theorems 4.5.9 and 4.3.1). Every product is in long double with its bound
// gamma_k |x|^T |y| (Higham 2002, section 3.1), scaled by powers of two, so that nothing overflows; of doubles, nothing
// underflows.

namespace proxcvx::detail {

/// The doubles around [low, high]; the whole line where an end is NaN or on the wrong side of infinity.
[[nodiscard]] inline Interval enclosing(long double low, long double high) {
  const double lower = rounded_down(low), upper = rounded_up(high);
  if (!(lower <= upper) || !(lower < infinite) || !(upper > -infinite)) return Interval::whole_line();
  return {lower, upper};
}

/// [low, high] for positive numbers, each of which went through at most 32 roundings of long double.
[[nodiscard]] inline Interval enclosing_padded(long double low, long double high) {
  const long double pad = 64 * unit_roundoff<long double>();
  return enclosing(low * (1 - pad), high * (1 + pad));
}

/// The exponent that scales the largest |entry| into [1, 2); 0 for a matrix of zeros or with an infinite entry.
template <class Derived> [[nodiscard]] int scale_of(const Eigen::MatrixBase<Derived>& x) {
  const long double largest = x.size() == 0 ? 0 : static_cast<long double>(x.cwiseAbs().maxCoeff());
  return largest > 0 && std::isfinite(largest) ? std::ilogb(largest) : 0;
}

/// ||x|| for a vector of floats or doubles.
template <class Derived> [[nodiscard]] Interval norm_enclosure(const Eigen::MatrixBase<Derived>& x) {
  if (!x.allFinite()) return Interval::whole_line();
  const int scale = scale_of(x);
  long double squares = 0;
  for (Index i = 0; i < x.size(); ++i) {
    const long double entry = std::ldexp(static_cast<long double>(x(i)), -scale);
    squares += entry * entry;
  }
  const long double norm = std::ldexp(std::sqrt(squares), scale);
  const long double error = gamma<long double>(x.size() + 8);
  return enclosing(norm * (1 - error), norm * (1 + error));
}

/// max ||x_i|| over the columns.
template <class Derived> [[nodiscard]] Interval radius_enclosure(const Eigen::MatrixBase<Derived>& x) {
  Interval radius;
  for (Index i = 0; i < x.cols(); ++i) {
    const Interval norm = norm_enclosure(x.col(i));
    radius = {std::max(radius.lower(), norm.lower()), std::max(radius.upper(), norm.upper())};
  }
  return radius;
}

/// What is certain of the eigenvalues of a symmetric matrix.
struct CertifiedSpectrum {
  std::vector<Interval> eigenvalues;  ///< ascending; all, or the min(d, n) of a second moment that may not be 0
  std::optional<Index> rank;          ///< exact: how many of them are not 0; nothing where it was not worked out

  [[nodiscard]] Interval largest() const { return eigenvalues.back(); }
  [[nodiscard]] Interval smallest() const { return eigenvalues.front(); }
  /// The smallest eigenvalue that is not 0: all others are 0 exactly. [0, 0] where all are; the whole line where the
  /// rank is unknown.
  [[nodiscard]] Interval smallest_nonzero() const {
    if (!rank) return Interval::whole_line();
    if (*rank == 0) return {};
    return eigenvalues[eigenvalues.size() - static_cast<std::size_t>(*rank)];
  }
};

/// Bounds on the eigenvalues, ascending, of every symmetric matrix within `error` >= 0, entry by entry, of `a`, times
/// 2^scale and divided by `divisor`. O(size^3).
template <class Wide>
[[nodiscard]] std::vector<Interval> eigenvalue_enclosures(const Matrix<Wide>& a, const Matrix<Wide>& error, int scale,
                                                          Wide divisor) {
  const Index size = a.rows();
  std::vector<Interval> result(static_cast<std::size_t>(size), Interval::whole_line());
  const Eigen::SelfAdjointEigenSolver<Matrix<Wide>> solver(a);
  const Matrix<Wide>& q = solver.eigenvectors();
  if (!q.allFinite() || !a.allFinite() || !error.allFinite()) return result;
  const Matrix<Wide> across = q.transpose(), sizes = q.cwiseAbs(), sizes_across = sizes.transpose();
  const Wide relative = gamma<Wide>(2 * size + 16);
  const Matrix<Wide> product_a = product(a, q), b = product(across, product_a);
  const Matrix<Wide> weight = a.cwiseAbs() * relative + error * (1 + relative);
  const Matrix<Wide> weighted = product(weight, sizes), slack = product(sizes_across, weighted);
  const Matrix<Wide> gram = product(across, q), gram_sizes = product(sizes_across, sizes);
  Wide skew = 0;  // >= ||Q^T Q - I||
  Wide radius = 0;
  for (Index i = 0; i < size; ++i) {
    Wide row = 0, off = 0;
    for (Index j = 0; j < size; ++j) {
      row += std::abs(gram(i, j) - (i == j ? 1 : 0)) + relative * gram_sizes(i, j);
      if (i != j) off += std::abs(b(i, j));
      off += slack(i, j) * (1 + relative);
    }
    skew = std::max(skew, row * (1 + relative));
    radius = std::max(radius, off * (1 + relative));
  }
  if (!(skew < Wide(0.5))) return result;
  Vector<Wide> diagonal = b.diagonal();
  std::sort(diagonal.data(), diagonal.data() + size);
  const Wide pad = 64 * unit_roundoff<Wide>();
  for (Index k = 0; k < size; ++k) {
    Wide low = diagonal[k] - radius, high = diagonal[k] + radius;
    low -= pad * std::abs(low);
    high += pad * std::abs(high);
    low = std::ldexp(low / (low > 0 ? 1 + skew : 1 - skew) / divisor, scale);
    high = std::ldexp(high / (high > 0 ? 1 - skew : 1 + skew) / divisor, scale);
    result[static_cast<std::size_t>(k)] = enclosing(low - pad * std::abs(low), high + pad * std::abs(high));
  }
  return result;
}

/// The spectrum of a symmetric matrix of floats or doubles. O(p^3), and the exact rank.
template <class Derived>
[[nodiscard]] CertifiedSpectrum certified_spectrum_of_symmetric(const Eigen::MatrixBase<Derived>& symmetric) {
  const int scale = scale_of(symmetric);
  Matrix<long double> wide = symmetric.template cast<long double>();
  for (Index j = 0; j < wide.cols(); ++j) {
    for (Index i = 0; i < wide.rows(); ++i) wide(i, j) = std::ldexp(wide(i, j), -scale);
  }
  const Matrix<long double> exact = Matrix<long double>::Zero(wide.rows(), wide.cols());
  return {eigenvalue_enclosures<long double>(wide, exact, scale, 1), exact_rank(symmetric)};
}

/// The spectrum of the second moment X X^T / n of a d x n matrix X of floats or doubles: its min(d, n) eigenvalues that
/// may not be 0, which are those of the smaller of X X^T and X^T X. O(min(d, n)^2 max(d, n)), and the exact rank.
template <class Derived>
[[nodiscard]] CertifiedSpectrum certified_spectrum_of_second_moment(const Eigen::MatrixBase<Derived>& x) {
  const int scale = scale_of(x);
  Matrix<long double> wide = x.template cast<long double>();
  if (wide.rows() > wide.cols()) wide.transposeInPlace();
  for (Index j = 0; j < wide.cols(); ++j) {
    for (Index i = 0; i < wide.rows(); ++i) wide(i, j) = std::ldexp(wide(i, j), -scale);
  }
  const Matrix<long double> across = wide.transpose(), sizes = wide.cwiseAbs(), sizes_across = sizes.transpose();
  const Matrix<long double> gram = product(wide, across);
  const Matrix<long double> error = product(sizes, sizes_across) * gamma<long double>(wide.cols() + 8);
  CertifiedSpectrum spectrum{{}, exact_rank(x)};
  spectrum.eigenvalues = eigenvalue_enclosures<long double>(gram, error, 2 * scale, static_cast<long double>(x.cols()));
  for (Interval& eigenvalue : spectrum.eigenvalues) {  // of a positive semidefinite matrix
    if (eigenvalue.lower() < 0 && eigenvalue.upper() >= 0) eigenvalue = {0, eigenvalue.upper()};
  }
  return spectrum;
}

}  // namespace proxcvx::detail
