// SPDX-License-Identifier: MIT
#pragma once

#include <benchmark/benchmark.h>

#include <numeric>
#include <proxcvx/proxcvx.hpp>
#include <string>
#include <utility>
#include <vector>

// What each row works on, the same for the library and its peers, and how a measurement is named:
// ROW/SHAPE/SCALAR/WHO. tools/bench.py makes the table from these names.

namespace rows {

namespace pc = proxcvx;

template <class Scalar> inline const char* scalar_name = "double";
template <> inline const char* scalar_name<float> = "float";

/// Registers body(state), to be measured by the clock on the wall.
template <class Scalar, class Body>
void add(const std::string& row, const std::string& shape, const std::string& who, Body body) {
  const std::string name = row + "/" + shape + "/" + scalar_name<Scalar> + "/" + who;
  benchmark::RegisterBenchmark(name.c_str(), std::move(body))->UseRealTime();
}

/// The time in the table is that of an iteration divided by this.
inline void count_each(benchmark::State& state, pc::Index items) {
  state.counters["each"] = static_cast<double>(items);
}

/// 0, 1, ..., n - 1: an epoch of single examples in order.
inline std::vector<pc::Index> in_order(pc::Index n) {
  std::vector<pc::Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), pc::Index{0});
  return order;
}

/// A two-layer network and its data.
struct NetworkShape {
  const char* row;
  pc::Index samples, inputs, hidden;
  pc::Index vectors = 1;  ///< parameter vectors that a gradient is wanted at
  [[nodiscard]] std::string text() const {
    const std::string shape =
        "(" + std::to_string(samples) + ", " + std::to_string(inputs) + ", " + std::to_string(hidden) + ")";
    return vectors == 1 ? shape : std::to_string(vectors) + " x " + shape;
  }
};

inline constexpr NetworkShape W1[] = {{"W1 small", 100, 10, 16},
                                      {"W1 middle", 1000, 100, 256},
                                      {"W1 large", 1000, 1000, 2048}};
inline constexpr NetworkShape W3[] = {{"W3 small", 100, 10, 16, 4096}, {"W3 middle", 200, 50, 64, 256}};
inline constexpr NetworkShape W2{"W2", 1000, 20, 500};
inline constexpr double slope = 0.1;  ///< of the leaky ReLU

template <class Scalar> pc::Dataset<Scalar> halfspace(pc::Index samples, pc::Index dimension) {
  return pc::noisy_halfspace({.samples = samples, .dimension = dimension, .margin = 0.01, .noise = 0.05}, pc::Seed{1})
      .cast<Scalar>();
}

/// The data of W5 and W5s.
template <class Scalar> const pc::Dataset<Scalar>& regression_data() {
  static const pc::Dataset<Scalar> data = halfspace<Scalar>(10'000, 100);
  return data;
}

template <class Scalar> auto network_risk(const NetworkShape& shape) {
  const pc::TwoLayer<pc::LeakyReLU, Scalar> network{{.inputs = shape.inputs, .hidden = shape.hidden},
                                                    pc::LeakyReLU{slope}};
  return pc::EmpiricalRisk{network, pc::LogisticLoss{}, halfspace<Scalar>(shape.samples, shape.inputs)};
}

/// The two-layer tanh network of W2 under the squared loss.
template <class Scalar> auto tanh_risk() {
  const pc::TwoLayer<pc::Tanh, Scalar> network{{.inputs = W2.inputs, .hidden = W2.hidden}, pc::Tanh{}};
  return pc::EmpiricalRisk{network, pc::SquaredLoss{}, halfspace<Scalar>(W2.samples, W2.inputs)};
}

/// A parameter vector a column.
template <class Risk> auto parameter_vectors(const Risk& f, pc::Index count) {
  pc::Matrix<typename Risk::Scalar> W(f.dimension(), count);
  for (pc::Index j = 0; j < count; ++j) W.col(j) = f.network().initialize(pc::Seed{static_cast<std::uint64_t>(j + 2)});
  return W;
}

}  // namespace rows
