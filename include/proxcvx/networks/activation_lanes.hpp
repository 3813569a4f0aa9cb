// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <proxcvx/networks/activations.hpp>
#include <variant>

// An activation over a panel of hidden units (core/tiled_product.hpp), a register at a time.

namespace proxcvx::detail {

#if defined(__GNUC__)

/// For each of `columns` samples i: sums(:, i) += sum over the panel's registers of a s(z(:, i)), of `filled` rows; the
/// rest are padding. With `slopes`, z is overwritten by s'(z), and s(z) is kept in `features` unless that is null.
template <Index registers, bool slopes, class Scalar, class A>
void activate_panel(const A& activation, Scalar* z, Index columns, const Scalar* a, Index filled, Scalar* sums,
                    Scalar* features) {
  constexpr Index lanes = lane_count<Scalar>;
  constexpr Index rows = registers * lanes;
  if constexpr (requires { activation.choice(); }) {
    std::visit(
        [&](const auto& chosen) { activate_panel<registers, slopes>(chosen, z, columns, a, filled, sums, features); },
        activation.choice());
  } else if constexpr (LaneActivation<A, Scalar>) {
    const Lanes<Scalar> outer[2] = {load_lanes(a), load_lanes(a + rows - lanes)};
    // Padding is 0 unless an input is infinite; then its 0 * infinity may not reach a sum.
    using Bits = BitsOf<Lanes<Scalar>>;
    Bits kept = {};
    using Bit = BitsOf<Scalar>;
    for (Index l = 0; l < lanes; ++l)
      kept[l] = (registers - 1) * lanes + l < filled ? static_cast<Bit>(~Bit(0)) : Bit(0);
    const bool padded = filled < rows;
    for (Index i = 0; i < columns; ++i, z += rows, sums += lanes) {
      Lanes<Scalar> sum = load_lanes(sums);
      for (Index r = 0; r < registers; ++r) {
        const auto both = activation.on_lanes(load_lanes(z + r * lanes));
        Lanes<Scalar> value = both.value;
        if (padded && r == registers - 1) value = std::bit_cast<Lanes<Scalar>>(std::bit_cast<Bits>(value) & kept);
        sum += outer[r] * value;
        if constexpr (slopes) {
          store_lanes<Scalar>(z + r * lanes, both.derivative);
          if (features != nullptr) store_lanes<Scalar>(features + i * rows + r * lanes, both.value);
        }
      }
      store_lanes<Scalar>(sums, sum);
    }
  } else {
    ScratchFrame<Scalar> frame;
    auto values = frame.matrix(rows, columns);
    Eigen::Map<Matrix<Scalar>> block(z, rows, columns);
    values = block;
    apply(activation, values);
    values.bottomRows(rows - filled).setZero();
    for (Index i = 0; i < columns; ++i) {
      for (Index r = 0; r < rows; r += lanes) {
        store_lanes<Scalar>(sums + i * lanes,
                            load_lanes(sums + i * lanes) + load_lanes(a + r) * load_lanes(&values(r, i)));
      }
    }
    if constexpr (slopes) {
      apply_derivative(activation, block);
      if (features != nullptr) Eigen::Map<Matrix<Scalar>>(features, rows, columns) = values;
    }
  }
}

/// s(z) into `values`, which may be z, for full registers of `rows` and `columns` samples; with `slopes`, s'(z) in the
/// place of z. The columns of both lie `stride` apart.
template <bool slopes, class Scalar, class A>
void activate_columns(const A& activation, Scalar* z, Index rows, Index columns, Index stride, Scalar* values) {
  if constexpr (requires { activation.choice(); }) {
    std::visit([&](const auto& chosen) { activate_columns<slopes>(chosen, z, rows, columns, stride, values); },
               activation.choice());
  } else if constexpr (LaneActivation<A, Scalar>) {
    for (Index i = 0; i < columns; ++i, z += stride, values += stride) {
      for (Index r = 0; r < rows; r += lane_count<Scalar>) {
        const auto both = activation.on_lanes(load_lanes(z + r));
        store_lanes<Scalar>(values + r, both.value);
        if constexpr (slopes) store_lanes<Scalar>(z + r, both.derivative);
      }
    }
  } else {
    using Columns = Eigen::Map<Matrix<Scalar>, 0, Eigen::OuterStride<>>;
    Columns sums(z, rows, columns, Eigen::OuterStride<>(stride));
    Columns features(values, rows, columns, Eigen::OuterStride<>(stride));
    if (values != z) features = sums;
    apply(activation, features);
    if constexpr (slopes) apply_derivative(activation, sums);
  }
}

#endif

}  // namespace proxcvx::detail
