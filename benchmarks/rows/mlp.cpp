// SPDX-License-Identifier: MIT

// MLP: value and gradient of the logistic risk of a perceptron of three hidden layers of 32 units, 100 samples.
// softmax: the same with ten classes and cross-entropy.

#include "fixtures.hpp"

namespace {

namespace pc = proxcvx;
using rows::add;

template <class MakeRisk> auto evaluated(const MakeRisk& make_risk) {
  return [make_risk](benchmark::State& state) {
    const auto f = make_risk();
    using Scalar = typename decltype(make_risk())::Scalar;
    const pc::Vector<Scalar> w = f.network().initialize(pc::Seed{2});
    pc::Vector<Scalar> gradient(f.dimension());
    for (auto _ : state) benchmark::DoNotOptimize(f.gradient(w, gradient));
  };
}

template <class Scalar> void register_scalar() {
  rows::each_perceptron_activation([](const auto& activation, const char* name) {
    add<Scalar>("MLP", rows::perceptron_shape(name, 1), "proxcvx",
                evaluated([activation] { return rows::perceptron_risk<Scalar>(activation); }));
    add<Scalar>("softmax", rows::perceptron_shape(name, 10), "proxcvx",
                evaluated([activation] { return rows::classes_risk<Scalar>(activation); }));
  });
}

const bool registered = (register_scalar<double>(), register_scalar<float>(), true);

}  // namespace
