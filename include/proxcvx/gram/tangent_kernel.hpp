// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/gram/symmetric_tiles.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <string>
#include <type_traits>

// The empirical tangent kernel K_ij = <grad N(w; x_i), grad N(w; x_j)> of a network (Jacot, Gabriel & Hongler 2018).
// Of the squared loss L = ||N - y||^2/2: ||grad L||^2 = (N - y)^T K (N - y), so that L is (L, 0, 2, 4 lambda_min(K))-
// proxy PL at w (Du, Zhai, Poczos & Singh 2019, where K is called H(W)).

namespace proxcvx {

namespace detail {

/// Whether the kernel of a network is known in closed form: g++ finds neither of the two functions more special.
template <class Net> inline constexpr bool has_closed_kernel = false;
template <class A, class Scalar> inline constexpr bool has_closed_kernel<TwoLayer<A, Scalar>> = true;

template <class Net> void require_tangent_arguments(const Net& network, Index parameters, Index rows, Index columns) {
  require(parameters == network.parameters(), "w", std::to_string(network.parameters()) + " entries", parameters);
  require(rows == network.inputs() && columns >= 1, "inputs",
          "at least one column of dimension " + std::to_string(network.inputs()),
          std::to_string(rows) + " x " + std::to_string(columns));
}

/// gradients.col(c) = the gradient of output (first + c) % k at input (first + c)/k. Networks that know kinks take
/// `kink`.
template <class Net, class... Kink>
void tangent_columns(const Net& network, ConstVectorRef<typename Net::Scalar> w,
                     ConstMatrixRef<typename Net::Scalar> inputs, Index first,
                     MatrixRef<typename Net::Scalar> gradients, Kink... kink) {
  using Scalar = typename Net::Scalar;
  gradients.setZero();
  for (Index c = 0; c < gradients.cols(); ++c) {
    const Index sample = (first + c) / network.outputs(), output = (first + c) % network.outputs();
    const auto one = [output](MatrixRef<Scalar> outputs) {
      outputs.setZero();
      outputs(output, 0) = Scalar(1);
    };
    network.pull_back(w, inputs.middleCols(sample, 1), one, gradients.col(c), kink...);
  }
}

}  // namespace detail

/// K of any network at w, by pull-backs of single outputs; of k outputs the nk x nk matrix with a row per output of a
/// sample, sample by sample. (nk)^2 p flops and, with B columns of gradients at a time, (nk)^2/(2B) pull-backs;
/// (nk)^2 + 2 p B numbers of memory. B is 256, or fewer where 2 p B would be more than 2^25 and than (nk)^2.
/// Throws std::invalid_argument when the sizes do not fit.
template <class Net>
requires(Network<Net> && !detail::has_closed_kernel<Net>)
    [[nodiscard]] Matrix<typename Net::Scalar> tangent_kernel(const Net& network,
                                                              ConstVectorRef<typename Net::Scalar> w,
                                                              ConstMatrixRef<typename Net::Scalar> inputs) {
  using Scalar = typename Net::Scalar;
  detail::require_tangent_arguments(network, w.size(), inputs.rows(), inputs.cols());
  const SingleThreadedEigen guard;
  const Index size = inputs.cols() * network.outputs();
  const Index budget = std::max<Index>(size * size, Index{1} << 25) / (2 * std::max<Index>(network.parameters(), 1));
  const Index block = std::min(size, std::clamp<Index>(budget, 8, 256));
  Matrix<Scalar> kernel(size, size), left(network.parameters(), block), right(network.parameters(), block);
  for (Index i = 0; i < size; i += block) {
    const Index rows = std::min(block, size - i);
    auto row_gradients = left.leftCols(rows);
    detail::tangent_columns(network, w, inputs, i, row_gradients);
    kernel.block(i, i, rows, rows).noalias() = product(row_gradients.transpose(), row_gradients);
    for (Index j = 0; j < i; j += block) {
      const Index cols = std::min(block, size - j);
      auto col_gradients = right.leftCols(cols);
      detail::tangent_columns(network, w, inputs, j, col_gradients);
      kernel.block(i, j, rows, cols).noalias() = product(row_gradients.transpose(), col_gradients);
    }
  }
  kernel.template triangularView<Eigen::StrictlyUpper>() = kernel.transpose();
  return kernel;
}

/// K of a two-layer network in closed form,
///     K_ij = x_i.x_j sum_r a_r^2 s'(w_r.x_i) s'(w_r.x_j)  [+ sum_r s(w_r.x_i) s(w_r.x_j) where all is trained],
/// for ReLU x_i.x_j/m times the number of units that are active at both. n^2 (d + m) + 2 n d m flops, by products; n^2
/// + some n numbers of memory; the same bits for any number of threads. Throws std::invalid_argument as above.
template <class A, class Scalar>
[[nodiscard]] Matrix<Scalar> tangent_kernel(const TwoLayer<A, Scalar>& network,
                                            std::type_identity_t<ConstVectorRef<Scalar>> w,
                                            std::type_identity_t<ConstMatrixRef<Scalar>> inputs) {
  detail::require_tangent_arguments(network, w.size(), inputs.rows(), inputs.cols());
  const Index n = inputs.cols(), m = network.hidden();
  const bool trains_all = network.train() == Train::all;
  const auto weights = network.weights(w);
  const Vector<Scalar> outer = trains_all ? Vector<Scalar>(w.tail(m)) : network.outer_weights();
  constexpr Index units = 256;  // at a time
  Matrix<Scalar> slopes(std::min(units, m), n), kernel = Matrix<Scalar>::Zero(n, n), activity;
  if (trains_all) activity = Matrix<Scalar>::Zero(n, n);
  for (Index first = 0; first < m; first += units) {
    const Index count = std::min(units, m - first);
    const auto unit_weights = weights.middleCols(first, count);
    auto z = slopes.topRows(count);
    const auto add_products = [&](MatrixRef<Scalar> sum) {
      detail::for_each_symmetric_tile<Scalar>(sum, [&](Index row, Index col, auto& tile) {
        detail::inner_products<Scalar>(z.middleCols(row, tile.rows()), z.middleCols(col, tile.cols()), tile);
        tile += sum.block(row, col, tile.rows(), tile.cols());
      });
    };
    const auto pre_activations = [&] {
      parallel_for_blocks(0, (n + detail::tile_size - 1) / detail::tile_size, 0, [&](Index block) {
        const Index begin = block * detail::tile_size, width = std::min(detail::tile_size, n - begin);
        z.middleCols(begin, width).noalias() = product(unit_weights.transpose(), inputs.middleCols(begin, width));
      });
    };
    pre_activations();
    detail::apply_derivative(network.activation(), z);
    for (Index i = 0; i < n; ++i) z.col(i).array() *= outer.segment(first, count).array();
    add_products(kernel);
    if (!trains_all) continue;
    pre_activations();
    detail::apply(network.activation(), z);
    add_products(activity);
  }
  detail::for_each_symmetric_tile<Scalar>(kernel, [&](Index row, Index col, auto& tile) {
    detail::inner_products<Scalar>(inputs.middleCols(row, tile.rows()), inputs.middleCols(col, tile.cols()), tile);
    tile.array() *= kernel.block(row, col, tile.rows(), tile.cols()).array();
    if (trains_all) tile += activity.block(row, col, tile.rows(), tile.cols());
  });
  return kernel;
}

}  // namespace proxcvx
