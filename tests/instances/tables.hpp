// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/random.hpp>
#include <proxcvx/io/csv.hpp>
#include <vector>

#include "support/shared.hpp"

// Random samples of the tables in ../shared, for theorems that hold on any data.

namespace problems {

namespace pc = proxcvx;

/// The tables, with the classes as -1 and +1 and, where there are none, as numbers; empty where ../shared is absent.
inline const std::vector<pc::Dataset<double>>& tables() {
  static const std::vector<pc::Dataset<double>> all = [] {
    std::vector<pc::Dataset<double>> read;
    if (!tests::has_shared()) return read;
    for (const char* name : {"iris.csv", "ionosphere.csv", "banknote_authentication.csv"})
      read.push_back(pc::read_csv(tests::shared_path("data") / name).data);
    read.push_back(pc::read_csv(tests::shared_path("data/housing.csv"), {.targets = pc::Targets::numbers}).data);
    return read;
  }();
  return all;
}

/// 1 to 10 rows of one of them, drawn with replacement, as they are or each column over its largest entry. Labels are
/// the classes, or whether a number is above the median; numbers are numbers, or the classes.
inline pc::Dataset<double> sample_of_table(pc::RandomStream& stream, bool signs) {
  const auto& table = tables()[static_cast<std::size_t>(stream.below(static_cast<pc::Index>(tables().size())))];
  const pc::Index n = 1 + stream.below(10);
  const bool scaled = stream.below(2) == 0;
  pc::Matrix<double> x(table.dimension(), n), y(1, n);
  for (pc::Index i = 0; i < n; ++i) {
    const pc::Index row = stream.below(table.size());
    x.col(i) = table.inputs().col(row);
    y(0, i) = table.targets()(0, row);
  }
  if (scaled) x.array().colwise() /= table.inputs().rowwise().lpNorm<Eigen::Infinity>().array().max(1e-300);
  if (signs && (y.array().abs() != 1).any()) {
    constexpr double median = 21.2;  // of the house prices
    y = y.unaryExpr([](double price) { return price > median ? 1.0 : -1.0; });
  }
  return {x, y};
}

}  // namespace problems
