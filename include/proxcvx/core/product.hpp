// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/types.hpp>
#include <type_traits>

// Matrix products of every scalar. Eigen's blocked kernels are what makes float and double fast; for a scalar without
// vector instructions they gain little and take seconds to compile, so that each use of such a scalar would pay.

namespace proxcvx {

/// a * b, for an assignment to .noalias(): by Eigen's kernels for float and double, entry by entry for other scalars.
/// Either way each entry is a sum of its products, whatever its order: rounding bounds are those of a dot product.
template <class A, class B> [[nodiscard]] auto product(const Eigen::MatrixBase<A>& a, const Eigen::MatrixBase<B>& b) {
  using Scalar = typename A::Scalar;
  if constexpr (std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>) {
    return a.derived() * b.derived();
  } else {
    return a.derived().lazyProduct(b.derived());
  }
}

/// out = a^T b in pieces whose packing fits Eigen's buffers on the stack, 128 KB each, so that nothing is allocated
/// whatever the sizes; as fast as the whole as long as `out` is small beside a cache.
template <class Scalar>
void assign_product_in_pieces(MatrixRef<Scalar> out, ConstMatrixRef<Scalar> a, ConstMatrixRef<Scalar> b) {
  constexpr Index depth = 128, piece = sizeof(Scalar) <= 8 ? 128 : 64;
  out.setZero();
  for (Index k = 0; k < a.rows(); k += depth) {
    const Index some = std::min(depth, a.rows() - k);
    for (Index i = 0; i < out.rows(); i += piece) {
      const Index rows = std::min(piece, out.rows() - i);
      for (Index j = 0; j < out.cols(); j += piece) {
        const Index cols = std::min(piece, out.cols() - j);
        out.block(i, j, rows, cols).noalias() +=
            product(a.block(k, i, some, rows).transpose(), b.block(k, j, some, cols));
      }
    }
  }
}

}  // namespace proxcvx
