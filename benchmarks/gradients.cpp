// SPDX-License-Identifier: MIT

// Gradients and checks against what one would write by hand with Eigen, in one run: clocks drift, ratios stay.
//
//   risk            value and gradient of a two-layer leaky ReLU network under the logistic loss, (n, d, m)
//   bounded         the same with its rounding bound, what a check evaluates
//   logistic        an iteration of full-batch gradient descent on logistic regression, n = 10,000, d = 100
//   logistic_step   one step of SGD on one example of the same data
//   check           samples of a proxy PL check, items per second
//
// The hand-written partners stand in by_hand.hpp.

#include <benchmark/benchmark.h>

#include <array>
#include <proxcvx/proxcvx.hpp>
#include <span>

#include "by_hand.hpp"

namespace pc = proxcvx;

namespace {

pc::Dataset<double> halfspace(pc::Index samples, pc::Index dimension) {
  return pc::noisy_halfspace({.samples = samples, .dimension = dimension, .margin = 0.01, .noise = 0.05}, pc::Seed{1});
}

auto network_risk(const benchmark::State& state) {
  const pc::TwoLayer network{{.inputs = state.range(1), .hidden = state.range(2)}, pc::LeakyReLU{0.1}};
  return pc::EmpiricalRisk{network, pc::LogisticLoss{}, halfspace(state.range(0), state.range(1))};
}

void risk_proxcvx(benchmark::State& state) {
  const auto f = network_risk(state);
  const pc::Vector<double> w = f.network().initialize(pc::Seed{2});
  pc::Vector<double> gradient(f.dimension());
  for (auto _ : state) benchmark::DoNotOptimize(f.gradient(w, gradient));
}

void risk_by_hand(benchmark::State& state) {
  const auto f = network_risk(state);
  by_hand::TwoLayerRisk<double> hand_written{f.data(), f.network().outer_weights(), f.network().activation().slope()};
  const pc::Vector<double> w = f.network().initialize(pc::Seed{2});
  pc::Vector<double> gradient(f.dimension()), expected(f.dimension());
  f.gradient(w, expected);
  hand_written.gradient(w, gradient);
  if (!gradient.isApprox(expected)) return state.SkipWithError("the two gradients differ");
  for (auto _ : state) benchmark::DoNotOptimize(hand_written.gradient(w, gradient));
}

void bounded_proxcvx(benchmark::State& state) {
  const auto f = network_risk(state);
  const pc::Vector<double> w = f.network().initialize(pc::Seed{2});
  pc::Vector<double> gradient(f.dimension());
  for (auto _ : state) benchmark::DoNotOptimize(f.bounded_gradient(w, gradient));
}

void check_proxcvx(benchmark::State& state) {
  const auto f = network_risk(state);
  const pc::ProxyPL property{f, pc::LossDerivative{f}, {.alpha = 1, .mu = 1e-3, .xi = 1}};
  const pc::Ball region{f.network().initialize(pc::Seed{2}), 5.0};
  const pc::CheckSettings settings{.samples = 4 * pc::block_size, .threads = 1};
  for (auto _ : state) benchmark::DoNotOptimize(pc::check(property, region, settings));
  state.SetItemsProcessed(state.iterations() * settings.samples);
}

void logistic_proxcvx(benchmark::State& state) {
  const pc::LogisticRegression f{halfspace(10'000, 100)};
  const pc::GD descent{0.1};
  pc::Vector<double> w = pc::Vector<double>::Zero(f.dimension()), gradient(f.dimension());
  for (auto _ : state) benchmark::DoNotOptimize(descent.step(f, w, gradient));
}

void logistic_by_hand(benchmark::State& state) {
  by_hand::LogisticDescent<double> descent{halfspace(10'000, 100)};
  for (auto _ : state) benchmark::DoNotOptimize(descent.step(0.1));
}

void logistic_step_proxcvx(benchmark::State& state) {
  const pc::LogisticRegression f{halfspace(10'000, 100)};
  const pc::SGD descent{0.01};
  pc::Vector<double> w = pc::Vector<double>::Zero(f.dimension()), gradient(f.dimension());
  pc::Index example = 0;
  for (auto _ : state) {
    const std::array batch{example};
    benchmark::DoNotOptimize(descent.step(f, std::span<const pc::Index>(batch), w, gradient));
    example = (example + 1) % f.terms();
  }
}

void logistic_step_by_hand(benchmark::State& state) {
  by_hand::LogisticDescent<double> descent{halfspace(10'000, 100)};
  pc::Index example = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(descent.step(0.01, example));
    example = (example + 1) % 10'000;
  }
}

void small_and_middle(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({100, 10, 16})->Args({1000, 100, 256})->Unit(benchmark::kMicrosecond);
}

BENCHMARK(risk_proxcvx)->Apply(small_and_middle);
BENCHMARK(risk_by_hand)->Apply(small_and_middle);
BENCHMARK(bounded_proxcvx)->Apply(small_and_middle);
BENCHMARK(check_proxcvx)->Args({100, 10, 16})->Args({200, 50, 64})->Unit(benchmark::kMillisecond);
BENCHMARK(logistic_proxcvx)->Unit(benchmark::kMicrosecond);
BENCHMARK(logistic_by_hand)->Unit(benchmark::kMicrosecond);
BENCHMARK(logistic_step_proxcvx);
BENCHMARK(logistic_step_by_hand);

}  // namespace
