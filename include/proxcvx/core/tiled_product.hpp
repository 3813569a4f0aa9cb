// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstring>
#include <proxcvx/core/types.hpp>
#include <type_traits>

// Products of matrices of which one side is short, as the inputs of a small network are: Eigen's kernels first copy
// both factors into panels, which then costs more than the product. These keep a tile of the result in registers and
// read the factors where they lie.

namespace proxcvx::detail {

/// Bytes of a vector register, as far as Eigen was told; a multiple of every scalar's size.
inline constexpr Index register_bytes = EIGEN_MAX_STATIC_ALIGN_BYTES >= 16 ? EIGEN_MAX_STATIC_ALIGN_BYTES : 16;

#if defined(__GNUC__)
template <class Scalar>
inline constexpr bool has_tiles = std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>;
#else
template <class Scalar> inline constexpr bool has_tiles = false;  // they are written in GNU vector types
#endif

/// `rows` rounded up to full vector registers, and to an odd number of them where there are many: columns at a stride
/// of a power of two would share few sets of the first-level cache.
template <class Scalar> [[nodiscard]] constexpr Index tiled_stride(Index rows) {
  constexpr Index lanes = register_bytes / static_cast<Index>(sizeof(Scalar));
  const Index registers = (rows + lanes - 1) / lanes;
  return (registers >= 8 && registers % 4 == 0 ? registers + 1 : registers) * lanes;
}

/// A factor whose rows or columns may be contiguous, or neither: entry (r, c) is data[r row_stride + c col_stride].
template <class Scalar> struct StridedFactor {
  const Scalar* data;
  Index row_stride;
  Index col_stride;
};

#if defined(__GNUC__)
/// One register of rows (`pair` = false) or two of out = left right: each entry the sum of its products in the order of
/// `depth`. The sums have names because g++ keeps arrays of them in memory.
template <class Scalar, bool pair>
void tiled_rows(const Scalar* left, Index stride, StridedFactor<Scalar> right, Index depth, Index cols, Scalar* out) {
  using Lanes [[gnu::vector_size(register_bytes)]] = Scalar;
  constexpr Index lanes = register_bytes / static_cast<Index>(sizeof(Scalar));
  for (Index first = 0; first < cols; first += 4) {
    const Index last = cols - 1;  // a last tile that is not full computes its last column several times: no other loops
    const Index c1 = std::min(first + 1, last), c2 = std::min(first + 2, last), c3 = std::min(first + 3, last);
    const Scalar* x0 = right.data + first * right.col_stride;
    const Scalar* x1 = right.data + c1 * right.col_stride;
    const Scalar* x2 = right.data + c2 * right.col_stride;
    const Scalar* x3 = right.data + c3 * right.col_stride;
    const Scalar* rows = left;
    Lanes top0 = {}, top1 = {}, top2 = {}, top3 = {}, low0 = {}, low1 = {}, low2 = {}, low3 = {};
    for (Index k = 0; k < depth; ++k) {
      Lanes top;
      std::memcpy(&top, rows, sizeof top);
      top0 += top * *x0;
      top1 += top * *x1;
      top2 += top * *x2;
      top3 += top * *x3;
      if constexpr (pair) {
        Lanes low;
        std::memcpy(&low, rows + lanes, sizeof low);
        low0 += low * *x0;
        low1 += low * *x1;
        low2 += low * *x2;
        low3 += low * *x3;
      }
      rows += stride;
      x0 += right.row_stride;
      x1 += right.row_stride;
      x2 += right.row_stride;
      x3 += right.row_stride;
    }
    std::memcpy(out + first * stride, &top0, sizeof top0);
    std::memcpy(out + c1 * stride, &top1, sizeof top1);
    std::memcpy(out + c2 * stride, &top2, sizeof top2);
    std::memcpy(out + c3 * stride, &top3, sizeof top3);
    if constexpr (pair) {
      std::memcpy(out + first * stride + lanes, &low0, sizeof low0);
      std::memcpy(out + c1 * stride + lanes, &low1, sizeof low1);
      std::memcpy(out + c2 * stride + lanes, &low2, sizeof low2);
      std::memcpy(out + c3 * stride + lanes, &low3, sizeof low3);
    }
  }
}

/// out = left right with `depth` columns of left; left and out are column-major with `rows` rows, full registers, which
/// is their stride too. Sums are in one order for all shapes: each entry is that of a loop over `depth`.
template <class Scalar>
void tiled_product(const Scalar* left, Index rows, StridedFactor<Scalar> right, Index depth, Index cols, Scalar* out) {
  constexpr Index lanes = register_bytes / static_cast<Index>(sizeof(Scalar));
  Index row = 0;
  for (; row + 2 * lanes <= rows; row += 2 * lanes) {
    tiled_rows<Scalar, true>(left + row, rows, right, depth, cols, out + row);
  }
  if (row < rows) tiled_rows<Scalar, false>(left + row, rows, right, depth, cols, out + row);
}
#endif

}  // namespace proxcvx::detail
