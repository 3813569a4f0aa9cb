// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <vector>

// The point of least norm in the convex hull of points g_1, ..., g_n (Wolfe 1976), with a certificate: for x = sum q_i
// g_i,
//     min_i <g_i, x>/||x|| <= min over the simplex of ||sum_i q_i g_i|| = max_{||V|| <= 1} min_i <g_i, V> <= ||x||,
// so that the two ends say how good x is, whatever the algorithm did.

namespace proxcvx {

/// A convex combination, and bounds on the least norm in the hull.
template <class Scalar> struct MinNormPoint {
  Vector<Scalar> weights;    ///< q in the simplex
  Vector<Scalar> point;      ///< x = sum q_i g_i
  Scalar lower = Scalar(0);  ///< max(0, min_i <g_i, x>/||x||), rounded down
  Scalar upper = Scalar(0);  ///< ||x||, rounded up
  Index iterations = 0;      ///< points that were added
};

/// Wolfe's algorithm on the columns of a p x n matrix: O(pn^2) once and O(s^3 + ns) an iteration, s <= min(n, p + 1)
/// points at once. It ends when the bounds meet to rounding, or after 100 n + 100 iterations. Throws
/// std::invalid_argument where there is no point.
template <class Scalar> [[nodiscard]] MinNormPoint<Scalar> min_norm_point(ConstMatrixRef<Scalar> points) {
  const Index n = points.cols();
  require(n >= 1 && points.rows() >= 1, "points", "at least one column with an entry", points.size());
  const Matrix<Scalar> products = points.transpose() * points;
  const Scalar tiny = Scalar(16) * static_cast<Scalar>(n + points.rows()) * unit_roundoff<Scalar>();
  std::vector<Index> active(1);
  products.diagonal().minCoeff(&active[0]);
  Vector<Scalar> q = Vector<Scalar>::Zero(n);
  q[active[0]] = Scalar(1);
  MinNormPoint<Scalar> result;
  for (; result.iterations < 100 * n + 100; ++result.iterations) {
    const Vector<Scalar> slopes = products * q;  // <g_i, x>
    Index steepest = 0;
    const Scalar least = slopes.minCoeff(&steepest);
    const Scalar square = q.dot(slopes);
    if (!(square - least > tiny * std::max(square, Scalar(products.diagonal().maxCoeff())))) break;
    if (std::find(active.begin(), active.end(), steepest) != active.end()) break;
    active.push_back(steepest);
    while (true) {  // the affine minimizer over the active points; the way to it ends where a weight becomes 0
      const auto size = static_cast<Index>(active.size());
      Matrix<Scalar> system(size, size);
      for (Index i = 0; i < size; ++i) {
        for (Index j = 0; j < size; ++j) {
          system(i, j) = products(active[static_cast<std::size_t>(i)], active[static_cast<std::size_t>(j)]);
        }
      }
      // (K + s 1 1^T) u = 1 has u along the minimizer of a^T K a with sum a = 1; s keeps K's scale
      system.array() += std::max(Scalar(system.diagonal().maxCoeff()), std::numeric_limits<Scalar>::min());
      Vector<Scalar> target = system.ldlt().solve(Vector<Scalar>::Ones(size));
      target /= target.sum();
      if (!target.allFinite()) {
        active.pop_back();
        break;
      }
      Scalar step(1);
      for (Index i = 0; i < size; ++i) {
        const Scalar now = q[active[static_cast<std::size_t>(i)]];
        if (!(target[i] > Scalar(0)) && now - target[i] > Scalar(0))
          step = std::min(step, Scalar(now / (now - target[i])));
      }
      std::vector<Index> kept;
      for (Index i = 0; i < size; ++i) {
        Scalar& weight = q[active[static_cast<std::size_t>(i)]];
        weight += step * (target[i] - weight);
        if (weight > unit_roundoff<Scalar>()) {
          kept.push_back(active[static_cast<std::size_t>(i)]);
        } else {
          weight = Scalar(0);
        }
      }
      const bool done = kept.size() == active.size();
      active = std::move(kept);
      if (done || active.empty()) break;
    }
    q /= q.sum();
  }
  result.weights = q;
  result.point = points * q;
  const Scalar norm = scaled_norm(result.point);
  const Scalar relative = gamma<Scalar>(points.rows() + n + 16);
  Scalar size(0);  // sum q_i ||g_i||, what x may be off by in units of gamma
  for (Index i = 0; i < n; ++i) size += q[i] * scaled_norm(points.col(i));
  result.upper = norm * (Scalar(1) + relative) + relative * size;
  if (norm > Scalar(0)) {
    // any direction certifies: <g_i, x>/||x|| for the computed x, minus the rounding of these products
    Scalar least = std::numeric_limits<Scalar>::infinity();
    for (Index i = 0; i < n; ++i) {
      const auto column = points.col(i);
      const Scalar error = relative * column.cwiseAbs().dot(result.point.cwiseAbs());
      least = std::min(least, Scalar((column.dot(result.point) - error) / norm));
    }
    result.lower = std::max(Scalar(0), Scalar(least * (Scalar(1) - relative)));
  }
  return result;
}

}  // namespace proxcvx
