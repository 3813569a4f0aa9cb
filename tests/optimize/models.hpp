// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/data/dataset.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <vector>

// Objectives and data that the tests of the optimizers share.

namespace models {

namespace pc = proxcvx;

inline pc::Vector<double> normal_vector(pc::Index size, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{seed}};
  pc::Vector<double> w(size);
  stream.fill_normal(w);
  return w;
}

inline pc::Dataset<double> normal_data(pc::Index dimension, pc::Index samples, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{seed}};
  pc::Matrix<double> inputs(dimension, samples);
  pc::Matrix<double> targets(1, samples);
  stream.fill_normal(inputs);
  stream.fill_normal(targets);
  return {std::move(inputs), std::move(targets)};
}

inline pc::Dataset<double> sign_data(pc::Index dimension, pc::Index samples, std::uint64_t seed) {
  const auto data = normal_data(dimension, samples, seed);
  return {data.inputs(), data.targets().unaryExpr([](double y) { return y > 0 ? 1.0 : -1.0; })};
}

/// A random quadratic with eigenvalues from 0.1 up to a few.
inline pc::Quadratic<double> random_quadratic(pc::Index size, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{seed}};
  pc::Matrix<double> root(size, size);
  stream.fill_normal(root);
  const pc::Matrix<double> product = root * root.transpose() / static_cast<double>(size);
  const pc::Matrix<double> symmetric =
      0.5 * (product + product.transpose()) + 0.1 * pc::Matrix<double>::Identity(size, size);
  return {symmetric, normal_vector(size, seed + 1000)};
}

/// (1/2) mean_i (a_i w - b_i)^2 in one dimension: a finite sum that tests write down by hand.
struct Line {
  using Scalar = double;
  std::vector<double> a;
  std::vector<double> b;

  [[nodiscard]] pc::Index dimension() const { return 1; }
  [[nodiscard]] pc::Index terms() const { return static_cast<pc::Index>(a.size()); }
  [[nodiscard]] double term(std::size_t i, double w) const { return 0.5 * (a[i] * w - b[i]) * (a[i] * w - b[i]); }
  [[nodiscard]] double slope(std::size_t i, double w) const { return a[i] * (a[i] * w - b[i]); }
  [[nodiscard]] double value(pc::ConstVectorRef<double> w) const {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += term(i, w[0]);
    return sum / static_cast<double>(a.size());
  }
  double gradient(pc::ConstVectorRef<double> w, pc::VectorRef<double> out) const {
    out[0] = 0;
    for (std::size_t i = 0; i < a.size(); ++i) out[0] += slope(i, w[0]) / static_cast<double>(a.size());
    return value(w);
  }
  double gradient(pc::ConstVectorRef<double> w, std::span<const pc::Index> batch, pc::VectorRef<double> out) const {
    double sum = 0;
    out[0] = 0;
    for (const pc::Index i : batch) {
      out[0] += slope(static_cast<std::size_t>(i), w[0]) / static_cast<double>(batch.size());
      sum += term(static_cast<std::size_t>(i), w[0]);
    }
    return sum / static_cast<double>(batch.size());
  }
};

static_assert(pc::FiniteSumObjective<Line>);

}  // namespace models
