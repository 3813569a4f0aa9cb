// SPDX-License-Identifier: MIT
#pragma once

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

}  // namespace proxcvx
