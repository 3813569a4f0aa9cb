// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/tiled_product.hpp>
#include <proxcvx/networks/activations.hpp>

// The passes of a two-layer network by register tiles, with hidden units along the registers: what TwoLayer does for
// float and double where the inputs are few. Its plain passes are the reference.

namespace proxcvx::detail {

/// Whether register tiles are faster than Eigen's blocked products. Value and gradient by g++ with AVX-512: by a factor
/// of 1.1 to 1.7 for up to 32 inputs, and even at 50; with fewer samples than inputs, the transposition of w cost what
/// they gained. With shorter registers they were slower (0.6 to 1 with AVX2, 0.75 to 1 with SSE2, in double), and are
/// off. It depends on shapes alone, so that results do not depend on threads. PROXCVX_TILED_INPUTS, the same in every
/// file of a program, overrides the largest number of inputs; 0 turns tiles off.
template <class Scalar> [[nodiscard]] bool uses_tiles(ConstMatrixRef<Scalar> inputs) {
#if defined(PROXCVX_TILED_INPUTS)
  constexpr Index most = PROXCVX_TILED_INPUTS;
#else
  constexpr Index most = register_bytes >= 64 ? 32 : 0;
#endif
  return inputs.rows() <= most && inputs.cols() >= std::max<Index>(8, inputs.rows());
}

template <class Scalar> using WeightMap = Eigen::Map<const Matrix<Scalar>>;
template <class Scalar> using OuterMap = Eigen::Map<const Vector<Scalar>>;

/// The m x n matrix of the w_j.x_i, with rows below that fill the last register and hold nothing.
template <class Scalar>
[[nodiscard]] typename ScratchFrame<Scalar>::MatrixMap tiled_hidden(ScratchFrame<Scalar>& frame,
                                                                    WeightMap<Scalar> weights,
                                                                    ConstMatrixRef<Scalar> inputs) {
  const Index hidden = weights.cols();
  const Index rows = tiled_stride<Scalar>(hidden);
  auto z = frame.matrix(rows, inputs.cols());
  auto transposed = frame.matrix(rows, inputs.rows());
  transposed.topRows(hidden) = weights.transpose();
  transposed.bottomRows(rows - hidden).setZero();
  tiled_product<Scalar>(transposed.data(), rows, {inputs.data(), 1, inputs.outerStride()}, inputs.rows(), inputs.cols(),
                        z.data());
  return z;
}

template <class Scalar, class A>
void tiled_forward(const A& activation, WeightMap<Scalar> weights, OuterMap<Scalar> outer,
                   ConstMatrixRef<Scalar> inputs, MatrixRef<Scalar> outputs) {
  ScratchFrame<Scalar> frame;
  auto z = tiled_hidden<Scalar>(frame, weights, inputs);
  apply(activation, z);
  for (Index i = 0; i < inputs.cols(); ++i) outputs(0, i) = outer.dot(z.col(i).head(outer.size()));
}

/// z(j, i) is overwritten by s'(z(j, i)) a_j s_i.
template <class A, class Z, class Outer, class Signals>
void pull_back_hidden(const A& activation, Z& z, const Outer& a, const Signals& signals) {
  using Scalar = typename Z::Scalar;
  if constexpr (std::derived_from<A, LeakyReLU>) {
    // Both products before the choice, or the compiler branches; and of a plain number, which no store may alias.
    const auto slope = static_cast<Scalar>(activation.slope());
    for (Index i = 0; i < z.cols(); ++i) {
      Scalar* const entry = &z(0, i);
      const Scalar s = signals(0, i);
      for (Index j = 0; j < z.rows(); ++j) {
        const Scalar active = a[j] * s;
        const Scalar inactive = slope * active;
        entry[j] = entry[j] >= Scalar(0) ? active : inactive;
      }
    }
  } else {
    apply_derivative(activation, z);
    for (Index i = 0; i < z.cols(); ++i) z.col(i).array() *= a.array() * signals(0, i);
  }
}

/// Adds to the gradient of the weights and, unless it has no entries, of the outer weights. look(z) sees the w_j.x_i.
/// What the rows of padding hold is never read into a result.
template <class Scalar, class A, class Signal, class Look>
void tiled_pull_back(const A& activation, WeightMap<Scalar> weights, OuterMap<Scalar> outer,
                     ConstMatrixRef<Scalar> inputs, Signal& signal, Eigen::Map<Matrix<Scalar>> weights_gradient,
                     VectorRef<Scalar> outer_gradient, const Look& look) {
  ScratchFrame<Scalar> frame;
  const Index hidden = outer.size();
  const Index columns = inputs.cols();
  auto z = tiled_hidden<Scalar>(frame, weights, inputs);
  look(z.topRows(hidden));
  auto features = frame.matrix(z.rows(), columns);
  auto signals = frame.matrix(1, columns);
  auto a = frame.vector(z.rows());
  a.head(hidden) = outer;
  a.tail(z.rows() - hidden).setZero();
  features = z;
  apply(activation, features);
  for (Index i = 0; i < columns; ++i) signals(0, i) = outer.dot(features.col(i).head(hidden));
  signal(MatrixRef<Scalar>(signals));
  if (outer_gradient.size() > 0) outer_gradient.noalias() += product(features.topRows(hidden), signals.transpose());
  pull_back_hidden(activation, z, a, signals);
  auto sums = frame.matrix(z.rows(), inputs.rows());
  tiled_product<Scalar>(z.data(), z.rows(), {inputs.data(), inputs.outerStride(), 1}, columns, inputs.rows(),
                        sums.data());
  weights_gradient += sums.topRows(hidden).transpose();
}

}  // namespace proxcvx::detail
