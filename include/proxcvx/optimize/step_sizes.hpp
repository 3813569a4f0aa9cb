// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <concepts>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>

// Step sizes eta_t for t = 0, 1, 2, ... : callables, so that a user's own is a lambda.

namespace proxcvx {

/// A callable t -> eta_t > 0, t = 0, 1, 2, ...
template <class S>
concept StepSize = std::invocable<const S&, Index> && std::convertible_to < std::invoke_result_t<const S&, Index>,
double > ;

/// eta_t = eta. A number is one: GD{0.1, {...}}.
class ConstantStep {
 public:
  /// Throws std::invalid_argument unless eta > 0 is finite.
  ConstantStep(double eta) : eta_{eta} {
    require(eta > 0 && std::isfinite(eta), "step_size", "a finite number > 0", eta);
  }
  [[nodiscard]] double operator()(Index /*t*/) const { return eta_; }

 private:
  double eta_;
};

/// eta_t = eta_1 (t + 1)^{-theta}: the Robbins-Monro family, theta in [0, 1] (Lei et al. 2019 take theta > 1/2).
class PolynomialStep {
 public:
  /// Throws std::invalid_argument unless eta_1 > 0 and theta >= 0 are finite.
  PolynomialStep(double first, double theta) : first_{first}, theta_{theta} {
    require(first > 0 && std::isfinite(first), "first", "a finite number > 0", first);
    require(theta >= 0 && std::isfinite(theta), "theta", "a finite number >= 0", theta);
  }
  [[nodiscard]] double operator()(Index t) const { return first_ * std::pow(static_cast<double>(t) + 1, -theta_); }

 private:
  double first_;
  double theta_;
};

/// eta_t = scale/(mu (t + offset)): the strongly convex and PL schedules, 1/(mu (t + 1)) by default.
class InverseStep {
 public:
  /// Throws std::invalid_argument unless mu, scale, offset > 0 are finite.
  explicit InverseStep(double mu, double scale = 1, double offset = 1) : mu_{mu}, scale_{scale}, offset_{offset} {
    require(mu > 0 && std::isfinite(mu), "mu", "a finite number > 0", mu);
    require(scale > 0 && std::isfinite(scale), "scale", "a finite number > 0", scale);
    require(offset > 0 && std::isfinite(offset), "offset", "a finite number > 0", offset);
  }
  [[nodiscard]] double operator()(Index t) const { return scale_ / (mu_ * (static_cast<double>(t) + offset_)); }

 private:
  double mu_;
  double scale_;
  double offset_;
};

static_assert(StepSize<ConstantStep> && StepSize<PolynomialStep> && StepSize<InverseStep>);

}  // namespace proxcvx
