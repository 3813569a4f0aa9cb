// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/initialization.hpp>
#include <proxcvx/networks/mlp_layout.hpp>
#include <proxcvx/networks/mlp_rounding.hpp>
#include <proxcvx/networks/mlp_tiles.hpp>
#include <string>
#include <utility>
#include <vector>

// The multilayer perceptron N(w; x) = W_L s(... s(W_1 s(W_0 x + b_0) + b_1) ...) + b_L: any number L >= 0 of hidden
// layers, biases, and any number of outputs. Derivatives by back-propagation (Rumelhart, Hinton & Williams 1986),
// Hessian-vector products by its derivative along a direction (Pearlmutter 1994).

namespace proxcvx {

/// N(w; x) = W_L s(... s(W_0 x + b_0) ...) + b_L. Parameters: layer by layer W_0, b_0, W_1, b_1, ..., W_L, b_L, where
/// W_l has a row per unit of its layer and lies column by column. Per sample and weight: forward 2 flops, pull_back 6,
/// push_forward 6, second_order 16.
template <class A, class Scalar_ = double> class MLP {
  static_assert(Activation<A>, "proxcvx::MLP: the second argument must be an Activation");

 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless inputs, outputs and the units of each hidden layer are >= 1.
  MLP(MLPSettings settings, A activation)
      : layout_{std::make_shared<const detail::MLPLayout>(std::move(settings))},
        activation_{activation.template cast<Scalar>()} {}

  [[nodiscard]] Index parameters() const { return layout_->parameters(); }
  [[nodiscard]] Index inputs() const { return layout_->settings().inputs; }
  [[nodiscard]] Index outputs() const { return layout_->settings().outputs; }
  /// The units of each hidden layer.
  [[nodiscard]] const std::vector<Index>& hidden() const { return layout_->settings().hidden; }
  /// L + 1, the number of weight matrices.
  [[nodiscard]] Index layers() const { return layout_->layers(); }
  /// The units of the largest layer, hidden or output.
  [[nodiscard]] Index width() const { return layout_->width(); }
  [[nodiscard]] const A& activation() const { return activation_; }
  /// "mlp(64-64 tanh)"; "mlp(linear)" without hidden layers.
  [[nodiscard]] std::string name() const {
    if (hidden().empty()) return "mlp(linear)";
    std::string units;
    for (const Index one : hidden()) {
      if (!units.empty()) units += '-';
      units += std::to_string(one);
    }
    return "mlp(" + units + " " + activation_.name() + ")";
  }

  /// W_l of a parameter vector, 0 <= layer <= L: a row per unit of the layer.
  [[nodiscard]] auto weights(ConstVectorRef<Scalar> w, Index layer) const {
    eigen_assert(w.size() == parameters() && layer >= 0 && layer < layers());
    return Eigen::Map<const Matrix<Scalar>>(w.data() + layout_->first_weight(layer), layout_->rows(layer),
                                            layout_->columns(layer));
  }
  /// b_l of a parameter vector, 0 <= layer <= L.
  [[nodiscard]] auto bias(ConstVectorRef<Scalar> w, Index layer) const {
    eigen_assert(w.size() == parameters() && layer >= 0 && layer < layers());
    return Eigen::Map<const Vector<Scalar>>(w.data() + layout_->first_bias(layer), layout_->rows(layer));
  }

  /// Weights by the initialization, biases 0.
  [[nodiscard]] Vector<Scalar> initialize(Seed seed, Initialization initialization) const {
    RandomStream stream{seed, 0, Purpose::weights};
    Vector<Scalar> w = Vector<Scalar>::Zero(parameters());
    for (Index l = 0; l < layers(); ++l) {
      Eigen::Map<Matrix<Scalar>> layer(w.data() + layout_->first_weight(l), layout_->rows(l), layout_->columns(l));
      initialization.fill(layer, layout_->columns(l), layout_->rows(l), stream);
    }
    return w;
  }
  /// By He et al. 2015 for a rectifier (a kinked activation), by Glorot & Bengio 2010 otherwise.
  [[nodiscard]] Vector<Scalar> initialize(Seed seed) const {
    return initialize(seed, activation_.kinked() ? Initialization::he() : Initialization::glorot());
  }

  void forward(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, MatrixRef<Scalar> outputs) const {
    if constexpr (detail::has_lanes<Scalar>) {
      if (detail::uses_tiles<Scalar>(*layout_, inputs.cols()))
        return detail::tiled_forward<Scalar>(*layout_, activation_, w.data(), inputs, outputs);
    }
    ScratchFrame<Scalar> frame;
    Hidden values(frame, *layout_, inputs.cols());
    for (Index l = 0; l < last(); ++l) {
      auto value = values[l];
      affine(w, l, input_of(l, inputs, values), value);
      detail::apply(activation_, value);
    }
    affine(w, last(), input_of(last(), inputs, values), outputs);
  }

  template <class Signal>
  void pull_back(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, Signal&& signal, VectorRef<Scalar> gradient,
                 Scalar* nearest_kink = nullptr) const {
    const auto all = [&](MatrixRef<Scalar> outputs, Index /*first*/) { signal(outputs); };
    pull_back_by(inputs.cols(), inputs.cols(), w, inputs, all, gradient, nearest_kink);
  }

  /// The same in blocks of samples that caches hold: signal(outputs, first) once for each.
  template <class Signal>
  void pull_back_in_blocks(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, Signal&& signal,
                           VectorRef<Scalar> gradient, Scalar* nearest_kink = nullptr) const {
    Index tiled = inputs.cols();
    if constexpr (detail::has_lanes<Scalar>) tiled = detail::tiled_block<Scalar>(*layout_, inputs.cols());
    // Hidden values fill about a quarter of a 2 MiB second-level cache, unless those were too few samples.
    const Index most = std::clamp<Index>(32'768 / width(), 128, 1024);
    pull_back_by(tiled, most, w, inputs, signal, gradient, nearest_kink);
  }

  void push_forward(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, ConstMatrixRef<Scalar> inputs,
                    MatrixRef<Scalar> tangents, Scalar* nearest_kink = nullptr) const {
    ScratchFrame<Scalar> frame;
    Hidden values(frame, *layout_, inputs.cols());
    Hidden value_tangents(frame, *layout_, inputs.cols());
    Hidden z(frame, *layout_, inputs.cols());
    for (Index l = 0; l < last(); ++l) {
      auto value = values[l];
      auto tangent = value_tangents[l];
      affine(w, l, input_of(l, inputs, values), value);
      affine_tangent(w, direction, l, inputs, values, value_tangents, tangent);
      z[l] = value;
      if (nearest_kink != nullptr && activation_.kinked())
        *nearest_kink = std::min(*nearest_kink, kink_distance(w, l, inputs, z, values));
      detail::apply_derivative(activation_, value);
      tangent.array() *= value.array();
      value = z[l];
      detail::apply(activation_, value);
    }
    affine_tangent(w, direction, last(), inputs, values, value_tangents, tangents);
  }

  /// out += d/de [J(w + e direction)^T s(w + e direction)] at e = 0, where signal(outputs, tangents) overwrites the
  /// outputs by the signals s and the tangents by the derivatives of s along the direction.
  template <class Signal>
  void second_order(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, ConstMatrixRef<Scalar> inputs,
                    Signal&& signal, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    const Index samples = inputs.cols();
    Hidden z(frame, *layout_, samples);
    Hidden z_dot(frame, *layout_, samples);
    Hidden values(frame, *layout_, samples);  // and, on the way back, the signals
    Hidden value_tangents(frame, *layout_, samples);
    auto signals = frame.matrix(outputs(), samples);
    auto signal_tangents = frame.matrix(outputs(), samples);
    for (Index l = 0; l < last(); ++l) {
      auto value = values[l];
      auto tangent = value_tangents[l];
      affine(w, l, input_of(l, inputs, values), value);
      affine_tangent(w, direction, l, inputs, values, value_tangents, tangent);
      z[l] = value;
      z_dot[l] = tangent;
      detail::apply_derivative(activation_, value);
      tangent.array() *= value.array();
      value = z[l];
      detail::apply(activation_, value);
    }
    affine(w, last(), input_of(last(), inputs, values), signals);
    affine_tangent(w, direction, last(), inputs, values, value_tangents, signal_tangents);
    signal(MatrixRef<Scalar>(signals), MatrixRef<Scalar>(signal_tangents));
    for (Index l = last(); l >= 0; --l) {
      const View back = l == last() ? view(signals) : view(values[l]);
      const View back_tangent = l == last() ? view(signal_tangents) : view(value_tangents[l]);
      add_products(l, back_tangent, input_of(l, inputs, values), out);
      add_sum(l, back_tangent, out);
      if (l == 0) break;
      auto before = values[l - 1];
      auto before_tangent = value_tangents[l - 1];
      add_products(l, back, view(before_tangent), out);
      before.noalias() = product(weights(w, l).transpose(), back);
      before_tangent.noalias() = product(weights(direction, l).transpose(), back);
      before_tangent.noalias() += product(weights(w, l).transpose(), back_tangent);
      through_activation(z[l - 1], z_dot[l - 1], before, before_tangent);
    }
  }

  /// A-priori rounding bounds for inputs with ||x|| <= input_norm. O(p).
  [[nodiscard]] NetworkRounding<Scalar> rounding(ConstVectorRef<Scalar> w, Scalar input_norm) const {
    return detail::mlp_rounding<Scalar>(*this, w, input_norm);
  }

  /// The same network in another scalar.
  template <class Other> [[nodiscard]] MLP<A, Other> cast() const { return {layout_->settings(), activation_}; }

 private:
  using Hidden = detail::HiddenValues<Scalar>;
  using View = Eigen::Map<const Matrix<Scalar>, 0, Eigen::OuterStride<>>;

  [[nodiscard]] Index last() const { return layers() - 1; }

  template <class Block> [[nodiscard]] static View view(const Block& block) {
    return {block.data(), block.rows(), block.cols(), Eigen::OuterStride<>(block.outerStride())};
  }

  /// What layer l multiplies: the data, or the values of the hidden layer before.
  [[nodiscard]] static View input_of(Index l, ConstMatrixRef<Scalar> inputs, Hidden& values) {
    return l == 0 ? view(inputs) : view(values[l - 1]);
  }

  /// pull_back_in_blocks, of `tiled` samples by register tiles or of `most` by matrix products.
  template <class Signal>
  void pull_back_by(Index tiled, Index most, ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs,
                    const Signal& signal, VectorRef<Scalar> gradient, Scalar* nearest_kink) const {
    const bool looks = nearest_kink != nullptr && activation_.kinked();
    if constexpr (detail::has_lanes<Scalar>) {
      if (detail::uses_tiles<Scalar>(*layout_, inputs.cols())) {
        return detail::tiled_pull_back<Scalar>(*layout_, activation_, w.data(), inputs, tiled, signal, gradient.data(),
                                               looks, [&](Index l, const View& z, const View& x, const View& before) {
                                                 *nearest_kink =
                                                     std::min(*nearest_kink, kink_distance(w, l, z, x, before));
                                               });
      }
    }
    for (Index first = 0; first < inputs.cols(); first += most) {
      const auto some = inputs.middleCols(first, std::min(most, inputs.cols() - first));
      ScratchFrame<Scalar> frame;
      Hidden z(frame, *layout_, some.cols());
      Hidden values(frame, *layout_, some.cols());  // and, on the way back, the signals
      auto signals = frame.matrix(outputs(), some.cols());
      go_forward(w, some, z, values, signals, looks ? nearest_kink : nullptr);
      signal(MatrixRef<Scalar>(signals), first);
      go_back(w, some, z, values, signals, gradient);
    }
  }

  /// The half of pull_back before the signal: z and values of hidden layers, and the outputs.
  void go_forward(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, Hidden& z, Hidden& values,
                  MatrixRef<Scalar> outputs, Scalar* nearest_kink) const {
    for (Index l = 0; l < last(); ++l) {
      auto value = values[l];
      affine(w, l, input_of(l, inputs, values), value);
      z[l] = value;
      if (nearest_kink != nullptr && activation_.kinked())
        *nearest_kink = std::min(*nearest_kink, kink_distance(w, l, inputs, z, values));
      detail::apply(activation_, value);
    }
    affine(w, last(), input_of(last(), inputs, values), outputs);
  }

  /// The half after it: values are overwritten by signals, z by slopes, layer by layer from the last.
  void go_back(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, Hidden& z, Hidden& values,
               ConstMatrixRef<Scalar> signals, VectorRef<Scalar> gradient) const {
    for (Index l = last(); l >= 0; --l) {
      const View back = l == last() ? view(signals) : view(values[l]);
      add_products(l, back, input_of(l, inputs, values), gradient);
      add_sum(l, back, gradient);
      if (l == 0) break;
      auto slope = z[l - 1];
      auto before = values[l - 1];
      before.noalias() = product(weights(w, l).transpose(), back);
      detail::apply_derivative(activation_, slope);
      before.array() *= slope.array();
    }
  }

  /// out = W_l x + b_l.
  template <class Out> void affine(ConstVectorRef<Scalar> w, Index l, const View& x, Out& out) const {
    out.noalias() = product(weights(w, l), x);
    out.colwise() += bias(w, l);
  }

  /// out = the derivative of W_l x + b_l along the direction.
  template <class Out>
  void affine_tangent(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, Index l,
                      ConstMatrixRef<Scalar> inputs, Hidden& values, Hidden& value_tangents, Out& out) const {
    affine(direction, l, input_of(l, inputs, values), out);
    if (l > 0) out.noalias() += product(weights(w, l), value_tangents[l - 1]);
  }

  /// The W_l part of `out` += back x^T.
  void add_products(Index l, const View& back, const View& x, VectorRef<Scalar> out) const {
    Eigen::Map<Matrix<Scalar>>(out.data() + layout_->first_weight(l), layout_->rows(l), layout_->columns(l))
        .noalias() += product(back, x.transpose());
  }

  /// The b_l part of `out` += the sum of the columns of `back`.
  void add_sum(Index l, const View& back, VectorRef<Scalar> out) const {
    auto sum = out.segment(layout_->first_bias(l), layout_->rows(l));
    for (Index i = 0; i < back.cols(); ++i) sum += back.col(i);
  }

  /// The smallest |z| of hidden layer l that may be rounded to the wrong side of the kink. A product is exactly 0 where
  /// one of its factors is: a value of the layer before is where its unit is on the kink, or off it on a flat side.
  [[nodiscard]] Scalar kink_distance(ConstVectorRef<Scalar> w, Index l, ConstMatrixRef<Scalar> inputs, Hidden& z,
                                     Hidden& values) const {
    return kink_distance(w, l, view(z[l]), input_of(l, inputs, values), input_of(l, inputs, z));
  }
  /// The same of z = W_l x + b_l, where `before` is the z of the layer before.
  [[nodiscard]] Scalar kink_distance(ConstVectorRef<Scalar> w, Index l, const View& z, const View& x,
                                     const View& before) const {
    const auto matrix = weights(w, l);
    const auto offset = bias(w, l);
    return detail::nearest_kink_of<Scalar>(z, [&](Index j, Index i) {
      if (offset[j] != Scalar(0)) return false;
      for (Index k = 0; k < x.rows(); ++k) {
        if (matrix(j, k) == Scalar(0)) continue;
        if (x(k, i) != Scalar(0)) return false;
        const Scalar source = before(k, i);  // for the first layer the input itself, which is 0
        if (source != Scalar(0) && activation_.derivative(source) != Scalar(0)) return false;
      }
      return true;
    });
  }

  /// back = s'(z) back, back_tangent = s'(z) back_tangent + s''(z) z_dot back, entry by entry.
  template <class Z, class Back>
  void through_activation(const Z& z, const Z& z_dot, Back& back, Back& back_tangent) const {
    for (Index i = 0; i < z.cols(); ++i) {
      for (Index j = 0; j < z.rows(); ++j) {
        const Scalar first = activation_.derivative(z(j, i));
        const Scalar second = activation_.second_derivative(z(j, i));
        back_tangent(j, i) = first * back_tangent(j, i) + second * z_dot(j, i) * back(j, i);
        back(j, i) *= first;
      }
    }
  }

  std::shared_ptr<const detail::MLPLayout> layout_;
  A activation_;
};

template <class A> MLP(MLPSettings, A) -> MLP<A>;

static_assert(BlockwiseNetwork<MLP<Tanh>>);

}  // namespace proxcvx
