// SPDX-License-Identifier: MIT

// Gradients and checks against what one would write by hand with Eigen, in one run: clocks drift, ratios stay.
//
//   risk            value and gradient of a two-layer leaky ReLU network under the logistic loss, (n, d, m)
//   bounded         the same with its rounding bound, what a check evaluates
//   logistic        an iteration of full-batch gradient descent on logistic regression, n = 10,000, d = 100
//   logistic_step   one step of SGD on one example of the same data
//   check           samples of a proxy PL check, items per second
//
// A hand-written partner works in buffers that it allocates once, as the library does.

#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <proxcvx/proxcvx.hpp>
#include <span>

namespace pc = proxcvx;

namespace {

pc::Dataset<double> halfspace(pc::Index samples, pc::Index dimension) {
  return pc::noisy_halfspace({.samples = samples, .dimension = dimension, .margin = 0.01, .noise = 0.05}, pc::Seed{1});
}

auto network_risk(const benchmark::State& state) {
  const pc::TwoLayer network{{.inputs = state.range(1), .hidden = state.range(2)}, pc::LeakyReLU{0.1}};
  return pc::EmpiricalRisk{network, pc::LogisticLoss{}, halfspace(state.range(0), state.range(1))};
}

/// log(1 + e^{-z}) and its derivative, stable at both ends.
struct Logistic {
  double value;
  double derivative;
  explicit Logistic(double z) {
    const double e = std::exp(-std::abs(z));
    value = std::log1p(e) + (z < 0 ? -z : 0);
    derivative = -(z < 0 ? 1 : e) / (1 + e);
  }
};

/// The risk of the two-layer network by two matrix products and one pass between them.
class HandWrittenRisk {
 public:
  HandWrittenRisk(const pc::Dataset<double>& data, const pc::Vector<double>& outer, double slope)
      : data_{data}, outer_{outer}, slope_{slope}, Z_(outer.size(), data.size()) {}

  double gradient(const pc::Vector<double>& w, pc::Vector<double>& out) {
    const pc::Index d = data_.dimension(), m = outer_.size(), n = data_.size();
    Z_.noalias() = Eigen::Map<const pc::Matrix<double>>(w.data(), d, m).transpose() * data_.inputs();
    double sum = 0;
    for (pc::Index i = 0; i < n; ++i) {
      auto z = Z_.col(i).array();
      const double output = (outer_.array() * (z >= 0).select(z, slope_ * z)).sum();
      const double y = data_.targets()(0, i);
      const Logistic loss{y * output};
      sum += loss.value;
      z = (loss.derivative * y / static_cast<double>(n)) * (z >= 0).select(outer_.array(), slope_ * outer_.array());
    }
    Eigen::Map<pc::Matrix<double>>(out.data(), d, m).noalias() = data_.inputs() * Z_.transpose();
    return sum / static_cast<double>(n);
  }

 private:
  pc::Dataset<double> data_;
  pc::Vector<double> outer_;
  double slope_;
  pc::Matrix<double> Z_;
};

void risk_proxcvx(benchmark::State& state) {
  const auto f = network_risk(state);
  const pc::Vector<double> w = f.network().initialize(pc::Seed{2});
  pc::Vector<double> gradient(f.dimension());
  for (auto _ : state) benchmark::DoNotOptimize(f.gradient(w, gradient));
}

void risk_by_hand(benchmark::State& state) {
  const auto f = network_risk(state);
  HandWrittenRisk by_hand{f.data(), f.network().outer_weights(), f.network().activation().slope()};
  const pc::Vector<double> w = f.network().initialize(pc::Seed{2});
  pc::Vector<double> gradient(f.dimension()), expected(f.dimension());
  f.gradient(w, expected);
  by_hand.gradient(w, gradient);
  if (!gradient.isApprox(expected)) return state.SkipWithError("the two gradients differ");
  for (auto _ : state) benchmark::DoNotOptimize(by_hand.gradient(w, gradient));
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
  const pc::Dataset<double> data = halfspace(10'000, 100);
  const auto n = static_cast<double>(data.size());
  pc::Vector<double> w = pc::Vector<double>::Zero(data.dimension()), gradient(data.dimension()), z(data.size());
  for (auto _ : state) {
    z.noalias() = data.inputs().transpose() * w;
    double sum = 0;
    for (pc::Index i = 0; i < data.size(); ++i) {
      const double y = data.targets()(0, i);
      const Logistic loss{y * z[i]};
      sum += loss.value;
      z[i] = y * loss.derivative / n;
    }
    gradient.noalias() = data.inputs() * z;
    w -= 0.1 * gradient;
    benchmark::DoNotOptimize(sum);
  }
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
  const pc::Dataset<double> data = halfspace(10'000, 100);
  pc::Vector<double> w = pc::Vector<double>::Zero(data.dimension());
  pc::Index example = 0;
  for (auto _ : state) {
    const auto x = data.inputs().col(example);
    const double y = data.targets()(0, example);
    const Logistic loss{y * w.dot(x)};
    w -= (0.01 * y * loss.derivative) * x;
    benchmark::DoNotOptimize(loss.value);
    benchmark::DoNotOptimize(w.data());
    example = (example + 1) % data.size();
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
