// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/tiled_product.hpp>
#include <proxcvx/networks/activation_lanes.hpp>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/two_layer_blocks.hpp>

// The passes of a two-layer network by register tiles, where the inputs are many: samples along the registers on the
// way forward, inputs on the way back. Weights and their gradient, the largest matrices by far, are read and written
// where they lie, a tile of hidden units at a time; the inputs of a block of samples are copied into panels of either
// kind. Its plain passes are the reference.

namespace proxcvx::detail {

#if defined(__GNUC__)

/// Whether these passes are used: by shapes alone, as ever, where they were measured to be faster than Eigen's
/// products. Of more inputs the second-level cache does not hold a block.
template <class Scalar> [[nodiscard]] bool uses_tiles_in_place(ConstMatrixRef<Scalar> inputs, Index hidden) {
  constexpr Index most = 1024;
  return most_tiled_inputs > 0 && inputs.rows() > most_tiled_inputs && inputs.rows() <= most && inputs.cols() >= 32 &&
         hidden >= 40;
}

/// `whole` in shares as equal as possible of at most `most` each, rounded up to `multiple`, of which `most` is one.
[[nodiscard]] inline Index even_share(Index whole, Index most, Index multiple) {
  const Index shares = (whole + most - 1) / most;
  return ((whole + shares - 1) / shares + multiple - 1) / multiple * multiple;
}

/// Samples in a block: hidden values of a tile of units, and two registers of inputs, stay in a first-level cache of
/// 32 KB or more beside each other; the inputs of a block in a second-level cache of 2 MiB.
template <class Scalar> [[nodiscard]] Index in_place_block(Index samples) {
  return even_share(samples, 144 / (2 * lane_count<Scalar>)*2 * lane_count<Scalar>, lane_count<Scalar>);
}

/// Calls take(j, units, values) for each tile of the hidden units [from, to), where values(i, j) = w_j.x_i for samples
/// in panels of full registers: a column a unit, a stride apart, from z on.
template <class Scalar, class Take>
void hidden_values_in_place(WeightMap<Scalar> weights, Index from, Index to, LeftPanels<Scalar> samples, Scalar* z,
                            Index stride, const Take& take) {
  constexpr auto tile = static_cast<Index>(tile_columns);
  const Index inputs = weights.rows();
  // So many inputs at a time that those of a tile of units stay in the first-level cache.
  const Index piece = even_share(inputs, 4096 / static_cast<Index>(sizeof(Scalar)), 1);
  const auto next_tile = [&](Index j, Index k) {
    if (j == to) j = k + piece < inputs ? from : to, k = k + piece < inputs ? k + piece : 0;
    const Index units = std::min(tile, weights.cols() - j);
    return NextColumns<Scalar>{weights.data() + j * inputs + k, std::min(piece, inputs - k), units, inputs};
  };
  for (Index k = 0; k < inputs; k += piece) {
    const Index depth = std::min(piece, inputs - k);
    for (Index j = from; j < to; j += tile) {
      const Index units = std::min(tile, to - j);
      Scalar* const values = z + (j - from) * stride;
      const RightFactor<Scalar> right{weights.data() + j * inputs + k, 1, inputs};
      panels_times_columns(samples, k, depth, right, units, k > 0, values, stride, next_tile(j + units, k));
      if (k + depth == inputs) take(j, units, values);
    }
  }
}

/// s(z) of a tile of units into `features`, with `slopes` s'(z) in the place of z, and their products with the outer
/// weights from a on onto the sums.
template <bool slopes, class Scalar, class A>
void activate_tile(const A& activation, Scalar* z, Index units, Index stride, const Scalar* a, Scalar* features,
                   Eigen::Map<Vector<Scalar>> sums) {
  activate_columns<slopes>(activation, z, sums.size(), units, stride, features);
  for (Index j = 0; j < units; ++j) sums += a[j] * Eigen::Map<const Vector<Scalar>>(features + j * stride, sums.size());
}

/// Parts of the hidden units that threads may take, each of whole tiles and by shapes alone: few, since each thread
/// copies the inputs for itself, which takes as long as the products of about 40 units.
[[nodiscard]] inline Index parts_of_tiles(Index inputs, Index samples, Index hidden) {
  constexpr Index worth_sharing = 1'000'000, most = 16, units = 32;
  return inputs * samples < worth_sharing / hidden ? 1 : std::clamp<Index>(hidden / units, 1, most);
}

/// Where a part begins.
[[nodiscard]] inline Index first_unit_of_part(Index part, Index parts, Index hidden) {
  constexpr Index tile = tile_columns;
  return std::min(hidden, part * ((hidden + tile - 1) / tile) / parts * tile);
}

/// N(w; x_i) of each sample, a block of them at a time. Threads share hidden units.
template <class Scalar, class A>
void forward_in_place(const A& activation, WeightMap<Scalar> weights, OuterMap<Scalar> outer,
                      ConstMatrixRef<Scalar> inputs, MatrixRef<Scalar> outputs) {
  const Index depth = weights.rows(), hidden = weights.cols(), samples = inputs.cols();
  const Index block = in_place_block<Scalar>(samples), parts = parts_of_tiles(depth, samples, hidden);
  ScratchFrame<Scalar> frame;
  auto sums = frame.matrix((samples + block - 1) / block * block, parts);
  const auto pass = [&](Index part, Index first, Index columns, const Scalar* panels, Scalar* z) {
    const Index from = first_unit_of_part(part, parts, hidden), to = first_unit_of_part(part + 1, parts, hidden);
    const Index rows = padded_rows<Scalar>(columns);
    Eigen::Map<Vector<Scalar>> own(&sums(first, part), rows);
    own.setZero();
    hidden_values_in_place<Scalar>(
        weights, from, to, {panels, rows, depth}, z, block, [&](Index j, Index units, Scalar* values) {
          activate_tile<false>(activation, values, units, block, outer.data() + j, values, own);
        });
  };
  share_parts(parts, [&](const TeamMember& member) {
    member.run([&] {
      ScratchFrame<Scalar> own;
      auto panels = own.vector(block * depth);
      auto z = own.vector(block * hidden);
      for (Index first = 0; first < samples; first += block) {
        const Index columns = std::min(block, samples - first);
        transpose_to_panels<Scalar>(inputs.middleCols(first, columns), panels.data());
        for (Index part = member.first; part < member.last; ++part) pass(part, first, columns, panels.data(), z.data());
      }
    });
  });
  outputs.row(0) = sums.col(0).head(samples).transpose();
  for (Index part = 1; part < parts; ++part) outputs.row(0) += sums.col(part).head(samples).transpose();
}

/// Samples on their way.
template <class Scalar> struct InPlaceBlock {
  Index first, columns;  ///< in the data
  Index place;           ///< among those that get their signals at once
  Scalar* z;             ///< w_j.x_i, then s'(w_j.x_i): a column a unit, at its place in a full block
  Scalar* features;      ///< s(w_j.x_i), where the outer weights are trained
};

/// The same as tiled_pull_back, of `most` samples at a time.
template <class Scalar, class A, class Signal, class Look>
void pull_back_in_place(const A& activation, WeightMap<Scalar> weights, OuterMap<Scalar> outer,
                        ConstMatrixRef<Scalar> inputs, Index most, const Signal& signal,
                        Eigen::Map<Matrix<Scalar>> weights_gradient, VectorRef<Scalar> outer_gradient, const Look& look,
                        const Scalar* factor = nullptr) {
  using Columns = Eigen::Map<Matrix<Scalar>, 0, Eigen::OuterStride<>>;
  using Numbers = Eigen::Map<Vector<Scalar>>;
  constexpr Index tile = tile_columns, panel = 2 * lane_count<Scalar>;
  const Index depth = weights.rows(), hidden = weights.cols();
  const bool trains_outer = outer_gradient.size() > 0;
  const Index block = in_place_block<Scalar>(most), padded = (most + block - 1) / block * block;
  const Index parts = parts_of_tiles(depth, inputs.cols(), hidden);
  const Index buffers = parts > 1 && most < inputs.cols() ? 2 : 1;
  ScratchFrame<Scalar> frame;
  auto z = frame.matrix(hidden * padded, buffers);
  auto features = frame.matrix(trains_outer ? hidden * padded : 0, buffers);
  BlockSignals<Scalar> signals(frame, parts, buffers, padded);
  const auto first_unit = [&](Index part) { return first_unit_of_part(part, parts, hidden); };
  const auto in_blocks = [&](Index first, Index samples, Index buffer, const auto& body) {
    for (Index i = 0; i < samples; i += block) {
      body(InPlaceBlock<Scalar>{first + i, std::min(block, samples - i), i, &z(i * hidden, buffer),
                                trains_outer ? &features(i * hidden, buffer) : nullptr});
    }
  };

  const auto forward = [&](const InPlaceBlock<Scalar>& part, Index from, Index to, const Scalar* panels, Scalar* sums,
                           Scalar* features_of_tile) {
    const Index rows = padded_rows<Scalar>(part.columns);
    std::fill(sums, sums + rows, Scalar(0));
    const auto activate = [&](Index j, Index units, Scalar* values) {
      look(Columns(values, part.columns, units, Eigen::OuterStride<>(block)).transpose(), j, part.first);
      activate_tile<true>(activation, values, units, block, outer.data() + j,
                          trains_outer ? part.features + j * block : features_of_tile, Numbers(sums, rows));
    };
    hidden_values_in_place<Scalar>(weights, from, to, {panels, rows, depth}, part.z + from * block, block, activate);
  };
  const auto backward = [&](const InPlaceBlock<Scalar>& part, Index from, Index to, const Scalar* panels,
                            const Scalar* signals_of_part) {
    const Index columns = part.columns;
    const Eigen::Map<const Vector<Scalar>> scales(signals_of_part, columns);
    const bool fresh = factor != nullptr && part.first == 0;
    const bool last = factor != nullptr && part.first + columns == inputs.cols();
    const auto prepare = [&](Index j, Index units) {
      auto outer_part = outer_gradient.segment(trains_outer ? j : 0, trains_outer ? units : 0);
      if (fresh) outer_part.setZero();
      for (Index u = 0; u < units; ++u) {
        Numbers(part.z + (j + u) * block, columns).array() *= outer[j + u] * scales.array();
        if (trains_outer) outer_part[u] += Numbers(part.features + (j + u) * block, columns).dot(scales);
      }
      if (last) outer_part *= *factor;
    };
    for (Index j = from; j < to; j += tile) {
      const Index units = std::min(tile, to - j);
      prepare(j, units);
      // One panel of inputs ahead: what comes sooner has left the first-level cache again.
      Scalar* const gradient = &weights_gradient(0, j);
      const NextColumns<Scalar> next{gradient + panel, depth - panel, units, depth};
      panels_times_columns<Scalar>({panels, depth, columns}, 0, columns, {part.z + j * block, 1, block}, units, !fresh,
                                   gradient, depth, next);
      if (last) weights_gradient.middleCols(j, units) *= *factor;
    }
  };

  TeamSteps steps;
  share_parts(parts, [&](const TeamMember& member) {
    ScratchFrame<Scalar> own;
    Scalar *panels = nullptr, *features_of_tile = nullptr;
    member.run([&] {
      panels = own.vector(padded_rows<Scalar>(depth) * block).data();
      features_of_tile = own.vector(trains_outer ? 0 : tile * block).data();
    });
    pass_blocks(
        member, steps, inputs.cols(), most,
        [&](Index first, Index samples, Index buffer) {
          in_blocks(first, samples, buffer, [&](const InPlaceBlock<Scalar>& part) {
            transpose_to_panels<Scalar>(inputs.middleCols(part.first, part.columns), panels);
            for (Index own_part = member.first; own_part < member.last; ++own_part) {
              forward(part, first_unit(own_part), first_unit(own_part + 1), panels,
                      signals.sums(own_part, buffer) + part.place, features_of_tile);
            }
          });
        },
        [&](Index first, Index samples, Index buffer) { signals.finish(samples, buffer, first, signal); },
        [&](Index first, Index samples, Index buffer) {
          in_blocks(first, samples, buffer, [&](const InPlaceBlock<Scalar>& part) {
            copy_to_panels<Scalar>(inputs.middleCols(part.first, part.columns), panels);
            backward(part, first_unit(member.first), first_unit(member.last), panels, signals.of(buffer) + part.place);
          });
        });
  });
}

#endif

}  // namespace proxcvx::detail
