// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/types.hpp>
#include <proxcvx/properties/gradient_growth.hpp>

// What a user asks of an instance's guarantee; the instance knows the constants.

namespace proxcvx {

/// Accuracy, or iterations; the rest follows from the theorem unless it is given.
struct GuaranteePlan {
  double accuracy = 0;              ///< reach the level + accuracy; with it, iterations may be left 0
  Index iterations = 0;             ///< T; with it, accuracy may be left 0
  double step_size = 0;             ///< eta; 0: the theorem's own
  Noise noise = Noise::full_batch;  ///< single_example for SGD, whose guarantee is of an expectation
};

}  // namespace proxcvx
