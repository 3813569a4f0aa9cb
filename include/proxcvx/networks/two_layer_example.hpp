// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <proxcvx/core/one_term.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/activations.hpp>
#include <span>

// A two-layer network on one input: what a step of SGD on one example asks for. Its gradient is x c^T in the weights,
// c_j = a_j s'(w_j.x) l', and l' s(z) in the outer weights; neither is formed.

namespace proxcvx::detail {

/// TwoLayer::pull_back_one. `outer` may lie in the parameters, behind the weights, when it is trained too.
template <class Scalar, class A, class Signal, class Take>
void two_layer_pull_back_one(const A& activation, Eigen::Map<const Matrix<Scalar>> weights,
                             Eigen::Map<const Vector<Scalar>> outer, bool trains_outer, ConstVectorRef<Scalar> x,
                             Signal&& signal, Take&& take) {
  ScratchFrame<Scalar> frame;
  auto features = frame.vector(outer.size());
  auto slopes = frame.vector(outer.size());
  slopes.noalias() = product(weights.transpose(), x);
  features = slopes;
  apply(activation, features);
  Eigen::Matrix<Scalar, 1, 1> output(Scalar(outer.dot(features)));
  signal(MatrixRef<Scalar>(output));
  apply_derivative(activation, slopes);
  slopes.array() *= outer.array() * output(0, 0);
  using Entries = Eigen::Map<const Vector<Scalar>>;
  const std::array parts{
      OuterProduct<Scalar>{0, Entries(x.data(), x.size()), Entries(slopes.data(), slopes.size())},
      OuterProduct<Scalar>{weights.size(), Entries(features.data(), features.size()), Entries(output.data(), 1)}};
  take(std::span<const OuterProduct<Scalar>>(parts.data(), trains_outer ? 2U : 1U));
}

}  // namespace proxcvx::detail
