// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <proxcvx/core/columns.hpp>
#include <proxcvx/core/lanes.hpp>
#include <proxcvx/core/tiled_product.hpp>
#include <proxcvx/core/types.hpp>
#include <utility>

// Short columns that many steps go through: a copy of them in panels, where registers are as long as the processor has
// them, since a panel holds entry k of many columns and not the entries of one. Each result has the bits of
// core/columns.hpp: the partial sums of a column and the order in which they are added are the same.

namespace proxcvx::detail {

#if defined(__GNUC__)

/// Columns of a panel: two registers of them.
template <class S> inline constexpr Index panel_columns = 2 * lane_count<S>;

/// How many of the first columns of a matrix go into panels: none where registers are not longer than those of
/// core/columns.hpp.
template <class S> [[nodiscard]] constexpr Index columns_in_panels(Index rows, Index count) {
  if (register_bytes <= narrow_bytes || rows < narrow_count<S> || rows > longest_short_column) return 0;
  return count - count % panel_columns<S>;
}

/// The columns of panels in the place of a matrix with as many columns.
template <class S> void from_panels(const S* panels, Index rows, Index count, S* matrix) {
  constexpr Index lanes = lane_count<S>;
  for (Index j = 0; j < count; j += lanes) {
    const S* const panel = panels + j / panel_columns<S> * panel_columns<S> * rows + j % panel_columns<S>;
    Index k = 0;
    for (; k + lanes <= rows; k += lanes) {
      transpose_block(
          panel + k * panel_columns<S>, panel_columns<S>,
          [&](Lanes<S> column, Index l) { store_lanes<S>(matrix + (j + l) * rows + k, column); },
          std::make_index_sequence<static_cast<std::size_t>(lanes)>{});
    }
    for (; k < rows; ++k) {
      for (Index l = 0; l < lanes; ++l) matrix[(j + l) * rows + k] = panel[k * panel_columns<S> + l];
    }
  }
}

/// The sum of registers in the order in which sums_of_lanes adds up lanes. Spelled out, since g++ keeps arrays with
/// computed indices in memory.
template <class Register, std::size_t n, std::size_t... i>
[[nodiscard, gnu::always_inline]] inline Register sum_of_pairs(const std::array<Register, n>& sums,
                                                               std::index_sequence<i...> /*pairs*/) {
  if constexpr (n == 1) {
    return sums[0];
  } else {
    const std::array<Register, n / 2> halves{(sums[2 * i] + sums[2 * i + 1])...};
    return sum_of_pairs(halves, std::make_index_sequence<n / 4>{});
  }
}

/// A register's share of entry k: the step, and the entries times x_k onto a partial sum.
template <class S>
[[nodiscard, gnu::always_inline]] inline Lanes<S> step_and_add(S* entries, Lanes<S> right, S left, S eta, S x,
                                                               Lanes<S> sum) {
  const Lanes<S> now = minus_multiple(load_lanes<S>(entries), right, left, eta);
  store_lanes<S>(entries, now);
  return sum += now * x;
}

/// One panel: columns -= the step, and out = columns^T x. Partial sum l of a column is of every entry that lane l of a
/// narrow register meets.
template <class S, std::size_t... l>
[[gnu::always_inline]] inline void step_and_dot_panel(S* panel, Index rows, const ColumnStep<S>& step, const S* x,
                                                      S* out, std::index_sequence<l...> /*partial sums*/) {
  constexpr Index lanes = lane_count<S>;
  constexpr auto width = static_cast<Index>(sizeof...(l));
  const Lanes<S> upper = load_lanes<S>(step.right), lower = load_lanes<S>(step.right + lanes);
  const S* left = step.left;
  const S eta = step.eta;
  std::array<Lanes<S>, sizeof...(l)> top{(static_cast<void>(l), Lanes<S>{})...};
  std::array<Lanes<S>, sizeof...(l)> low{(static_cast<void>(l), Lanes<S>{})...};
  const auto at = [&](std::size_t k) { return panel + static_cast<Index>(k) * panel_columns<S>; };
  Index k = 0;
  for (; k + width <= rows; k += width) {
    ((top[l] = step_and_add(at(l), upper, left[l], eta, x[l], top[l]),
      low[l] = step_and_add(at(l) + lanes, lower, left[l], eta, x[l], low[l])),
     ...);
    panel += width * panel_columns<S>;
    left += width;
    x += width;
  }
  // The last narrow register of a column ends at its last entry.
  const auto skipped = static_cast<std::size_t>(width - (rows - k));
  ((l < skipped ? void()
                : void((top[l] = step_and_add(at(l - skipped), upper, left[l - skipped], eta, x[l - skipped], top[l]),
                        low[l] = step_and_add(at(l - skipped) + lanes, lower, left[l - skipped], eta, x[l - skipped],
                                              low[l])))),
   ...);
  store_lanes<S>(out, sum_of_pairs(top, std::make_index_sequence<sizeof...(l) / 2>{}));
  store_lanes<S>(out + lanes, sum_of_pairs(low, std::make_index_sequence<sizeof...(l) / 2>{}));
}

/// panels -= the step, and out = panels^T x; from the last panel back or from the first on, as dot_with_short_columns.
/// after(j) is called when the entries of out are there that begin with j.
template <class S, class After>
void step_and_dot_panels(S* panels, Index rows, Index count, const ColumnStep<S>& step, const S* x, S* out,
                         bool backwards, const After& after) {
  for (Index done = 0; done < count; done += panel_columns<S>) {
    const Index j = backwards ? count - panel_columns<S> - done : done;
    step_and_dot_panel<S>(panels + j * rows, rows, {step.left, step.right + j, step.eta}, x, out + j,
                          std::make_index_sequence<static_cast<std::size_t>(narrow_count<S>)>{});
    after(j);
  }
}

#endif

}  // namespace proxcvx::detail
