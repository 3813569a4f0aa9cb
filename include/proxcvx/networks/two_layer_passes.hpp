// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/two_layer_in_place.hpp>
#include <proxcvx/networks/two_layer_products.hpp>
#include <proxcvx/networks/two_layer_tiles.hpp>

// The way that the passes of a two-layer network take, by shapes alone, so that results do not depend on threads:
//   few inputs                      register tiles on panels of hidden units     two_layer_tiles.hpp
//   many inputs and hidden units    register tiles on weights where they lie     two_layer_in_place.hpp
//   else, and for other scalars     matrix products                              two_layer_products.hpp

namespace proxcvx::detail {

/// N(w; x_i) of each sample.
template <class Scalar, class A>
void two_layer_forward(const A& activation, WeightMap<Scalar> weights, OuterMap<Scalar> outer,
                       ConstMatrixRef<Scalar> inputs, MatrixRef<Scalar> outputs) {
  eigen_assert(inputs.rows() == weights.rows());
  if constexpr (has_lanes<Scalar>) {
    if (uses_tiles<Scalar>(inputs)) return tiled_forward<Scalar>(activation, weights, outer, inputs, outputs);
    if (uses_tiles_in_place<Scalar>(inputs, weights.cols()))
      return forward_in_place<Scalar>(activation, weights, outer, inputs, outputs);
  }
  ScratchFrame<Scalar> frame;
  auto z = frame.matrix(weights.cols(), inputs.cols());
  z.noalias() = product(weights.transpose(), inputs);
  apply(activation, z);
  outputs.noalias() = product(outer.transpose(), z);
}

/// Adds to the gradient of the weights and, unless it has no entries, of the outer weights; with a factor, overwrites
/// them by what it would add to zeros, times that. signal(outputs, i) is called once for all samples or, in blocks,
/// once for those from i on, in order; look(z, j, i) sees the w_j.x_i of units from j and samples from i on, by any
/// thread.
template <class Scalar, class A, class Signal, class Look>
void two_layer_pull_back(bool in_blocks, const A& activation, WeightMap<Scalar> weights, OuterMap<Scalar> outer,
                         ConstMatrixRef<Scalar> inputs, const Signal& signal,
                         Eigen::Map<Matrix<Scalar>> weights_gradient, VectorRef<Scalar> outer_gradient,
                         const Look& look, const Scalar* factor) {
  eigen_assert(inputs.rows() == weights.rows());
  const Index depth = weights.rows(), hidden = weights.cols(), samples = inputs.cols();
  if constexpr (has_lanes<Scalar>) {
    if (uses_tiles<Scalar>(inputs)) {
      return tiled_pull_back<Scalar>(activation, weights, outer, inputs,
                                     in_blocks ? tiled_block<Scalar>(hidden, samples) : samples, signal,
                                     weights_gradient, outer_gradient, look, factor);
    }
    if (uses_tiles_in_place<Scalar>(inputs, hidden)) {
      return pull_back_in_place<Scalar>(activation, weights, outer, inputs,
                                        in_blocks ? in_place_block<Scalar>(samples) : samples, signal, weights_gradient,
                                        outer_gradient, look, factor);
    }
  }
  pull_back_by_products<Scalar>(activation, weights, outer, inputs,
                                in_blocks ? products_block(depth, hidden, samples) : samples, signal, weights_gradient,
                                outer_gradient, look, factor);
}

}  // namespace proxcvx::detail
