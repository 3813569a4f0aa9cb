// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <proxcvx/gram/symmetric_tiles.hpp>
#include <proxcvx/networks/activations.hpp>
#include <string>

// The infinite-width tangent kernel of the first layer of a two-layer network with (leaky) ReLU, slope c:
//     H_ij = x_i.x_j E s'(w.x_i) s'(w.x_j) = x_i.x_j (c + (1 - c)^2 (pi - t_ij)/(2 pi)),   w ~ N(0, I),
// t_ij the angle between x_i and x_j (Cho & Saul 2009; Du, Zhai, Poczos & Singh 2019 for c = 0, as H^infinity).
// For c = 0 and inputs that are not 0 it is positive definite iff no x_i is a positive multiple of another and one
// vector of each antiparallel pair gives a linearly independent set.

namespace proxcvx {

namespace detail {

/// Overwrites cosines by angles.
template <class Derived> void to_angles(Eigen::MatrixBase<Derived>& cosines) {
  using Scalar = typename Derived::Scalar;
  for (Index j = 0; j < cosines.cols(); ++j) {
    Scalar* const column = &cosines(0, j);
    if constexpr (VectorScalar<Scalar>) {
      for_each_entry(column, column, cosines.rows(), []<class S>(S c) {
        const S one = constant<S>(1);
        return vector_acos(select(c > one, one, select(c < -one, S(-one), c)));
      });
    } else {
      using std::acos;
      for (Index i = 0; i < cosines.rows(); ++i)
        column[i] = acos(Scalar(std::min(Scalar(1), std::max(Scalar(-1), column[i]))));
    }
  }
}

/// Beyond this |cosine| the angle is worked out from a difference: acos would amplify the cosine's rounding error, by
/// 1/sin t < 23 up to here.
inline constexpr double nearly_parallel = 1 - 0x1p-10;

/// The angle between unit vectors whose cosine is near 1 or -1: 2 asin(||a -+ b||/2) (Kahan), to a few u of itself.
template <class A, class B> [[nodiscard]] typename A::Scalar small_angle(const A& a, const B& b, bool opposite) {
  using Scalar = typename A::Scalar;
  using std::asin;
  const Scalar half = (opposite ? (a + b).norm() : (a - b).norm()) / Scalar(2);
  const Scalar angle = Scalar(2) * Scalar(asin(half));
  return opposite ? Scalar(static_cast<Scalar>(std::numbers::pi_v<long double>) - angle) : angle;
}

}  // namespace detail

/// The n x n matrix H of inputs d x n, a sample per column, for slopes of ReLU (by default) or leaky ReLU. The diagonal
/// is ||x_i||^2 (1 + c^2)/2 without an angle, and a column of zeros gives zeros. n^2 d flops (half of them for
/// symmetry's sake not made), n^2/2 arc cosines; on all threads, the same bits for any number of them; n^2 + nd numbers
/// of memory. Throws std::invalid_argument unless there is a column and all entries are finite.
template <class Derived>
[[nodiscard]] Matrix<typename Derived::Scalar> infinite_width_gram(const Eigen::MatrixBase<Derived>& inputs,
                                                                   const LeakyReLU& activation = ReLU{}) {
  using Scalar = typename Derived::Scalar;
  require(inputs.cols() >= 1 && inputs.rows() >= 1, "inputs", "at least one row and one column",
          std::to_string(inputs.rows()) + " x " + std::to_string(inputs.cols()));
  require(inputs.allFinite(), "inputs: expected finite entries");
  const Index n = inputs.cols();
  const auto c = static_cast<Scalar>(activation.slope());
  const Scalar per_angle =
      (Scalar(1) - c) * (Scalar(1) - c) / (Scalar(2) * static_cast<Scalar>(std::numbers::pi_v<long double>));
  const Scalar at_zero = (Scalar(1) + c * c) / Scalar(2);
  const auto bound = static_cast<Scalar>(detail::nearly_parallel);

  Matrix<Scalar> units = inputs;
  Vector<Scalar> lengths(n);
  for (Index i = 0; i < n; ++i) {
    lengths[i] = scaled_norm(units.col(i));
    if (lengths[i] > Scalar(0)) units.col(i) /= lengths[i];
  }
  Matrix<Scalar> gram(n, n);
  detail::for_each_symmetric_tile<Scalar>(gram, [&](Index first_row, Index first_col, auto& tile) {
    ScratchFrame<Scalar> frame;
    const auto rows = units.middleCols(first_row, tile.rows());
    const auto cols = units.middleCols(first_col, tile.cols());
    detail::inner_products<Scalar>(rows, cols, tile);
    auto angles = frame.vector(tile.rows());
    for (Index j = 0; j < tile.cols(); ++j) {
      const Index top = first_row == first_col ? j : 0;  // where the lower half begins
      auto cosines = tile.col(j).tail(tile.rows() - top);
      auto turned = angles.tail(tile.rows() - top);
      turned = cosines;
      detail::to_angles(turned);
      if (cosines.cwiseAbs().maxCoeff() > bound) {
        for (Index i = top; i < tile.rows(); ++i) {
          const Scalar cosine = tile(i, j);
          if (!(cosine > bound || cosine < -bound)) continue;
          angles[i] = detail::small_angle(rows.col(i), cols.col(j), cosine < Scalar(0));
        }
      }
      cosines.array() *= lengths[first_col + j] * lengths.segment(first_row + top, cosines.size()).array() *
                         (at_zero - per_angle * turned.array());
      if (first_row == first_col) tile(j, j) = inputs.col(first_col + j).squaredNorm() * at_zero;
    }
  });
  return gram;
}

/// A bound on ||computed H - H||: each entry is within 6 gamma_{3d+24} ||x_i|| ||x_j|| of the formula's, since the
/// cosine of two normalised vectors is within gamma_{3d+24}, and the angle within 24 times that. O(nd). So
/// lambda_min(H) is at least smallest_eigenvalue_bound(computed H) less this.
template <class Derived>
[[nodiscard]] typename Derived::Scalar infinite_width_rounding(const Eigen::MatrixBase<Derived>& inputs) {
  using Scalar = typename Derived::Scalar;
  const Scalar entry = Scalar(6) * gamma<Scalar>(3 * inputs.rows() + 24);
  const Scalar squares = inputs.squaredNorm() * (Scalar(1) + gamma<Scalar>(inputs.size() + 8));
  return entry * squares + static_cast<Scalar>(inputs.size()) * std::numeric_limits<Scalar>::min();
}

}  // namespace proxcvx
