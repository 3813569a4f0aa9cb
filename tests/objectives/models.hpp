// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/concepts.hpp>
#include <proxcvx/data/dataset.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/softmax_cross_entropy.hpp>

#include "objectives/laws.hpp"

// Data and a network of the kind that a user writes, for the tests of empirical risks.

namespace models {

namespace pc = proxcvx;

/// N(w; x) = W x, W k x d by columns: a user's network with the six members of the concept and no more.
template <class S> struct LinearMap {
  using Scalar = S;
  pc::Index in = 1;
  pc::Index out = 1;

  [[nodiscard]] pc::Index parameters() const { return in * out; }
  [[nodiscard]] pc::Index inputs() const { return in; }
  [[nodiscard]] pc::Index outputs() const { return out; }
  [[nodiscard]] auto matrix(pc::ConstVectorRef<S> w) const {
    return Eigen::Map<const pc::Matrix<S>>(w.data(), out, in);
  }
  void forward(pc::ConstVectorRef<S> w, pc::ConstMatrixRef<S> x, pc::MatrixRef<S> y) const {
    y.noalias() = matrix(w) * x;
  }
  template <class Signal>
  void pull_back(pc::ConstVectorRef<S> w, pc::ConstMatrixRef<S> x, Signal&& signal, pc::VectorRef<S> gradient,
                 S* /*nearest_kink*/ = nullptr) const {
    pc::ScratchFrame<S> frame;
    auto y = frame.matrix(out, x.cols());
    y.noalias() = matrix(w) * x;
    signal(pc::MatrixRef<S>(y));
    Eigen::Map<pc::Matrix<S>>(gradient.data(), out, in).noalias() += y * x.transpose();
  }
  void push_forward(pc::ConstVectorRef<S> /*w*/, pc::ConstVectorRef<S> direction, pc::ConstMatrixRef<S> x,
                    pc::MatrixRef<S> tangents) const {
    tangents.noalias() = matrix(direction) * x;
  }
  template <class T> [[nodiscard]] LinearMap<T> cast() const { return {in, out}; }
};

/// Random inputs of a scale, with targets that the loss takes: signs, numbers, or one-hot columns.
template <class S, class L>
pc::Dataset<S> random_data(const L& /*loss*/, pc::RandomStream& stream, pc::Index dimension, pc::Index outputs,
                           pc::Index samples, double scale = 1) {
  pc::Matrix<S> inputs = static_cast<S>(scale) * laws::random_matrix<S>(stream, dimension, samples);
  pc::Matrix<S> targets = laws::random_matrix<S>(stream, outputs, samples);
  if constexpr (std::is_same_v<L, pc::SoftmaxCrossEntropy>) {
    targets.setZero();
    for (pc::Index i = 0; i < samples; ++i) targets(stream.below(outputs), i) = S(1);
  } else if constexpr (pc::MarginLoss<L>) {
    targets = targets.unaryExpr([](const S& x) { return x > S(0) ? S(1) : S(-1); });
  }
  return {std::move(inputs), std::move(targets)};
}

/// Every activation of the library, with parameters that every scalar represents.
inline std::vector<pc::AnyActivation> all_activations() {
  std::vector<pc::AnyActivation> all;
  for (const std::string_view name : pc::AnyActivation::names) all.push_back(pc::AnyActivation::named(name, 0.25, 2));
  return all;
}

}  // namespace models
