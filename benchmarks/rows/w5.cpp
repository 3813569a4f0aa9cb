// SPDX-License-Identifier: MIT

// W5: an iteration of full-batch gradient descent on logistic regression, n = 10,000, d = 100.
// W5s: one step of SGD on one example of the same data, in order.

#include "../by_hand.hpp"
#include "fixtures.hpp"

namespace {

namespace pc = proxcvx;
using rows::add;

template <class Scalar> void register_scalar() {
  const std::string shape = "10000 x 100";
  add<Scalar>("W5", shape, "proxcvx", [](benchmark::State& state) {
    const pc::LogisticRegression<Scalar> f{rows::regression_data<Scalar>()};
    const pc::GD descent{0.1};
    pc::Vector<Scalar> w = pc::Vector<Scalar>::Zero(f.dimension()), gradient(f.dimension());
    for (auto _ : state) benchmark::DoNotOptimize(descent.step(f, w, gradient));
  });
  add<Scalar>("W5", shape, "Eigen by hand", [](benchmark::State& state) {
    by_hand::LogisticDescent<Scalar> descent{rows::regression_data<Scalar>()};
    for (auto _ : state) benchmark::DoNotOptimize(descent.step(Scalar(0.1)));
  });
  add<Scalar>("W5s", shape, "proxcvx", [](benchmark::State& state) {
    const pc::LogisticRegression<Scalar> f{rows::regression_data<Scalar>()};
    const pc::SGD descent{0.01};
    pc::Vector<Scalar> w = pc::Vector<Scalar>::Zero(f.dimension());
    const auto order = rows::in_order(f.terms());
    for (auto _ : state) {
      descent.steps(f, order, w);
      benchmark::DoNotOptimize(w.data());
    }
    rows::count_each(state, f.terms());
  });
  add<Scalar>("W5s", shape, "Eigen by hand", [](benchmark::State& state) {
    by_hand::LogisticDescent<Scalar> descent{rows::regression_data<Scalar>()};
    const pc::Index count = rows::regression_data<Scalar>().size();
    pc::Index example = 0;
    for (auto _ : state) {
      benchmark::DoNotOptimize(descent.step(Scalar(0.01), example));
      example = (example + 1) % count;
    }
  });
}

const bool registered = (register_scalar<double>(), register_scalar<float>(), true);

}  // namespace
