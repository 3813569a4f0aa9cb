// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/tiled_product.hpp>
#include <proxcvx/networks/activation_lanes.hpp>
#include <proxcvx/networks/mlp_layout.hpp>

// The passes of a multilayer perceptron by register tiles, with units along the registers: what MLP does for float and
// double where its layers are narrow. Its plain passes are the reference. A layer is one product [W b] (x; 1), since b
// lies behind W among the parameters; s(z) and, in the place of z, s'(z) come from one evaluation while a panel is in
// the first-level cache. On the way back, W^T times the signals meets s'(z) there too.

namespace proxcvx::detail {

#if defined(__GNUC__)

/// Whether register tiles are used: by shapes alone, so that results do not depend on threads. Wider layers are left to
/// Eigen's blocked products, which also share themselves out among threads.
template <class Scalar> [[nodiscard]] bool uses_tiles(const MLPLayout& layout, Index samples) {
  return std::max(layout.settings().inputs, layout.width()) <= most_tiled_inputs && samples >= 8;
}

/// The shapes of the padded layers. Rows of [W_l b_l] and of its gradient are padded to full registers: in a copy,
/// unless they fill them where they lie.
template <class Scalar> class TiledPerceptron {
 public:
  TiledPerceptron(ScratchFrame<Scalar>& frame, const MLPLayout& layout, const Scalar* w)
      : layout_{layout}, w_{w}, copies_{frame.vector(copied_before(layers())).data()} {
    for (Index l = 0; l < layers(); ++l) {
      if (fills(l)) continue;
      const Index columns_with_bias = columns(l) + 1;
      Eigen::Map<Matrix<Scalar>> copy(copies_ + copied_before(l), padded(l), columns_with_bias);
      copy.topRows(rows(l)) = Eigen::Map<const Matrix<Scalar>>(w + layout.first_weight(l), rows(l), columns_with_bias);
      copy.bottomRows(padded(l) - rows(l)).setZero();
    }
  }

  /// The panels of the W_l^T, l >= 1, for the way back.
  void transpose(ScratchFrame<Scalar>& frame) {
    Index size = 0;
    for (Index l = 1; l < layers(); ++l) size += transposed_size(l);
    transposed_ = frame.vector(size).data();
    Scalar* to = transposed_;
    for (Index l = 1; l < layers(); ++l, to += transposed_size(l - 1)) {
      transpose_to_panels<Scalar>(Eigen::Map<const Matrix<Scalar>>(w_ + layout_.first_weight(l), rows(l), columns(l)),
                                  to);
    }
  }

  [[nodiscard]] Index layers() const { return layout_.layers(); }
  [[nodiscard]] Index last() const { return layers() - 1; }
  [[nodiscard]] Index rows(Index l) const { return layout_.rows(l); }
  [[nodiscard]] Index columns(Index l) const { return layout_.columns(l); }
  [[nodiscard]] Index padded(Index l) const { return padded_rows<Scalar>(rows(l)); }
  [[nodiscard]] bool fills(Index l) const { return padded(l) == rows(l); }
  /// The numbers in copies of the padded [W_k b_k], k < l.
  [[nodiscard]] Index copied_before(Index l) const {
    Index sum = 0;
    for (Index k = 0; k < l; ++k) sum += fills(k) ? 0 : padded(k) * (columns(k) + 1);
    return sum;
  }
  /// Between the columns of what layer l yields: room for the 1 that b is multiplied by.
  [[nodiscard]] Index stride(Index l) const { return padded_rows<Scalar>(rows(l) + 1); }
  /// The strides of the hidden layers before l.
  [[nodiscard]] Index strides_before(Index l) const {
    Index sum = 0;
    for (Index k = 0; k < l; ++k) sum += stride(k);
    return sum;
  }
  [[nodiscard]] Index largest_stride() const {
    Index largest = 0;
    for (Index l = 0; l < layers(); ++l) largest = std::max(largest, stride(l));
    return largest;
  }

  /// z = W_l x + b_l for `count` samples; z has the layer's stride. done(row, registers) follows each panel.
  template <class Done>
  void affine(Index l, const Scalar* x, Index x_stride, Index count, Scalar* z, const Done& done) const {
    const Scalar* const weights = fills(l) ? w_ + layout_.first_weight(l) : copies_ + copied_before(l);
    for_each_panel<Scalar>(padded(l), [&](Index at, auto registers) {
      panel_product<registers, true, Onto::overwritten, Scalar, const Scalar>(
          weights + at, nullptr, {x, 1, x_stride}, columns(l) + 1, count, z + at, padded(l), stride(l));
      done(at, registers);
    });
  }

  /// slopes = W_l^T back times slopes, entry by entry; these have the stride of layer l - 1.
  void through(Index l, const Scalar* back, Index count, Scalar* slopes) const {
    const Scalar* weights = transposed_;
    for (Index k = 1; k < l; ++k) weights += transposed_size(k);
    for_each_panel<Scalar>(padded(l - 1), [&](Index at, auto registers) {
      panel_product<registers, true, Onto::multiplied, Scalar, const Scalar>(
          weights + at * rows(l), nullptr, {back, 1, stride(l)}, rows(l), count, slopes + at,
          PanelStride<registers, Scalar>{}, stride(l - 1));
    });
  }

  /// out += back (x; 1)^T, the gradient of [W_l b_l] for `count` samples; `out` has padded rows.
  void add_products(Index l, const Scalar* back, const Scalar* x, Index x_stride, Index count, Scalar* out) const {
    for_each_panel<Scalar>(padded(l), [&](Index at, auto registers) {
      panel_product<registers, false, Onto::added, Scalar, const Scalar>(
          back + at, nullptr, {x, x_stride, 1}, count, columns(l) + 1, out + at, stride(l), padded(l));
    });
  }

 private:
  [[nodiscard]] Index transposed_size(Index l) const { return padded_rows<Scalar>(columns(l)) * rows(l); }

  const MLPLayout& layout_;
  const Scalar* w_;
  Scalar* copies_;
  Scalar* transposed_ = nullptr;
};

/// Samples in a block: what hidden layers keep fills at most an eighth of a 2 MiB second-level cache.
template <class Scalar> [[nodiscard]] Index tiled_block(const MLPLayout& layout, Index samples) {
  constexpr auto full = static_cast<Index>(tile_columns);
  const Index numbers = std::max<Index>(1, layout.units() + layout.settings().inputs);
  const Index most = std::clamp<Index>(131'072 / static_cast<Index>(sizeof(Scalar)) / numbers, full, 240);
  return std::min(samples, most / full * full);
}

/// Inputs, and the 1 below each.
template <class Scalar, class Inputs> void copy_with_ones(const Inputs& inputs, Scalar* x) {
  for (Index i = 0; i < inputs.cols(); ++i, x += inputs.rows() + 1) {
    std::copy_n(inputs.col(i).data(), inputs.rows(), x);
    x[inputs.rows()] = Scalar(1);
  }
}

/// Column by column, between matrices whose columns lie a stride apart.
template <class Scalar>
void copy_columns(const Scalar* from, Index from_stride, Index rows, Index columns, Scalar* to, Index to_stride) {
  for (Index i = 0; i < columns; ++i) std::copy_n(from + i * from_stride, rows, to + i * to_stride);
}

template <class Scalar, class A>
void tiled_forward(const MLPLayout& layout, const A& activation, const Scalar* w, ConstMatrixRef<Scalar> inputs,
                   MatrixRef<Scalar> outputs) {
  ScratchFrame<Scalar> frame;
  const TiledPerceptron<Scalar> network(frame, layout, w);
  const Index block = tiled_block<Scalar>(layout, inputs.cols());
  auto copies = frame.vector((inputs.rows() + 1) * block);
  auto values = frame.vector(2 * network.largest_stride() * block);
  for (Index first = 0; first < inputs.cols(); first += block) {
    const Index count = std::min(block, inputs.cols() - first);
    copy_with_ones(inputs.middleCols(first, count), copies.data());
    const Scalar* x = copies.data();
    Index x_stride = inputs.rows() + 1;
    for (Index l = 0; l < network.layers(); ++l) {
      const Index stride = network.stride(l);
      Scalar* const z = values.data() + l % 2 * (values.size() / 2);
      network.affine(l, x, x_stride, count, z, [&](Index at, auto registers) {
        if (l == network.last()) return;
        activate_columns<false>(activation, z + at, decltype(registers)::value * lane_count<Scalar>, count, stride,
                                z + at);
      });
      for (Index i = 0; i < count; ++i) z[i * stride + network.rows(l)] = Scalar(1);
      x = z;
      x_stride = stride;
    }
    copy_columns(x, x_stride, outputs.rows(), count, outputs.data() + first * outputs.outerStride(),
                 outputs.outerStride());
  }
}

/// Adds to the gradient. Samples are taken `block` at a time: signal(outputs, i) is called once a block, in order, and
/// before it look(l, z, x, before) for each hidden layer, unless `looks` is false: what layer l yields from x, and the
/// z of the layer before. What rows of padding hold is never read into a result.
template <class Scalar, class A, class Signal, class Look>
void tiled_pull_back(const MLPLayout& layout, const A& activation, const Scalar* w, ConstMatrixRef<Scalar> inputs,
                     Index block, const Signal& signal, Scalar* gradient, bool looks, const Look& look) {
  ScratchFrame<Scalar> frame;
  TiledPerceptron<Scalar> network(frame, layout, w);
  network.transpose(frame);
  const Index last = network.last();
  const Index hidden = network.strides_before(last) * block;
  auto all_values = frame.vector(hidden);
  auto all_slopes = frame.vector(hidden);  // and, on the way back, the signals
  auto all_sums = frame.vector(looks ? hidden : 0);
  auto copies = frame.vector((inputs.rows() + 1) * block);
  auto sums = frame.matrix(network.stride(last), block);
  auto outputs = frame.matrix(network.rows(last), block);
  const auto part = [&](auto& all, Index l) { return all.data() + network.strides_before(l) * block; };
  auto own = frame.vector(network.copied_before(last + 1));  // gradients with padded rows, added in the end
  own.setZero();

  for (Index first = 0; first < inputs.cols(); first += block) {
    const Index count = std::min(block, inputs.cols() - first);
    copy_with_ones(inputs.middleCols(first, count), copies.data());
    const auto input_of = [&](Index l) -> const Scalar* { return l == 0 ? copies.data() : part(all_values, l - 1); };
    const auto input_stride = [&](Index l) { return l == 0 ? inputs.rows() + 1 : network.stride(l - 1); };
    for (Index l = 0; l < last; ++l) {
      const Index stride = network.stride(l);
      Scalar* const z = part(all_slopes, l);
      Scalar* const values = part(all_values, l);
      network.affine(l, input_of(l), input_stride(l), count, z, [&](Index at, auto registers) {
        constexpr Index rows = decltype(registers)::value * lane_count<Scalar>;
        if (looks) copy_columns(z + at, stride, rows, count, part(all_sums, l) + at, stride);
        activate_columns<true>(activation, z + at, rows, count, stride, values + at);
      });
      for (Index i = 0; i < count; ++i) values[i * stride + network.rows(l)] = Scalar(1);
      if (!looks) continue;
      const auto of = [&](const Scalar* data, Index rows, Index columns_apart) {
        return Eigen::Map<const Matrix<Scalar>, 0, Eigen::OuterStride<>>(data, rows, count,
                                                                         Eigen::OuterStride<>(columns_apart));
      };
      const Index d = network.columns(l), before = input_stride(l);
      look(l, of(part(all_sums, l), network.rows(l), stride), of(input_of(l), d, before),
           of(l == 0 ? copies.data() : part(all_sums, l - 1), d, before));
    }
    network.affine(last, input_of(last), input_stride(last), count, sums.data(), [](Index, auto) {});
    copy_columns(sums.data(), sums.rows(), outputs.rows(), count, outputs.data(), outputs.rows());
    signal(MatrixRef<Scalar>(outputs.leftCols(count)), first);
    sums.leftCols(count).setZero();
    copy_columns(outputs.data(), outputs.rows(), outputs.rows(), count, sums.data(), sums.rows());
    for (Index l = last; l >= 0; --l) {
      const Scalar* const back = l == last ? sums.data() : part(all_slopes, l);
      Scalar* const out = network.fills(l) ? gradient + layout.first_weight(l) : own.data() + network.copied_before(l);
      network.add_products(l, back, input_of(l), input_stride(l), count, out);
      if (l > 0) network.through(l, back, count, part(all_slopes, l - 1));
    }
  }

  for (Index l = 0; l <= last; ++l) {
    if (network.fills(l)) continue;
    const Index rows = network.rows(l), columns = network.columns(l) + 1;
    Eigen::Map<Matrix<Scalar>>(gradient + layout.first_weight(l), rows, columns) +=
        Eigen::Map<const Matrix<Scalar>>(own.data() + network.copied_before(l), network.padded(l), columns)
            .topRows(rows);
  }
}

#endif

}  // namespace proxcvx::detail
