// SPDX-License-Identifier: MIT

// W4: all pairs <g_i, w_i - v_j> of two clouds of 4096 vectors, p = 2560, and their minimum. The library's part is a
// property's least margin, with the rounding bound of each pair; the gradient of its objective is a copy.

#include <algorithm>
#include <limits>

#include "fixtures.hpp"

namespace {

namespace pc = proxcvx;
using rows::add;

constexpr pc::Index parameters = 2560, cloud = 4096, tile = 256;

template <class Scalar> struct Clouds {
  pc::Matrix<Scalar> points = pc::Matrix<Scalar>::Random(parameters, cloud);
  pc::Matrix<Scalar> references = pc::Matrix<Scalar>::Random(parameters, cloud);
};

template <class Scalar> const Clouds<Scalar>& clouds() {
  static const Clouds<Scalar> both;
  return both;
}

/// ||w||^2/2, whose gradient is w.
template <class Scalar_> struct HalfSquare {
  using Scalar = Scalar_;
  [[nodiscard]] pc::Index dimension() const { return parameters; }
  [[nodiscard]] Scalar value(pc::ConstVectorRef<Scalar> w) const { return w.squaredNorm() / 2; }
  Scalar gradient(pc::ConstVectorRef<Scalar> w, pc::VectorRef<Scalar> out) const {
    out = w;
    return w.squaredNorm() / 2;
  }
};

template <class Scalar> void register_scalar() {
  const std::string row = "W4", shape = "4096 x 4096, p 2560";
  add<Scalar>(row, shape, "proxcvx", [](benchmark::State& state) {
    const auto& [points, references] = clouds<Scalar>();
    const pc::ProxyConvexity property{HalfSquare<Scalar>{}, pc::Constant<Scalar>{0}, pc::Constant<Scalar>{0}};
    for (auto _ : state) benchmark::DoNotOptimize(property.least_margin(points, references).value);
  });
  add<Scalar>(row, shape, "Eigen's product", [](benchmark::State& state) {
    const auto& [points, references] = clouds<Scalar>();
    pc::Matrix<Scalar> values(tile, cloud);
    for (auto _ : state) {
      for (pc::Index first = 0; first < cloud; first += tile) {
        values.noalias() = points.middleCols(first, tile).transpose() * references;
        benchmark::DoNotOptimize(values.data());
      }
    }
  });
  // A sixteenth of the points; `each` scales the time to all of them.
  add<Scalar>(row, shape, "double loop", [](benchmark::State& state) {
    const auto& [points, references] = clouds<Scalar>();
    for (auto _ : state) {
      Scalar smallest = std::numeric_limits<Scalar>::infinity();
      for (pc::Index i = 0; i < cloud / 16; ++i) {
        for (pc::Index j = 0; j < cloud; ++j) {
          smallest = std::min(smallest, points.col(i).dot(points.col(i) - references.col(j)));
        }
      }
      benchmark::DoNotOptimize(smallest);
    }
    state.counters["each"] = 1.0 / 16;
  });
}

const bool registered = (register_scalar<double>(), register_scalar<float>(), true);

}  // namespace
