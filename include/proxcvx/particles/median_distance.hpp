// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <mutex>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <proxcvx/particles/pair_tiles.hpp>
#include <utility>
#include <vector>

// The exact median of ||x_i - x_j||^2 over all pairs i < j. Up to a million pairs (or 256 per column) are sorted out in
// memory. Of more, the two middle ones are closed in on by counting: numbers >= 0 are ordered as their bits are, and
// a pass over all pairs divides an interval of bits into 65,536 parts, of which the middle pairs leave one or two.

namespace proxcvx {

namespace detail {

/// The squared distances of all pairs i < j, on all threads: for each block of columns a copy of `local`, to which
/// visit(local, distances, count) shows them run by run, and which merge(local) is then given, one at a time.
template <class Scalar, class Local, class Visit, class Merge>
void for_each_pair(const MovedCloud<Scalar>& cloud, const Local& local, const Visit& visit, const Merge& merge) {
  std::mutex mutex;
  parallel_for_blocks(0, cloud.blocks(), 0, [&](Index block) {
    Local mine = local;
    for_each_tile(cloud, block + 1, cloud, block, [&](Index other, const auto& tile) {
      for (Index i = 0; i < tile.cols(); ++i) visit(mine, tile.col(i).data(), other == block ? i : tile.rows());
    });
    const std::lock_guard lock{mutex};
    merge(mine);
  });
}

/// The values of ranks `lower` and `upper` (the same, or the next one) among the `expected` pairs that are `inside`.
template <class Scalar, class Inside>
[[nodiscard]] std::pair<Scalar, Scalar> ranked_of(const MovedCloud<Scalar>& cloud, Index lower, Index upper,
                                                  Index expected, const Inside& inside) {
  std::vector<Scalar> kept;
  kept.reserve(static_cast<std::size_t>(expected));
  for_each_pair(
      cloud, std::vector<Scalar>{},
      [&](std::vector<Scalar>& mine, const Scalar* values, Index count) {
        for (Index k = 0; k < count; ++k) {
          if (inside(values[k])) mine.push_back(values[k]);
        }
      },
      [&](const std::vector<Scalar>& mine) { kept.insert(kept.end(), mine.begin(), mine.end()); });
  const auto middle = kept.begin() + lower;
  std::nth_element(kept.begin(), middle, kept.end());
  return {*middle, upper == lower ? *middle : *std::min_element(middle + 1, kept.end())};
}

/// The same of all pairs, with no more than `most` of them in memory unless they are equal in many bits.
template <VectorScalar Scalar>
[[nodiscard]] std::pair<Scalar, Scalar> ranked_by_counting(const MovedCloud<Scalar>& cloud, Index lower, Index upper,
                                                           Index most) {
  using Bits = typename VectorConstants<Scalar>::Bits;
  constexpr int digits = 16;
  constexpr std::size_t count_of_parts = std::size_t{1} << digits;
  Bits first = 0;  // of the interval, which has 2^(shift + digits) bit patterns
  int shift = static_cast<int>(8 * sizeof(Bits)) - digits;
  for (;;) {
    std::vector<Index> parts(count_of_parts);
    for_each_pair(
        cloud, std::vector<std::uint32_t>(count_of_parts),
        [&](std::vector<std::uint32_t>& mine, const Scalar* values, Index count) {
          for (Index k = 0; k < count; ++k) {
            const Bits part = static_cast<Bits>(std::bit_cast<Bits>(values[k]) - first) >> shift;
            if (part < count_of_parts) ++mine[static_cast<std::size_t>(part)];
          }
        },
        [&](const std::vector<std::uint32_t>& mine) {
          for (std::size_t k = 0; k < mine.size(); ++k) parts[k] += static_cast<Index>(mine[k]);
        });
    std::size_t low = 0;
    Index below = 0;
    while (below + parts[low] <= lower) below += parts[low++];
    std::size_t high = low;
    Index to_high = below + parts[low];
    while (to_high <= upper) to_high += parts[++high];
    const auto start = [&](std::size_t part) { return static_cast<Bits>(first + (static_cast<Bits>(part) << shift)); };
    if (shift == 0) return {std::bit_cast<Scalar>(start(low)), std::bit_cast<Scalar>(start(high))};
    const Index inside = to_high - below;
    if (low != high || inside <= most) {
      const Bits begin = start(low);
      const Bits length = static_cast<Bits>(static_cast<Bits>(high - low + 1) << shift);
      return ranked_of(cloud, lower - below, upper - below, inside, [&](const Scalar& value) {
        return static_cast<Bits>(std::bit_cast<Bits>(value) - begin) < length;
      });
    }
    first = start(low);
    lower -= below;
    upper -= below;
    shift -= digits;
  }
}

/// The middle two of all pairs' squared distances; for scalars without bits to count, in O(n^2) memory.
template <class Scalar>
[[nodiscard]] std::pair<Scalar, Scalar> middle_squared_distances(const MovedCloud<Scalar>& cloud, Index most) {
  const Index pairs = cloud.size() * (cloud.size() - 1) / 2;
  const Index lower = (pairs - 1) / 2;
  const Index upper = pairs / 2;
  if constexpr (VectorScalar<Scalar>) {
    if (pairs > most) return ranked_by_counting(cloud, lower, upper, most);
  }
  return ranked_of(cloud, lower, upper, pairs, [](const Scalar&) { return true; });
}

}  // namespace detail

/// The median of ||x_i - x_j||^2 over all pairs i < j of columns; for an even number of pairs the mean of the middle
/// two. O(n^2 d) time; O(nd) memory and that of a million distances, or of 256 n.
/// Throws std::invalid_argument on fewer than two columns, or entries that are not finite.
template <class Derived>
[[nodiscard]] typename Derived::Scalar median_squared_distance(const Eigen::MatrixBase<Derived>& particles) {
  using Scalar = typename Derived::Scalar;
  require(particles.cols() >= 2, "particles", "at least two columns for a median distance", particles.cols());
  require(particles.allFinite(), "particles: expected finite entries");
  const SingleThreadedEigen guard;
  const detail::MovedCloud<Scalar> cloud{Matrix<Scalar>(particles)};
  const auto [lower, upper] =
      detail::middle_squared_distances(cloud, std::max<Index>(Index{1} << 20, block_size * cloud.size()));
  return lower + (upper - lower) / Scalar(2);
}

}  // namespace proxcvx
