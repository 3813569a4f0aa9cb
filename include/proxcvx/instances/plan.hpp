// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/guarantees/proxy_convexity.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <utility>
#include <vector>

// What a user asks of an instance's guarantee; the instance knows the constants.

namespace proxcvx {

/// Accuracy, or iterations; the rest follows from the theorem unless it is given.
struct GuaranteePlan {
  double accuracy = 0;              ///< reach the level + accuracy; with it, iterations may be left 0
  Index iterations = 0;             ///< T; with it, accuracy may be left 0
  double step_size = 0;             ///< eta; 0: the theorem's own
  Noise noise = Noise::full_batch;  ///< single_example for SGD, whose guarantee is of an expectation
};

namespace detail {

/// An upper bound on what a bounded value stands for, in double whatever its scalar.
template <class Scalar> [[nodiscard]] double upper(const BoundedValue<Scalar>& value) {
  const double padding = 0x1p-50 + 2 * static_cast<double>(unit_roundoff<Scalar>());  // wide scalars round to double
  const auto center = static_cast<double>(value.value);
  const auto error = static_cast<double>(value.error);
  return center + error + (std::abs(center) + error) * padding;
}

/// ||a - b||, rounded up.
template <class A, class B> [[nodiscard]] double distance_up(const A& a, const B& b) {
  using Scalar = typename A::Scalar;
  return static_cast<double>(scaled_norm(a - b)) * (1 + 4 * static_cast<double>(gamma<Scalar>(a.size() + 8)) + 0x1p-50);
}

/// What growth constants are made of: R^2 for single examples, the second moment's largest eigenvalue for full batch,
/// rounded up. Squares of tiny inputs may underflow; the smallest positive number then stands for them.
[[nodiscard]] inline double moment(Noise noise, double radius, double second_moment) {
  const double squares = noise == Noise::full_batch ? second_moment : radius * radius;
  return std::max(squares * (1 + 0x1p-48), std::numeric_limits<double>::min());
}

/// The guarantee of proxy convexity for references, growth constants and a plan.
[[nodiscard]] inline ProxyConvexityGuarantee proxy_convexity_guarantee(std::vector<ReferencePoint> references,
                                                                       const GradientGrowthConstants& growth,
                                                                       const GuaranteePlan& plan) {
  return ProxyConvexityGuarantee({.references = std::move(references),
                                  .A = growth.A,
                                  .B = growth.B,
                                  .step_size = plan.step_size,
                                  .iterations = plan.iterations,
                                  .accuracy = plan.accuracy,
                                  .stochastic = plan.noise != Noise::full_batch});
}

}  // namespace detail

}  // namespace proxcvx
