// SPDX-License-Identifier: MIT

// W3: the gradient of W1 at each of many parameter vectors; the time is that of one vector.

#include "../by_hand.hpp"
#include "fixtures.hpp"

namespace {

namespace pc = proxcvx;
using rows::add;

template <class Scalar> void register_shape(const rows::NetworkShape& shape) {
  add<Scalar>(shape.row, shape.text(), "proxcvx", [shape](benchmark::State& state) {
    const auto f = rows::network_risk<Scalar>(shape);
    const auto W = rows::parameter_vectors(f, shape.vectors);
    pc::Matrix<Scalar> gradients(f.dimension(), shape.vectors);
    pc::Vector<Scalar> values(shape.vectors);
    for (auto _ : state) {
      f.gradients(W, gradients, values);
      benchmark::DoNotOptimize(gradients.data());
    }
    rows::count_each(state, shape.vectors);
  });
  add<Scalar>(shape.row, shape.text(), "Eigen by hand", [shape](benchmark::State& state) {
    const auto f = rows::network_risk<Scalar>(shape);
    by_hand::TwoLayerRisk<Scalar> risk{f.data(), f.network().outer_weights(), static_cast<Scalar>(rows::slope)};
    const auto W = rows::parameter_vectors(f, shape.vectors);
    pc::Matrix<Scalar> gradients(f.dimension(), shape.vectors);
    for (auto _ : state) {
      for (pc::Index j = 0; j < W.cols(); ++j) benchmark::DoNotOptimize(risk.gradient(W.col(j), gradients.col(j)));
    }
    rows::count_each(state, shape.vectors);
  });
}

const bool registered = [] {
  for (const auto& shape : rows::W3) {
    register_shape<double>(shape);
    register_shape<float>(shape);
  }
  return true;
}();

}  // namespace
