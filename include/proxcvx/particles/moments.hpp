// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <string>

// How far a cloud's first two moments are from known ones, and how many independent draws a chain is worth.

namespace proxcvx {

/// Errors of the first two moments of a cloud.
struct MomentErrors {
  double mean = 0;        ///< ||sample mean - mean||
  double covariance = 0;  ///< Frobenius norm of sample covariance (divisor n - 1) - covariance
};

/// The errors of particles, d x n, against a law of this mean (d) and covariance (d x d). O(n d^2).
/// Throws std::invalid_argument unless n >= 2 and the shapes fit.
template <class P, class M, class C>
[[nodiscard]] MomentErrors moment_errors(const Eigen::MatrixBase<P>& particles, const Eigen::MatrixBase<M>& mean,
                                         const Eigen::MatrixBase<C>& covariance) {
  using Scalar = typename P::Scalar;
  const Index d = particles.rows();
  require(particles.cols() >= 2, "particles", "at least two columns", particles.cols());
  require(mean.rows() == d && mean.cols() == 1, "mean", std::to_string(d) + " entries", mean.size());
  require(covariance.rows() == d && covariance.cols() == d, "covariance", std::to_string(d) + " x " + std::to_string(d),
          std::to_string(covariance.rows()) + " x " + std::to_string(covariance.cols()));
  const Vector<Scalar> center = particles.rowwise().mean();
  const Matrix<Scalar> moved = particles.colwise() - center;
  const Matrix<Scalar> found = moved * moved.transpose() / static_cast<Scalar>(particles.cols() - 1);
  return {static_cast<double>(scaled_norm(center - mean)), static_cast<double>(scaled_norm(found - covariance))};
}

/// T/(1 + 2 sum_k rho_k), rho_k the autocorrelations of a chain x_1, ..., x_T, summed by Geyer's initial monotone
/// sequence (Geyer 1992): pairs rho_2k + rho_2k+1 as long as they are positive, each at most the one before. At most T;
/// 1 for a constant chain. O(T times the lags that count).
/// Throws std::invalid_argument unless T >= 4 and the chain is finite.
template <class Derived> [[nodiscard]] double effective_sample_size(const Eigen::MatrixBase<Derived>& chain) {
  const Vector<double> x = chain.template cast<double>().reshaped();
  const Index T = x.size();
  require(T >= 4, "chain", "at least four entries", T);
  require(x.allFinite(), "chain: expected finite entries");
  const Vector<double> moved = x.array() - x.mean();
  const double variance = moved.squaredNorm();
  if (!(variance > 0)) return 1;
  const auto correlation = [&](Index lag) { return moved.head(T - lag).dot(moved.tail(T - lag)) / variance; };
  double sum = -1;  // 1 + 2 sum_{k >= 1} rho_k = -1 + 2 sum of pairs, the first of which holds rho_0 = 1
  double before = 2;
  for (Index lag = 0; lag + 1 < T; lag += 2) {
    const double pair = std::min(before, correlation(lag) + correlation(lag + 1));
    if (!(pair > 0)) break;
    sum += 2 * pair;
    before = pair;
  }
  const auto count = static_cast<double>(T);
  return std::clamp(count / std::max(sum, 1 / count), 1.0, count);
}

}  // namespace proxcvx
