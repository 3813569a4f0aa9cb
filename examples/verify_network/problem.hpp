// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/data/dataset.hpp>
#include <string>

#include "options.hpp"

// The data that the options name.

namespace verify_network {

struct Problem {
  std::string name;  ///< for reports
  proxcvx::Dataset<double> data;
};

/// Reads and scales the data. Throws std::invalid_argument on whatever is wrong with it.
[[nodiscard]] Problem load_problem(const Options& options);

/// The numbers of --weights, separated by white space or commas. Throws std::invalid_argument unless there are exactly
/// `count` finite ones.
[[nodiscard]] proxcvx::Vector<double> read_weights(const std::string& file, proxcvx::Index count);

}  // namespace verify_network
