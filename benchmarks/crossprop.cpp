// SPDX-License-Identifier: MIT

// "Does the online step of crossprop take under 10 us at d = 20, 500 units?", on one thread.
//
//   step        one step of each rule with tanh, 20 bits and a constant input, 500 units, one output
//   ten_classes one step at 784 pixels and a constant input, 100 units, a softmax over 10 classes
//
// Examples are drawn before the clock starts, and each step has another one.

#include <benchmark/benchmark.h>

#include <proxcvx/optimize/crossprop.hpp>
#include <string>

namespace pc = proxcvx;

namespace {

constexpr pc::Index examples = 256;

/// Examples, a column each, whose last entry is 1.
pc::Matrix<double> inputs_of(pc::Index dimension, double share_of_zeros) {
  pc::RandomStream stream{pc::Seed{1}};
  pc::Matrix<double> x(dimension, examples);
  for (double& entry : x.reshaped()) entry = stream.uniform() < share_of_zeros ? 0 : stream.uniform();
  x.bottomRows(1).setOnes();
  return x;
}

template <class Learner, class Targets>
void run(benchmark::State& state, Learner& learner, const pc::Matrix<double>& x, const Targets& targets) {
  learner.initialize(pc::Seed{2}, 0.1);
  pc::Index t = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(learner.step(x.col(t), targets.col(t)));
    t = (t + 1) % examples;
  }
}

template <class Rule> void step(benchmark::State& state, const Rule& rule) {
  pc::Crossprop learner{{.inputs = 21, .hidden = 500, .step_size = 5e-4}, rule};
  const pc::Matrix<double> x = inputs_of(21, 0.5).array().ceil();
  pc::RandomStream stream{pc::Seed{3}};
  pc::Matrix<double> targets(1, examples);
  stream.fill_normal(targets);
  run(state, learner, x, targets);
}

template <class Rule, class Output> void ten_classes(benchmark::State& state, const Rule& rule, const Output& output) {
  pc::Crossprop learner{{.inputs = 785, .hidden = 100, .outputs = 10, .step_size = 1e-3}, rule, pc::Tanh{}, output};
  const pc::Matrix<double> x = inputs_of(785, 0.8);
  pc::Matrix<double> targets = pc::Matrix<double>::Zero(10, examples);
  for (pc::Index t = 0; t < examples; ++t) targets(t % 10, t) = 1;
  run(state, learner, x, targets);
}

}  // namespace

BENCHMARK_CAPTURE(step, backprop, pc::Backprop{});
BENCHMARK_CAPTURE(step, full, pc::FullCrossprop{});
BENCHMARK_CAPTURE(step, per_weight, pc::PerWeightCrossprop{});
BENCHMARK_CAPTURE(step, per_unit, pc::PerUnitCrossprop{});
BENCHMARK_CAPTURE(step, mixed, pc::MixedCrossprop{0.5});
BENCHMARK_CAPTURE(ten_classes, backprop, pc::Backprop{}, pc::SoftmaxOutput{});
BENCHMARK_CAPTURE(ten_classes, full, pc::FullCrossprop{}, pc::SoftmaxOutput{});
BENCHMARK_CAPTURE(ten_classes, per_unit, pc::PerUnitCrossprop{}, pc::SoftmaxOutput{});
BENCHMARK_CAPTURE(ten_classes, full_without_jacobian, pc::FullCrossprop{}, pc::SoftmaxWithoutJacobian{});
