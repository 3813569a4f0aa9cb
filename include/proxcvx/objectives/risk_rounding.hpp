// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/networks/rounding.hpp>
#include <proxcvx/objectives/elementwise_loss.hpp>

// What the rounding of a network and of a loss make of an empirical risk's gradient.

namespace proxcvx::detail {

/// How large a risk is: n samples, p parameters, and inputs of norms up to the radius.
template <class Scalar> struct RiskSize {
  Index samples, dimension;
  Scalar radius;
};

/// The mean of losses that add up to `sum`, and bounds on its error and on its gradient's: each sample's signal and
/// Jacobian errors add up.
template <class Scalar>
[[nodiscard]] BoundedGradient<Scalar> mean_with_bounds(const Scalar& sum, const NetworkRounding<Scalar>& bounds,
                                                       const LossRounding<Scalar>& errors, const Scalar& nearest_kink,
                                                       const RiskSize<Scalar>& size) {
  const Index samples = size.samples;
  const auto n = static_cast<Scalar>(samples);
  const Scalar pad = Scalar(1) + gamma<Scalar>(4 * samples + 64);
  const Scalar signals = errors.signal_norm + errors.signal_error;
  Scalar error = bounds.jacobian_norm * errors.signal_error + bounds.jacobian_error * signals +
                 gamma<Scalar>(2 * samples + 8) * (bounds.jacobian_norm + bounds.jacobian_error) * signals;
  if (nearest_kink <= bounds.kink_threshold) error += bounds.kink_jump * signals;
  // Underflow in a signal's way back is scaled by what it then meets: weights and inputs.
  const Scalar reach = Scalar(1) + size.radius + bounds.jacobian_norm + bounds.underflow_reach;
  error += Scalar(4) * n * static_cast<Scalar>(size.dimension) * reach * std::numeric_limits<Scalar>::denorm_min();
  using std::abs;
  const Scalar value_error = (errors.value_error + gamma<Scalar>(samples + 4) * Scalar(abs(sum))) / n * pad;
  return {sum / n, value_error, error / n * pad};
}

}  // namespace proxcvx::detail
