// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/activations.hpp>

// The backward pass of a two-layer network by two matrix products and the passes between them: for every scalar, and
// the reference of the register tiles (two_layer_tiles.hpp).

namespace proxcvx::detail {

/// Adds to the gradient of the weights and, unless it has no entries, of the outer weights. Samples are taken `most` at
/// a time: look(z, 0, i) sees the w_j.x_i of the samples from i on, signal(outputs, i) is called once a block.
template <class Scalar, class A, class Signal, class Look>
void pull_back_by_products(const A& activation, Eigen::Map<const Matrix<Scalar>> weights,
                           Eigen::Map<const Vector<Scalar>> outer, ConstMatrixRef<Scalar> inputs, Index most,
                           const Signal& signal, Eigen::Map<Matrix<Scalar>> weights_gradient,
                           VectorRef<Scalar> outer_gradient, const Look& look) {
  const Index hidden = outer.size();
  const bool trains_outer = outer_gradient.size() > 0;
  ScratchFrame<Scalar> frame;
  const Index piece = std::clamp<Index>(4096 / hidden, 1, most);  // samples whose features stay in cache
  auto z_of_all = frame.matrix(hidden, most);
  auto features = frame.matrix(hidden, trains_outer ? most : piece);
  auto signals_of_all = frame.matrix(1, most);
  for (Index first = 0; first < inputs.cols(); first += most) {
    const Index columns = std::min(most, inputs.cols() - first);
    const auto x = inputs.middleCols(first, columns);
    auto z = z_of_all.leftCols(columns);
    auto signals = signals_of_all.leftCols(columns);
    z.noalias() = product(weights.transpose(), x);
    look(z, 0, first);
    for (Index i = 0; i < columns; i += piece) {
      const Index width = std::min(piece, columns - i);
      auto part = features.middleCols(trains_outer ? i : 0, width);
      part = z.middleCols(i, width);
      apply(activation, part);
      signals.middleCols(i, width).noalias() = product(outer.transpose(), part);
    }
    signal(MatrixRef<Scalar>(signals), first);
    if (trains_outer) outer_gradient.noalias() += product(features.leftCols(columns), signals.transpose());
    for (Index i = 0; i < columns; i += piece) {
      auto part = z.middleCols(i, std::min(piece, columns - i));
      apply_derivative(activation, part);
      for (Index k = 0; k < part.cols(); ++k) part.col(k).array() *= outer.array() * signals(0, i + k);
    }
    weights_gradient.noalias() += product(x, z.transpose());
  }
}

}  // namespace proxcvx::detail
