// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/types.hpp>

// A symmetric matrix of inner products in tiles, of which only those on and below the diagonal are computed: a tile is
// worked on while it is in the second-level cache, then written to both of its places. Tiles are the same whatever the
// number of threads, and so are their bits.

namespace proxcvx::detail {

/// Rows and columns of a tile: half a megabyte of doubles.
inline constexpr Index tile_size = 256;

/// out(I, J) = body's tile and its transpose, for all pairs of blocks J <= I of columns. body(first_row, first_col,
/// tile) overwrites the tile; of one on the diagonal, what is above the diagonal is not read. On all threads.
template <class Scalar, class Body> void for_each_symmetric_tile(MatrixRef<Scalar> out, const Body& body) {
  const Index blocks = (out.cols() + tile_size - 1) / tile_size;
  parallel_for_blocks(0, blocks * (blocks + 1) / 2, 0, [&](Index tile) {
    // Row by row of the lower triangle of tiles: tile = row (row + 1)/2 + col.
    auto row = static_cast<Index>((std::sqrt(8 * static_cast<double>(tile) + 1) - 1) / 2);
    while (row * (row + 1) / 2 > tile) --row;
    while ((row + 1) * (row + 2) / 2 <= tile) ++row;
    const Index first_row = row * tile_size, first_col = (tile - row * (row + 1) / 2) * tile_size;
    const Index rows = std::min(tile_size, out.rows() - first_row);
    const Index cols = std::min(tile_size, out.cols() - first_col);
    ScratchFrame<Scalar> frame;
    auto scratch = frame.matrix(rows, cols);
    body(first_row, first_col, scratch);
    if (first_row == first_col) {
      auto place = out.block(first_row, first_col, rows, cols);
      place.template triangularView<Eigen::Lower>() = scratch;
      place.template triangularView<Eigen::StrictlyUpper>() = scratch.transpose();
    } else {
      out.block(first_row, first_col, rows, cols) = scratch;
      out.block(first_col, first_row, cols, rows) = scratch.transpose();
    }
  });
}

/// tile = left^T right, or of left^T left the lower half where both are the same columns.
template <class Scalar, class Tile>
void inner_products(ConstMatrixRef<Scalar> left, ConstMatrixRef<Scalar> right, Tile& tile) {
  constexpr Index narrow = 64;
  if (left.data() != right.data() || left.cols() <= narrow) {
    tile.noalias() = product(left.transpose(), right);
    return;
  }
  for (Index first = 0; first < right.cols(); first += narrow) {  // strips that reach down from the diagonal
    const Index width = std::min(narrow, right.cols() - first);
    tile.block(first, first, tile.rows() - first, width).noalias() =
        product(left.rightCols(left.cols() - first).transpose(), right.middleCols(first, width));
  }
}

}  // namespace proxcvx::detail
