// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/two_layer_blocks.hpp>
#include <type_traits>

// The backward pass of a two-layer network by two matrix products and the passes between them: for every scalar, and
// the reference of the register tiles (two_layer_tiles.hpp).

namespace proxcvx::detail {

/// Samples in a block: hidden values stay in cache. But each product reads and copies all weights: large ones are worth
/// more samples than that.
[[nodiscard]] inline Index products_block(Index inputs, Index hidden, Index samples) {
  return std::min(samples, inputs * hidden > 262'144 ? 1024 : std::clamp<Index>(131'072 / hidden, 128, 1024));
}

/// Parts of the hidden units that threads may take: by shapes alone, so that bits do not depend on threads. Less work
/// is one part, of which Eigen shares each product. Scalars of other kinds may not be made for threads.
template <class Scalar> [[nodiscard]] Index parts_of_units(Index inputs, Index samples, Index hidden) {
  constexpr Index worth_sharing = 16'000'000, units = 512, most = 64;
  if (!std::is_same_v<Scalar, float> && !std::is_same_v<Scalar, double>) return 1;
  return inputs * samples < worth_sharing / hidden ? 1 : std::clamp<Index>(hidden / units, 1, most);
}

/// Adds to the gradient of the weights and, unless it has no entries, of the outer weights; with a factor, overwrites
/// them by what it would add to zeros, times that. Samples are taken `most` at a time: look(z, j, i) sees the w_j.x_i
/// of units from j and samples from i on, by any thread, signal(outputs, i) is called once a block, in order. Threads
/// share hidden units.
template <class Scalar, class A, class Signal, class Look>
void pull_back_by_products(const A& activation, WeightMap<Scalar> weights, OuterMap<Scalar> outer,
                           ConstMatrixRef<Scalar> inputs, Index most, const Signal& signal,
                           Eigen::Map<Matrix<Scalar>> weights_gradient, VectorRef<Scalar> outer_gradient,
                           const Look& look, const Scalar* factor = nullptr) {
  const Index hidden = outer.size();
  const bool trains_outer = outer_gradient.size() > 0;
  const Index parts = parts_of_units<Scalar>(inputs.rows(), inputs.cols(), hidden);
  const Index largest = (hidden + parts - 1) / parts;              // units of a part
  const Index piece = std::clamp<Index>(4096 / largest, 1, most);  // samples whose features stay in cache
  ScratchFrame<Scalar> frame;
  auto z_of_all = frame.vector(hidden * most);
  auto features_of_all = frame.vector(hidden * (trains_outer ? most : piece));
  auto signals_of_parts = frame.matrix(parts, most);
  auto signals_of_all = frame.matrix(1, most);

  const auto first_unit = [&](Index part) { return part * hidden / parts; };
  const auto of_part = [&](auto& all, Index part, Index columns) {
    const Index first = first_unit(part);
    return Eigen::Map<Matrix<Scalar>>(all.data() + first * (all.size() / hidden), first_unit(part + 1) - first,
                                      columns);
  };
  const auto forward = [&](Index part, Index first, Index columns) {
    auto z = of_part(z_of_all, part, columns);
    auto features = of_part(features_of_all, part, trains_outer ? columns : piece);
    const auto a = outer.segment(first_unit(part), z.rows());
    z.noalias() =
        product(weights.middleCols(first_unit(part), z.rows()).transpose(), inputs.middleCols(first, columns));
    look(z, first_unit(part), first);
    for (Index i = 0; i < columns; i += piece) {
      const Index width = std::min(piece, columns - i);
      auto some = features.middleCols(trains_outer ? i : 0, width);
      some = z.middleCols(i, width);
      apply(activation, some);
      signals_of_parts.row(part).segment(i, width).noalias() = product(a.transpose(), some);
    }
  };
  const auto backward = [&](Index part, Index first, Index columns) {
    auto z = of_part(z_of_all, part, columns);
    const auto signals = signals_of_all.leftCols(columns);
    const auto a = outer.segment(first_unit(part), z.rows());
    if (trains_outer) {
      outer_gradient.segment(first_unit(part), z.rows()).noalias() +=
          product(of_part(features_of_all, part, columns), signals.transpose());
    }
    for (Index i = 0; i < columns; i += piece) {
      auto some = z.middleCols(i, std::min(piece, columns - i));
      apply_derivative(activation, some);
      for (Index k = 0; k < some.cols(); ++k) some.col(k).array() *= a.array() * signals(0, i + k);
    }
    weights_gradient.middleCols(first_unit(part), z.rows()).noalias() +=
        product(inputs.middleCols(first, columns), z.transpose());
  };

  const auto own_part = [&](const TeamMember& member, const auto& pass) {
    const Index from = first_unit(member.first), units = first_unit(member.last) - from;
    pass(weights_gradient.middleCols(from, units));
    if (trains_outer) pass(outer_gradient.segment(from, units));
  };
  share_parts(parts, [&](const TeamMember& member) {
    if (factor != nullptr) own_part(member, [](auto&& part) { part.setZero(); });
    for (Index first = 0; first < inputs.cols(); first += most) {
      const Index columns = std::min(most, inputs.cols() - first);
      member.run([&] {
        for (Index part = member.first; part < member.last; ++part) forward(part, first, columns);
      });
      member.run_alone([&] {
        auto signals = signals_of_all.leftCols(columns);
        signals = signals_of_parts.row(0).head(columns);
        for (Index part = 1; part < parts; ++part) signals += signals_of_parts.row(part).head(columns);
        signal(MatrixRef<Scalar>(signals), first);
      });
      member.run([&] {
        for (Index part = member.first; part < member.last; ++part) backward(part, first, columns);
      });
    }
    if (factor != nullptr) own_part(member, [&](auto&& part) { part *= *factor; });
  });
}

}  // namespace proxcvx::detail
