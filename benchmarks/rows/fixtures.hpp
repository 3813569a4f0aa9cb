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

/// The rows MLP and softmax: a perceptron of three hidden layers, 10 inputs, 100 samples.
inline constexpr pc::Index perceptron_inputs = 10, perceptron_width = 32, perceptron_samples = 100;

/// Calls visit(activation, how the row names it) for those that it is measured with.
template <class Visit> void each_perceptron_activation(const Visit& visit) {
  visit(pc::Tanh{}, "tanh");
  visit(pc::LeakyReLU{slope}, "leaky ReLU");
}

inline std::string perceptron_shape(const char* activation, pc::Index outputs) {
  return "(100, 10, 32, 32, 32, " + std::to_string(outputs) + ") " + activation;
}

template <class Scalar, class A> pc::MLP<A, Scalar> perceptron(const A& activation, pc::Index outputs) {
  const pc::MLPSettings settings{.inputs = perceptron_inputs,
                                 .hidden = {perceptron_width, perceptron_width, perceptron_width},
                                 .outputs = outputs};
  return pc::MLP<A, Scalar>(settings, activation);
}

/// The row MLP: one output, logistic loss.
template <class Scalar, class A> auto perceptron_risk(const A& activation) {
  return pc::EmpiricalRisk{perceptron<Scalar>(activation, 1), pc::LogisticLoss{},
                           halfspace<Scalar>(perceptron_samples, perceptron_inputs)};
}

/// The row softmax: the same with ten classes, the largest of ten linear functions, and cross-entropy.
template <class Scalar, class A> auto classes_risk(const A& activation) {
  constexpr pc::Index classes = 10;
  pc::RandomStream stream{pc::Seed{3}};
  pc::Matrix<double> inputs(perceptron_inputs, perceptron_samples), teacher(classes, perceptron_inputs);
  stream.fill_normal(inputs);
  stream.fill_normal(teacher);
  const pc::Matrix<double> scores = teacher * inputs;
  pc::Matrix<double> labels = pc::Matrix<double>::Zero(classes, perceptron_samples);
  for (pc::Index i = 0; i < scores.cols(); ++i) {
    pc::Index label = 0;
    scores.col(i).maxCoeff(&label);
    labels(label, i) = 1;
  }
  return pc::EmpiricalRisk{perceptron<Scalar>(activation, classes), pc::SoftmaxCrossEntropy{},
                           pc::Dataset<double>(inputs, labels).cast<Scalar>()};
}

/// A parameter vector a column.
template <class Risk> auto parameter_vectors(const Risk& f, pc::Index count) {
  pc::Matrix<typename Risk::Scalar> W(f.dimension(), count);
  for (pc::Index j = 0; j < count; ++j) W.col(j) = f.network().initialize(pc::Seed{static_cast<std::uint64_t>(j + 2)});
  return W;
}

}  // namespace rows
