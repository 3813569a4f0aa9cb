// SPDX-License-Identifier: MIT

// W2: one SGD step on one example, d = 20, 500 tanh units, squared loss; both layers' forward, the first is trained.
// The library's steps follow each other over the data in order, as do all.

#include "fixtures.hpp"

namespace {

namespace pc = proxcvx;

template <class Scalar> void register_scalar() {
  rows::add<Scalar>(rows::W2.row, "d 20, m 500", "proxcvx", [](benchmark::State& state) {
    const auto f = rows::tanh_risk<Scalar>();
    const pc::SGD descent{0.01};
    pc::Vector<Scalar> w = f.network().initialize(pc::Seed{2});
    const auto order = rows::in_order(f.terms());
    for (auto _ : state) {
      descent.steps(f, order, w);
      benchmark::DoNotOptimize(w.data());
    }
    rows::count_each(state, f.terms());
  });
  rows::add<Scalar>(rows::W2.row, "d 20, m 500", "Eigen by hand", [](benchmark::State& state) {
    const auto f = rows::tanh_risk<Scalar>();
    const pc::Vector<Scalar> start = f.network().initialize(pc::Seed{2}), a = f.network().outer_weights();
    pc::Matrix<Scalar> W = Eigen::Map<const pc::Matrix<Scalar>>(start.data(), rows::W2.inputs, rows::W2.hidden);
    pc::Vector<Scalar> h(rows::W2.hidden);
    pc::Index example = 0;
    for (auto _ : state) {
      const auto x = f.data().inputs().col(example);
      h.noalias() = W.transpose() * x;
      h = h.array().tanh();
      const Scalar residual = a.dot(h) - f.data().targets()(0, example);
      h = (Scalar(0.01) * residual) * a.array() * (1 - h.array().square());
      W.noalias() -= x * h.transpose();
      benchmark::DoNotOptimize(W.data());
      example = (example + 1) % f.terms();
    }
  });
}

const bool registered = (register_scalar<double>(), register_scalar<float>(), true);

}  // namespace
