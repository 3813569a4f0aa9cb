// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/tiled_product.hpp>
#include <proxcvx/networks/activation_lanes.hpp>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/two_layer_blocks.hpp>

// The passes of a two-layer network by register tiles, with hidden units along the registers: what TwoLayer does for
// float and double where the inputs are few. Its plain passes are the reference. Per block of samples and panel of
// hidden units: Z = W^T X, then s(Z) into the outputs and s'(Z) in its place while it is in the first-level cache;
// after the loss, s'(Z) times the signals and its product with X^T, whose sum over blocks is the gradient but for a_j.

namespace proxcvx::detail {

#if defined(__GNUC__)

/// Whether these passes are used. It depends on shapes alone, so that results do not depend on threads.
template <class Scalar> [[nodiscard]] bool uses_tiles(ConstMatrixRef<Scalar> inputs) {
  return inputs.rows() <= most_tiled_inputs && inputs.cols() >= 8;
}

/// Samples in a block: hidden values fill at most an eighth of a 2 MiB second-level cache, full tiles if possible.
template <class Scalar> [[nodiscard]] Index tiled_block(Index hidden, Index samples) {
  constexpr auto full = static_cast<Index>(tile_columns);
  const Index most = std::clamp<Index>(262'144 / static_cast<Index>(sizeof(Scalar)) / hidden, full, 240);
  return std::min(samples, most / full * full);
}

/// Parts of the hidden units that threads may take, each of whole panels: by shapes alone, so that sums over hidden
/// units, which are sums over parts, do not depend on threads. One where waking a thread would take longer than it
/// saves.
template <class Scalar> [[nodiscard]] Index parts_of_panels(Index inputs, Index samples, Index rows) {
  constexpr Index worth_sharing = 1'000'000, most = 8;
  if (inputs * samples < worth_sharing / rows) return 1;
  return std::min(most, (rows + 2 * lane_count<Scalar> - 1) / (2 * lane_count<Scalar>));
}

/// What the passes of one evaluation share.
template <class Scalar> struct TiledNetwork {
  /// Weights are there once they were transposed, which threads share.
  TiledNetwork(ScratchFrame<Scalar>& frame, WeightMap<Scalar> weights, OuterMap<Scalar> outer_weights)
      : inputs{weights.rows()}, hidden{weights.cols()}, rows{padded_rows<Scalar>(hidden)} {
    auto panels = frame.vector(rows * inputs);
    auto outer = frame.vector(rows);
    outer.head(hidden) = outer_weights;
    outer.tail(rows - hidden).setZero();
    w = panels.data();
    a = outer.data();
  }

  /// Of the units [from, to), where `from` begins a panel.
  void transpose(WeightMap<Scalar> weights, Index from, Index to) const {
    transpose_to_panels<Scalar>(weights.middleCols(from, std::min(to, hidden) - from), w + from * inputs);
  }

  /// The panel of Z from `row` on, for `columns` samples.
  template <Index registers>
  void hidden_values(Index row, const Scalar* x, Index stride, Index columns, Scalar* z) const {
    panel_product<registers, true, Onto::overwritten, Scalar, const Scalar>(w + row * inputs, nullptr, {x, 1, stride},
                                                                            inputs, columns, z);
  }

  Index inputs, hidden, rows;
  Scalar* w;        ///< panels of W^T
  const Scalar* a;  ///< padded by zeros
};

template <class Scalar, class A>
void tiled_forward(const A& activation, WeightMap<Scalar> weights, OuterMap<Scalar> outer,
                   ConstMatrixRef<Scalar> inputs, MatrixRef<Scalar> outputs) {
  ScratchFrame<Scalar> frame;
  const TiledNetwork<Scalar> network(frame, weights, outer);
  network.transpose(weights, 0, network.rows);
  const Index block = tiled_block<Scalar>(2 * lane_count<Scalar>, inputs.cols());
  auto z = frame.vector(2 * lane_count<Scalar> * block);
  auto sums = frame.vector(lane_count<Scalar> * block);
  auto row = frame.vector(block);
  for (Index first = 0; first < inputs.cols(); first += block) {
    const Index columns = std::min(block, inputs.cols() - first);
    sums.setZero();
    for_each_panel<Scalar>(network.rows, [&](Index at, auto registers) {
      constexpr Index panel = decltype(registers)::value * lane_count<Scalar>;
      network.template hidden_values<registers>(at, inputs.data() + first * inputs.outerStride(), inputs.outerStride(),
                                                columns, z.data());
      activate_panel<registers, false>(activation, z.data(), columns, network.a + at,
                                       std::min<Index>(panel, network.hidden - at), sums.data(),
                                       static_cast<Scalar*>(nullptr));
    });
    sum_lanes(sums.data(), columns, row.data());
    outputs.row(0).segment(first, columns) = row.head(columns).transpose();
  }
}

/// Adds to the gradient of the weights and, unless it has no entries, of the outer weights; with a factor, overwrites
/// them by what it would add to zeros, times that. Samples are taken `block` at a time: look(z, j, i) sees the w_j.x_i
/// of units from j and samples from i on, by any thread, signal(outputs, i) is called once a block, in order. Threads
/// share hidden units. What rows of padding hold is never read into a result.
template <class Scalar, class A, class Signal, class Look>
void tiled_pull_back(const A& activation, WeightMap<Scalar> weights, OuterMap<Scalar> outer,
                     ConstMatrixRef<Scalar> inputs, Index block, const Signal& signal,
                     Eigen::Map<Matrix<Scalar>> weights_gradient, VectorRef<Scalar> outer_gradient, const Look& look,
                     const Scalar* factor = nullptr) {
  constexpr Index lanes = lane_count<Scalar>;
  ScratchFrame<Scalar> frame;
  const TiledNetwork<Scalar> network(frame, weights, outer);
  const bool trains_outer = outer_gradient.size() > 0;
  const Index parts = parts_of_panels<Scalar>(network.inputs, inputs.cols(), network.rows);
  // Of two blocks where threads share them: a thread that is early begins the next one.
  const Index buffers = parts > 1 ? 2 : 1, size = network.rows * block;
  auto z = frame.vector(buffers * size);
  auto features = frame.vector(trains_outer ? buffers * size : 0);
  auto sums = frame.matrix(lanes * block, parts);
  BlockSignals<Scalar> signals(frame, parts, buffers, block);
  auto gradient = frame.vector(network.rows * network.inputs);
  auto feature_sums = frame.vector(trains_outer ? network.rows : 0);
  const auto first_row = [&](Index part) {
    const Index panels = (network.rows + 2 * lanes - 1) / (2 * lanes);
    return std::min(network.rows, part * panels / parts * 2 * lanes);
  };

  // A panel keeps its place in a block that is not full.
  const auto forward = [&](Index part, Index first, Index columns, Index buffer) {
    sums.col(part).head(lanes * columns).setZero();
    const Scalar* const x = inputs.data() + first * inputs.outerStride();
    for_each_panel<Scalar>(first_row(part), first_row(part + 1), [&](Index at, auto registers) {
      constexpr Index panel = decltype(registers)::value * lanes;
      const Index filled = std::min<Index>(panel, network.hidden - at), place = buffer * size + at * block;
      Scalar* const values = z.data() + place;
      network.template hidden_values<registers>(at, x, inputs.outerStride(), columns, values);
      look(Eigen::Map<const Matrix<Scalar>>(values, panel, columns).topRows(filled), at, first);
      activate_panel<registers, true>(activation, values, columns, network.a + at, filled, sums.col(part).data(),
                                      trains_outer ? features.data() + place : nullptr);
    });
    sum_lanes(sums.col(part).data(), columns, signals.sums(part, buffer));
  };
  const auto backward = [&](Index from, Index to, Index first, Index columns, Index buffer) {
    const Scalar* const x = inputs.data() + first * inputs.outerStride();
    const Scalar* const scales = signals.of(buffer);
    for_each_panel<Scalar>(from, to, [&](Index at, auto registers) {
      panel_product<registers, false, Onto::added, Scalar>(z.data() + buffer * size + at * block, scales,
                                                           {x, inputs.outerStride(), 1}, columns, network.inputs,
                                                           gradient.data() + at * network.inputs);
      if (!trains_outer) return;
      constexpr Index panel = decltype(registers)::value * lanes;
      const Scalar* feature = features.data() + buffer * size + at * block;
      for (Index i = 0; i < columns; ++i, feature += panel) {
        for (Index r = 0; r < panel; r += lanes) {
          Scalar* const to_sum = feature_sums.data() + at + r;
          store_lanes<Scalar>(to_sum, load_lanes(to_sum) + load_lanes(feature + r) * scales[i]);
        }
      }
    });
  };

  TeamSteps steps;
  share_parts(parts, [&](const TeamMember& member) {
    const Index from = first_row(member.first), to = first_row(member.last);
    const Index units = std::min(to, network.hidden) - from;
    network.transpose(weights, from, to);
    gradient.segment(from * network.inputs, (to - from) * network.inputs).setZero();
    if (trains_outer) feature_sums.segment(from, to - from).setZero();
    pass_blocks(
        member, steps, inputs.cols(), block,
        [&](Index first, Index columns, Index buffer) {
          for (Index part = member.first; part < member.last; ++part) forward(part, first, columns, buffer);
        },
        [&](Index first, Index columns, Index buffer) { signals.finish(columns, buffer, first, signal); },
        [&](Index first, Index columns, Index buffer) { backward(from, to, first, columns, buffer); });
    add_transposed_panels<Scalar>(gradient.data() + from * network.inputs, network.a + from,
                                  {weights_gradient.data() + from * network.inputs, network.inputs, units}, factor);
    if (!trains_outer) return;
    auto outer_part = outer_gradient.segment(from, units);
    if (factor != nullptr) outer_part.setZero();
    outer_part += feature_sums.segment(from, units);
    if (factor != nullptr) outer_part *= *factor;
  });
}

#endif

}  // namespace proxcvx::detail
