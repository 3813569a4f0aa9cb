// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/rounding.hpp>

// The recursion of rounding.hpp for a multilayer perceptron. With h_l what layer l multiplies (h_0 = x), z_l what it
// yields, and B_l = d output/d z_l, every part of the Jacobian is bounded whatever slopes in [-C, C] its units have:
//   ||B_L|| = 1,  ||B_{l-1}|| <= C ||W_l|| ||B_l||,  ||J||^2 <= sum_l ||B_l||^2 (1 + ||h_l||^2).
// From below, that sum is R_L^2 with R_l^2 = 1 + ||h_l||^2 + (C ||W_l|| R_{l-1})^2, R_{-1} = 0. R_l says how far a
// change of the signal at z_l reaches into the gradient; so units that flip anywhere move the Jacobian by at most
// 2 C ||W_L|| R_{L-1}, twice the part that depends on slopes.

namespace proxcvx::detail {

/// A-priori rounding bounds of an MLP for inputs with ||x|| <= input_norm. O(p).
template <class Scalar, class Perceptron>
[[nodiscard]] NetworkRounding<Scalar> mlp_rounding(const Perceptron& network, ConstVectorRef<Scalar> w,
                                                   Scalar input_norm) {
  const ActivationBounds<Scalar, std::decay_t<decltype(network.activation())>> s{network.activation()};
  const Scalar u = unit_roundoff<Scalar>();
  const Index last = network.layers() - 1;
  ScratchFrame<Scalar> frame;
  auto norms = frame.vector(last + 1);
  auto input_norms = frame.vector(last + 1);
  auto input_errors = frame.vector(last + 1);
  auto unit_errors = frame.vector(last + 1);
  NetworkRounding<Scalar> bounds;
  NormWithError<Scalar> input{input_norm, Scalar(0)};
  Scalar reach(0);  // R_{l-1}
  for (Index l = 0; l <= last; ++l) {
    const auto weights = network.weights(w, l);
    const auto bias = network.bias(w, l);
    norms[l] = scaled_norm(weights);
    input_norms[l] = input.norm;
    input_errors[l] = input.error;
    const auto z = affine<Scalar>(norms[l], scaled_norm(bias), input, weights.cols(), weights.rows());
    const Scalar through_slopes = s.lipschitz * norms[l] * reach;
    reach = scaled_length(scaled_length(Scalar(1), input.norm), through_slopes);
    if (l == last) {
      bounds.output_error = z.error;
      bounds.jacobian_norm = reach;
      bounds.kink_jump = Scalar(2) * through_slopes;
      break;
    }
    Scalar largest_row(0);
    for (Index j = 0; j < weights.rows(); ++j) largest_row = std::max(largest_row, Scalar(scaled_norm(weights.row(j))));
    unit_errors[l] = affine<Scalar>(largest_row, bias.cwiseAbs().maxCoeff(), input, weights.cols(), 1).error;
    bounds.kink_threshold = std::max(bounds.kink_threshold, unit_errors[l]);
    bounds.underflow_reach = std::max(bounds.underflow_reach, Scalar(reach * std::max(Scalar(1), s.lipschitz)));
    input = s.apply(z, weights.rows());
  }
  NormWithError<Scalar> back{Scalar(1), Scalar(0)};  // B_l and the error of a signal on its way back, per ||s||
  for (Index l = last; l >= 0; --l) {
    const Scalar input_total = input_norms[l] + input_errors[l];
    const Scalar products =
        back.error * input_total + back.norm * input_errors[l] + Scalar(2) * u * (back.norm + back.error) * input_total;
    bounds.jacobian_error = scaled_length(bounds.jacobian_error, scaled_length(products, back.error));
    if (l == 0) break;
    const auto rows = network.weights(w, l).rows();
    const Scalar norm = norms[l] * back.norm;
    const Scalar error = norms[l] * (back.error + gamma<Scalar>(rows) * (back.norm + back.error));
    const Scalar slope_error = s.smoothness * unit_errors[l - 1] + s.ulps * s.lipschitz;
    back = {s.lipschitz * norm,
            s.lipschitz * error + (slope_error + Scalar(2) * u * (s.lipschitz + slope_error)) * (norm + error)};
  }
  return padded(bounds, network.parameters() + 8 * network.layers());
}

}  // namespace proxcvx::detail
