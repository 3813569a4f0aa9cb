// SPDX-License-Identifier: MIT

// W1: value and gradient of the logistic risk of a two-layer leaky ReLU network, (n, d, m).

#include "../by_hand.hpp"
#include "fixtures.hpp"

namespace {

namespace pc = proxcvx;
using rows::add;

template <class Scalar> void register_shape(const rows::NetworkShape& shape) {
  add<Scalar>(shape.row, shape.text(), "proxcvx", [shape](benchmark::State& state) {
    const auto f = rows::network_risk<Scalar>(shape);
    const pc::Vector<Scalar> w = f.network().initialize(pc::Seed{2});
    pc::Vector<Scalar> gradient(f.dimension());
    for (auto _ : state) benchmark::DoNotOptimize(f.gradient(w, gradient));
  });
  add<Scalar>(shape.row, shape.text(), "proxcvx without value", [shape](benchmark::State& state) {
    const auto f = rows::network_risk<Scalar>(shape);
    const pc::Vector<Scalar> w = f.network().initialize(pc::Seed{2});
    pc::Vector<Scalar> gradient(f.dimension());
    for (auto _ : state) {
      f.gradient_alone(w, gradient);
      benchmark::DoNotOptimize(gradient.data());
    }
  });
  add<Scalar>(shape.row, shape.text(), "Eigen by hand", [shape](benchmark::State& state) {
    const auto f = rows::network_risk<Scalar>(shape);
    by_hand::TwoLayerRisk<Scalar> risk{f.data(), f.network().outer_weights(), static_cast<Scalar>(rows::slope)};
    const pc::Vector<Scalar> w = f.network().initialize(pc::Seed{2});
    pc::Vector<Scalar> gradient(f.dimension()), expected(f.dimension());
    f.gradient(w, expected);
    risk.gradient(w, gradient);
    if (!gradient.isApprox(expected, Scalar(1e-4))) return state.SkipWithError("the two gradients differ");
    for (auto _ : state) benchmark::DoNotOptimize(risk.gradient(w, gradient));
  });
  add<Scalar>(shape.row, shape.text(), "Eigen's two products", [shape](benchmark::State& state) {
    const pc::Matrix<Scalar> X = pc::Matrix<Scalar>::Random(shape.inputs, shape.samples);
    pc::Matrix<Scalar> W = pc::Matrix<Scalar>::Random(shape.inputs, shape.hidden), G = W;
    pc::Matrix<Scalar> Z(shape.hidden, shape.samples);
    for (auto _ : state) {
      Z.noalias() = W.transpose() * X;
      benchmark::DoNotOptimize(Z.data());
      G.noalias() = X * Z.transpose();
      benchmark::DoNotOptimize(G.data());
    }
  });
}

const bool registered = [] {
  for (const auto& shape : rows::W1) {
    register_shape<double>(shape);
    register_shape<float>(shape);
  }
  return true;
}();

}  // namespace
