// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/types.hpp>
#include <proxcvx/networks/activations.hpp>
#include <type_traits>

// Features and their slopes in one pass over the hidden units.

namespace proxcvx::detail {

/// z is overwritten by s(z), and `slopes` by s'(z). For tanh both come of one exponential, e = exp(-2|z|), which Eigen
/// vectorises: within a few u of 1 in the features and, relatively, in the slopes.
template <class A, class Features, class Slopes>
void features_and_slopes(const A& activation, Features& z, Slopes& slopes) {
  using S = typename Slopes::Scalar;
  if constexpr (std::is_same_v<A, Tanh> && (std::is_same_v<S, double> || std::is_same_v<S, float>)) {
    slopes.array() = (S(-2) * z.array().abs()).exp();
    for (Index j = 0; j < z.size(); ++j) {  // Eigen 3.4 has no vector form of select and copysign; compilers do
      const S e = slopes[j];
      const S part = S(1) / (S(1) + e);
      slopes[j] = S(4) * e * part * part;
      z[j] = std::copysign((S(1) - e) * part, z[j]);
    }
  } else {
    for (Index j = 0; j < z.size(); ++j) {
      slopes[j] = activation.derivative(S(z[j]));
      z[j] = activation.value(S(z[j]));
    }
  }
}

}  // namespace proxcvx::detail
