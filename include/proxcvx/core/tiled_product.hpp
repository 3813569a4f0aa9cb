// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <proxcvx/core/lanes.hpp>
#include <proxcvx/core/types.hpp>
#include <utility>

// Products of matrices by register tiles. Eigen's kernels first copy both factors into blocks, which costs more than
// the product where one side is short, as the inputs of a small network are, and more than it need where one factor
// serves in several products. These keep a tile of the result in registers and read the right factor where it lies. The
// left factor is in panels: of 2 registers of rows each, the last of 1 where that is enough, one after the other, and
// within a panel column by column. The result is in panels too, or in columns.

namespace proxcvx::detail {

#if defined(__GNUC__)

/// The largest number of inputs that networks take by products with results in panels: with AVX-512 these were measured
/// to be faster than Eigen's blocked products for 10, 50 and 100 inputs, with shorter registers slower; 128 is an
/// estimate. PROXCVX_TILED_INPUTS, the same in every file of a program, overrides it; 0 turns register tiles off.
#if defined(PROXCVX_TILED_INPUTS)
inline constexpr Index most_tiled_inputs = PROXCVX_TILED_INPUTS;
#else
inline constexpr Index most_tiled_inputs = register_bytes >= 64 ? 128 : 0;
#endif

/// `rows` rounded up to full registers.
template <class Scalar> [[nodiscard]] constexpr Index padded_rows(Index rows) {
  return (rows + lane_count<Scalar> - 1) / lane_count<Scalar> * lane_count<Scalar>;
}

/// Calls body(first row, registers) for each panel of the padded rows [row, end), of which `row` begins a panel;
/// registers is a std::integral_constant.
template <class Scalar, class Body> void for_each_panel(Index row, Index end, const Body& body) {
  for (; row + 2 * lane_count<Scalar> <= end; row += 2 * lane_count<Scalar>) {
    body(row, std::integral_constant<Index, 2>{});
  }
  if (row < end) body(row, std::integral_constant<Index, 1>{});
}
template <class Scalar, class Body> void for_each_panel(Index rows, const Body& body) {
  for_each_panel<Scalar>(0, rows, body);
}

/// Columns of a tile: 2 registers of rows of each, as many as fit beside the factors in 32 registers, or in 16.
inline constexpr std::size_t tile_columns = register_bytes >= 64 ? 10 : 5;

/// The right factor of a product: entry (k, c) is data[k depth_stride + c column_stride], of which one is 1.
template <class Scalar> struct RightFactor {
  const Scalar* data;
  Index depth_stride;
  Index column_stride;
};

/// How far apart the columns of a panel lie, unless it is said.
template <Index registers, class Scalar>
using PanelStride = std::integral_constant<Index, registers * lane_count<Scalar>>;

/// What becomes of the result's place: it is overwritten by the product, or that is added to it, or it is multiplied by
/// that, entry by entry.
enum class Onto { overwritten, added, multiplied };

/// One tile of the product below. No column is beyond `last`: a tile that is not full computes that one several times,
/// so that there are no other loops. Columns are spelled out, since g++ keeps arrays with computed indices in memory.
template <Index registers, bool along_depth, bool scaled, bool full, Onto onto, class Scalar, class Left,
          class LeftStride, class OutStride, std::size_t... c>
[[gnu::always_inline]] inline void add_tile(Left* left, LeftStride left_stride, const Scalar* scales,
                                            RightFactor<Scalar> right, Index depth, [[maybe_unused]] Index last,
                                            Scalar* out, OutStride out_stride, std::index_sequence<c...> /*columns*/) {
  using Register = Lanes<Scalar>;
  constexpr Index lanes = lane_count<Scalar>;
  constexpr std::size_t columns = sizeof...(c);
  const std::array<Index, columns> at{(full ? static_cast<Index>(c) : std::min(static_cast<Index>(c), last))...};
  const std::array<Index, columns> offset{(at[c] * (along_depth ? right.column_stride : 1))...};
  const Scalar* x = right.data;
  const auto start = [&](Index entry) { return onto == Onto::added ? load_lanes(out + entry) : Register{}; };
  std::array<Register, columns> top{start(at[c] * out_stride)...};
  std::array<Register, columns> low{start(at[c] * out_stride + (registers == 2 ? lanes : 0))...};
  for (Index k = 0; k < depth; ++k) {
    Register upper = load_lanes<Scalar>(left);
    if constexpr (scaled) store_lanes<Scalar>(left, upper *= scales[k]);
    if constexpr (registers == 2) {
      Register lower = load_lanes<Scalar>(left + lanes);
      if constexpr (scaled) store_lanes<Scalar>(left + lanes, lower *= scales[k]);
      ((low[c] += lower * x[offset[c]], top[c] += upper * x[offset[c]]), ...);
    } else {
      ((top[c] += upper * x[offset[c]]), ...);
    }
    x += along_depth ? 1 : right.depth_stride;
    left += left_stride;
  }
  if constexpr (onto == Onto::multiplied) {  // all factors are read first: a column may be there several times
    ((top[c] *= load_lanes(out + at[c] * out_stride)), ...);
    if constexpr (registers == 2) ((low[c] *= load_lanes(out + at[c] * out_stride + lanes)), ...);
  }
  (store_lanes(out + at[c] * out_stride, top[c]), ...);
  if constexpr (registers == 2) (store_lanes(out + at[c] * out_stride + lanes, low[c]), ...);
}

/// One panel: the product of left and right onto out, where the columns of right are contiguous (`along_depth`) or its
/// rows are. left has `depth` columns, out `columns`; each entry is the sum of its products in the order of k. With
/// `scales`, column k of left is first overwritten by itself times scales[k]. Both may be rows of a larger matrix,
/// whose columns lie a stride apart.
template <Index registers, bool along_depth, Onto onto, class Scalar, class Left,
          class LeftStride = PanelStride<registers, Scalar>, class OutStride = PanelStride<registers, Scalar>>
void panel_product(Left* left, const Scalar* scales, RightFactor<Scalar> right, Index depth, Index columns, Scalar* out,
                   LeftStride left_stride = {}, OutStride out_stride = {}) {
  constexpr auto full = static_cast<Index>(tile_columns);
  constexpr auto half = (full + 1) / 2;
  const auto tile = [&]<bool is_full, std::size_t... c>(Index first, std::bool_constant<is_full>,
                                                        std::index_sequence<c...> shape) {
    RightFactor<Scalar> part = right;
    part.data += first * (along_depth ? right.column_stride : 1);
    Scalar* const to = out + first * out_stride;
    if constexpr (!std::is_const_v<Left>) {
      if (first == 0 && scales != nullptr)
        return add_tile<registers, along_depth, true, is_full, onto>(left, left_stride, scales, part, depth,
                                                                     columns - first - 1, to, out_stride, shape);
    }
    add_tile<registers, along_depth, false, is_full, onto>(left, left_stride, scales, part, depth, columns - first - 1,
                                                           to, out_stride, shape);
  };
  constexpr std::make_index_sequence<full> all;
  Index first = 0;
  for (; first + full <= columns; first += full) tile(first, std::true_type{}, all);
  if (first + half < columns) return tile(first, std::false_type{}, all);
  if (first < columns) tile(first, std::false_type{}, std::make_index_sequence<half>{});
}

/// The panels of a matrix.
template <class Scalar> struct LeftPanels {
  const Scalar* data;
  Index rows, columns;
};

/// Columns that are needed soon, of `rows` numbers from data on, a stride apart.
template <class Scalar> struct NextColumns {
  const Scalar* data = nullptr;
  Index rows = 0, columns = 0, stride = 0;

  /// Asks for the rows [from, to): the first-level cache has them later.
  void prefetch(Index from, Index to) const {
    constexpr Index line = 64 / static_cast<Index>(sizeof(Scalar));
    for (Index row = from; row < std::min(to, rows); row += line) {
      for (Index c = 0; c < columns; ++c) __builtin_prefetch(data + c * stride + row);
    }
  }
};

/// left(:, from .. from + depth) right onto out, which it overwrites or adds to, for at most a tile of columns, a
/// stride apart, while what is needed next comes from memory. Not inlined: g++ would keep tiles in memory where it
/// knows their number.
template <class Scalar>
[[gnu::noinline]] void panels_times_columns(LeftPanels<Scalar> left, Index from, Index depth, RightFactor<Scalar> right,
                                            Index columns, bool adds, Scalar* out, Index stride,
                                            NextColumns<Scalar> next) {
  const Index rows = padded_rows<Scalar>(left.rows);
  for_each_panel<Scalar>(rows, [&](Index row, auto registers) {
    constexpr Index panel = decltype(registers)::value * lane_count<Scalar>;
    using PanelColumns = PanelStride<registers, Scalar>;
    next.prefetch(row * next.rows / rows, (row + panel) * next.rows / rows);
    const Scalar* const factor = left.data + row * left.columns + from * panel;
    const Index filled = std::min(panel, left.rows - row);
    if (filled == panel && adds)
      return panel_product<registers, true, Onto::added, Scalar, const Scalar, PanelColumns, Index>(
          factor, nullptr, right, depth, columns, out + row, {}, stride);
    alignas(64) std::array<Scalar, static_cast<std::size_t>(panel) * tile_columns> tile;
    panel_product<registers, true, Onto::overwritten, Scalar>(factor, nullptr, right, depth, columns, tile.data());
    using Rows = Eigen::Map<Matrix<Scalar>, 0, Eigen::OuterStride<>>;
    const Rows product(tile.data(), filled, columns, Eigen::OuterStride<>(panel));
    Rows to(out + row, filled, columns, Eigen::OuterStride<>(stride));
    if (adds)
      to += product;
    else
      to = product;
  });
}

/// The panels of a matrix, with rows of zeros below the last.
template <class Scalar> void copy_to_panels(const Eigen::Ref<const Matrix<Scalar>>& matrix, Scalar* panels) {
  for_each_panel<Scalar>(padded_rows<Scalar>(matrix.rows()), [&](Index first, auto registers) {
    constexpr Index rows = decltype(registers)::value * lane_count<Scalar>;
    const Index filled = std::min(rows, matrix.rows() - first);
    Eigen::Map<Eigen::Matrix<Scalar, rows, Eigen::Dynamic>> panel(panels + first * matrix.cols(), rows, matrix.cols());
    if (filled == rows) {
      panel = matrix.template middleRows<rows>(first);
    } else {
      panel.topRows(filled) = matrix.middleRows(first, filled);
      panel.bottomRows(rows - filled).setZero();
    }
  });
}

/// Calls take(register l of rows, row) for the rows of a square block: `stride` numbers lie between their beginnings.
template <class Scalar, class Take, std::size_t... l>
[[gnu::always_inline]] inline void transpose_block(const Scalar* from, Index stride, const Take& take,
                                                   std::index_sequence<l...>) {
  const LaneBlock<Scalar> rows = transposed<Scalar>({load_lanes(from + static_cast<Index>(l) * stride)...});
  (take(rows[l], static_cast<Index>(l)), ...);
}

/// The panels of the transpose of a depth x rows matrix, with rows of zeros below the last.
template <class Scalar> void transpose_to_panels(const Eigen::Ref<const Matrix<Scalar>>& matrix, Scalar* panels) {
  constexpr Index lanes = lane_count<Scalar>;
  const Index depth = matrix.rows();
  for_each_panel<Scalar>(padded_rows<Scalar>(matrix.cols()), [&](Index first, auto registers) {
    constexpr Index rows = decltype(registers)::value * lanes;
    for (Index part = 0; part < rows; part += lanes) {
      Scalar* const panel = panels + first * depth + part;
      const Index filled = std::clamp<Index>(matrix.cols() - first - part, 0, lanes);
      const Scalar* const columns = matrix.data() + (first + part) * matrix.outerStride();
      Index k = 0;
      for (; filled == lanes && k + lanes <= depth; k += lanes) {
        transpose_block(
            columns + k, matrix.outerStride(),
            [&](Lanes<Scalar> row, Index l) { store_lanes<Scalar>(panel + (k + l) * rows, row); },
            std::make_index_sequence<static_cast<std::size_t>(lanes)>{});
      }
      for (; k < depth; ++k) {
        for (Index j = 0; j < filled; ++j) panel[k * rows + j] = columns[j * matrix.outerStride() + k];
        for (Index j = filled; j < lanes; ++j) panel[k * rows + j] = Scalar(0);
      }
    }
  });
}

/// matrix(k, j) += scales[j] panels(j, k), for a depth x rows matrix; with a factor, what that is on zeros, times it.
template <class Scalar>
void add_transposed_panels(const Scalar* panels, const Scalar* scales, Eigen::Map<Matrix<Scalar>> matrix,
                           const Scalar* factor = nullptr) {
  constexpr Index lanes = lane_count<Scalar>;
  const Index depth = matrix.rows();
  const bool adds = factor == nullptr;
  const Scalar times = adds ? Scalar(1) : *factor;
  for_each_panel<Scalar>(padded_rows<Scalar>(matrix.cols()), [&](Index first, auto registers) {
    constexpr Index rows = decltype(registers)::value * lanes;
    for (Index part = 0; part < rows; part += lanes) {
      const Scalar* const panel = panels + first * depth + part;
      const Index filled = std::clamp<Index>(matrix.cols() - first - part, 0, lanes);
      const Scalar* const scale = scales + first + part;
      Scalar* const columns = matrix.data() + (first + part) * depth;
      Index k = 0;
      for (; filled == lanes && k + lanes <= depth; k += lanes) {
        transpose_block(
            panel + k * rows, rows,
            [&](Lanes<Scalar> column, Index j) {
              Scalar* const to = columns + j * depth + k;
              store_lanes<Scalar>(to,
                                  adds ? load_lanes(to) + scale[j] * column : (scale[j] * column + Scalar(0)) * times);
            },
            std::make_index_sequence<static_cast<std::size_t>(lanes)>{});
      }
      for (; k < depth; ++k) {
        for (Index j = 0; j < filled; ++j) {
          const Scalar old = adds ? columns[j * depth + k] : Scalar(0);
          columns[j * depth + k] = (old + scale[j] * panel[k * rows + j]) * times;
        }
      }
    }
  });
}

/// The sum of the lanes of each of `count` registers.
template <class Scalar> void sum_lanes(const Scalar* registers, Index count, Scalar* sums) {
  constexpr Index lanes = lane_count<Scalar>;
  const auto block = [&]<std::size_t... l>(Index first, std::index_sequence<l...>) {
    const Index last = count - 1;
    return lane_sums<Scalar>(
        LaneBlock<Scalar>{load_lanes(registers + std::min(first + static_cast<Index>(l), last) * lanes)...});
  };
  constexpr auto rows = std::make_index_sequence<static_cast<std::size_t>(lanes)>{};
  Index i = 0;
  for (; i + lanes <= count; i += lanes) store_lanes<Scalar>(sums + i, block(i, rows));
  if (i == count) return;
  const Lanes<Scalar> rest = block(i, rows);
  std::memcpy(sums + i, &rest, static_cast<std::size_t>(count - i) * sizeof(Scalar));
}

#endif

}  // namespace proxcvx::detail
