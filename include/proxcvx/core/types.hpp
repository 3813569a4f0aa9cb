// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/eigen.hpp>

// The few types that every room uses. Shapes, everywhere in the library:
//   data            d x n   a sample per column
//   parameters      p       a vector;  many of them: p x B, a vector per column
//   outputs         k x n   a column per sample

/// Checks, breaks, fits, proves and monitors the inequalities that gradient descent lives on
/// (proxy convexity and proxy PL: Frei & Gu 2021).
namespace proxcvx {

/// Sizes and indices, signed like Eigen's.
using Index = Eigen::Index;

template <class Scalar> using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

template <class Scalar> using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

/// A caller's vector or contiguous column, to be written to.
template <class Scalar> using VectorRef = Eigen::Ref<Vector<Scalar>>;

/// A caller's vector or contiguous column, to be read.
template <class Scalar> using ConstVectorRef = const Eigen::Ref<const Vector<Scalar>>&;

/// A caller's matrix or block of columns, to be written to.
template <class Scalar> using MatrixRef = Eigen::Ref<Matrix<Scalar>>;

/// A caller's matrix or block of columns, to be read.
template <class Scalar> using ConstMatrixRef = const Eigen::Ref<const Matrix<Scalar>>&;

}  // namespace proxcvx
