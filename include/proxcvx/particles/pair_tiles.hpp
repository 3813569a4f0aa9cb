// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/types.hpp>

// Squared distances ||x_j - y_i||^2 of all pairs of columns, tile by tile and by matrix products, so that n^2 of them
// never exist at once. Columns are moved by one vector first: what products lose to cancellation then depends on how
// large the cloud is, not on where it lies.

namespace proxcvx::detail {

/// Columns relative to an origin, with their squared lengths.
template <class Scalar> struct MovedCloud {
  Matrix<Scalar> points;
  Vector<Scalar> squares;

  MovedCloud(ConstMatrixRef<Scalar> x, const Vector<Scalar>& origin)
      : points{x.colwise() - origin}, squares{points.colwise().squaredNorm().transpose()} {}
  explicit MovedCloud(ConstMatrixRef<Scalar> x) : MovedCloud(x, Vector<Scalar>(x.rowwise().mean())) {}

  [[nodiscard]] Index size() const { return points.cols(); }
  [[nodiscard]] Index blocks() const { return (size() + block_size - 1) / block_size; }
  [[nodiscard]] static Index first(Index block) { return block * block_size; }
  [[nodiscard]] Index width(Index block) const { return std::min(block_size, size() - first(block)); }
};

/// out(j, i) = ||x_j - y_i||^2 over the columns of a block of x and one of y; 0 where they are the same column.
template <class Scalar, class Out>
void squared_distances(const MovedCloud<Scalar>& x, Index x_block, const MovedCloud<Scalar>& y, Index y_block,
                       Out& out) {
  const auto left = x.points.middleCols(x.first(x_block), x.width(x_block));
  const auto right = y.points.middleCols(y.first(y_block), y.width(y_block));
  out.noalias() = product(left.transpose(), right);
  const auto squares = x.squares.segment(x.first(x_block), x.width(x_block)).array();
  for (Index i = 0; i < out.cols(); ++i) {
    const Scalar square = y.squares[y.first(y_block) + i];
    auto column = out.col(i).array();
    column = (Scalar(-2) * column + squares + square).max(Scalar(0));
  }
  if (&x == &y && x_block == y_block) out.diagonal().setZero();
}

/// Calls body(tile) for the distances of a block of y to each block of x below `last`, in order, as body(x_block, tile)
/// with a tile that it may overwrite.
template <class Scalar, class Body>
void for_each_tile(const MovedCloud<Scalar>& x, Index last, const MovedCloud<Scalar>& y, Index y_block,
                   const Body& body) {
  ScratchFrame<Scalar> frame;
  auto memory = frame.vector(block_size * block_size);
  for (Index x_block = 0; x_block < last; ++x_block) {
    Eigen::Map<Matrix<Scalar>, Eigen::AlignedMax> tile(memory.data(), x.width(x_block), y.width(y_block));
    squared_distances(x, x_block, y, y_block, tile);
    body(x_block, tile);
  }
}

}  // namespace proxcvx::detail
