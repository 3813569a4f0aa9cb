// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <numeric>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/data/dataset.hpp>
#include <span>
#include <utility>
#include <vector>

// A random split of a data set into a training and a test part, a pure function of the seed.

namespace proxcvx {

/// Two disjoint parts that make up the whole.
template <class Scalar> struct Split {
  Dataset<Scalar> training;
  Dataset<Scalar> test;
};

/// round(training_fraction n) samples in random order for training, the others for test. O((d + k) n).
/// Throws std::invalid_argument unless 0 < training_fraction < 1 leaves at least one sample on either side.
template <class Scalar>
[[nodiscard]] Split<Scalar> split(const Dataset<Scalar>& data, double training_fraction, Seed seed) {
  require(training_fraction > 0 && training_fraction < 1, "training_fraction", "a number in (0, 1)", training_fraction);
  const auto n = static_cast<std::size_t>(data.size());
  const auto training = static_cast<std::size_t>(std::llround(training_fraction * static_cast<double>(n)));
  require(training >= 1 && training < n, "training_fraction", "one that leaves a sample on either side",
          training_fraction);
  std::vector<Index> order(n);
  std::iota(order.begin(), order.end(), Index{0});
  RandomStream stream{seed, 0, Purpose::split};
  for (std::size_t i = 0; i + 1 < n; ++i) {  // Fisher & Yates 1938
    std::swap(order[i], order[i + static_cast<std::size_t>(stream.below(static_cast<Index>(n - i)))]);
  }
  const std::span<const Index> all{order};
  return {data.subset(all.first(training)), data.subset(all.subspan(training))};
}

}  // namespace proxcvx
