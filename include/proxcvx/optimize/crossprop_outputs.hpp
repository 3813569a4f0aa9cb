// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>

// What crossprop does with o_k = sum_j w_jk phi_j: the outputs s = s(o) that it predicts, delta = target - s, the loss
// at o, and the Jacobian ds/do that its memory goes through.

namespace proxcvx {

/// s_k = o_k, loss (1/2) sum_k delta_k^2.
struct LinearOutput {
  static constexpr bool coupled = false;  ///< whether ds/do is more than the identity

  template <class S> void apply(VectorRef<S> /*o*/) const {}
  template <class S> [[nodiscard]] S loss(ConstVectorRef<S> o, ConstVectorRef<S> target) const {
    return S(0.5) * (target - o).squaredNorm();
  }
  /// Any finite target will do.
  template <class S> void require_target(ConstVectorRef<S> /*target*/) const {}
  void require_outputs(Index outputs) const { require(outputs >= 1, "outputs", "a number >= 1", outputs); }
};

/// s = softmax(o), loss -sum_k target_k log s_k, ds_k/do_l = s_k ([k = l] - s_l).
struct SoftmaxOutput {
  static constexpr bool coupled = true;

  template <class S> void apply(VectorRef<S> o) const {
    o.array() = (o.array() - o.maxCoeff()).exp();
    o /= o.sum();
  }
  /// Of o, not of s: a class of probability 0 in this scalar has a finite loss.
  template <class S> [[nodiscard]] S loss(ConstVectorRef<S> o, ConstVectorRef<S> target) const {
    using std::log;
    const S most = o.maxCoeff();
    const S log_sum = log(S((o.array() - most).exp().sum()));
    return target.sum() * log_sum - S((o.array() - most).matrix().dot(target));
  }
  /// Throws std::invalid_argument unless the target is a distribution, such as a one-hot vector.
  template <class S> void require_target(ConstVectorRef<S> target) const {
    const auto sum = static_cast<double>(target.sum());
    require(target.minCoeff() >= S(0) && std::abs(sum - 1) <= 1e-6, "target",
            "probabilities, which are >= 0 and sum to 1", sum);
  }
  void require_outputs(Index outputs) const {
    require(outputs >= 2, "outputs", "at least two classes for a softmax", outputs);
  }
};

/// A softmax whose memory takes ds/do for the identity, as in the code of the paper's authors: an approximation.
struct SoftmaxWithoutJacobian : SoftmaxOutput {
  static constexpr bool coupled = false;
};

}  // namespace proxcvx
