// SPDX-License-Identifier: MIT
#pragma once

#include <new>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/vector_functions.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <utility>
#include <vector>

// The witness f(theta; x) = s N(w; x): a perceptron R^d -> R^d times a scale, theta = (w, s), with the derivatives that
// a Stein loss needs: Jacobian-vector products along inputs, and the gradient of a function of both by theta. Layers
// are linear, so that the tangents of a block of samples are further columns beside it, and each layer is one matrix
// product forward and two backward for values and tangents together.

namespace proxcvx {

namespace detail {

/// s(z), s'(z), s''(z).
template <class S> struct ActivationJet {
  S value;
  S first;
  S second;
};

template <class A, class S> [[nodiscard]] ActivationJet<S> jet_of(const A& activation, const S& z) {
  return {S(activation.value(z)), S(activation.derivative(z)), S(activation.second_derivative(z))};
}

/// All three of one exponential; within a few u of their largest values.
template <VectorScalar S>
[[nodiscard, gnu::always_inline]] inline ActivationJet<S> jet_of(const Swish& /*activation*/, const S& z) {
  const S p = vector_sigmoid(z);
  const S slope = p * (S(1) - p);
  return {z * p, p + z * slope, slope * (S(2) + z * (S(1) - S(2) * p))};
}

}  // namespace detail

/// A perceptron d - hidden - d times a scale s, with one more parameter than it: the last one, s.
template <class A = Swish, class Scalar_ = double> class SteinWitness {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless dimension and each hidden layer are >= 1.
  explicit SteinWitness(Index dimension, std::vector<Index> hidden = {32, 32}, A activation = {})
      : network_{{.inputs = dimension, .hidden = std::move(hidden), .outputs = dimension}, activation} {}

  [[nodiscard]] Index dimension() const { return network_.inputs(); }
  [[nodiscard]] Index parameters() const { return network_.parameters() + 1; }
  [[nodiscard]] const MLP<A, Scalar>& network() const { return network_; }

  /// Weights by He's truncated normal law, biases 0, scale 1.
  [[nodiscard]] Vector<Scalar> initialize(Seed seed) const {
    Vector<Scalar> theta(parameters());
    theta << network_.initialize(seed, Initialization::truncated_he()), Scalar(1);
    return theta;
  }

  /// f at each column of x, d x n.
  void forward(ConstVectorRef<Scalar> theta, ConstMatrixRef<Scalar> x, MatrixRef<Scalar> out) const {
    network_.forward(theta.head(network_.parameters()), x, out);
    out *= theta[network_.parameters()];
  }

  /// For `samples` = B columns x and T tangents each, `columns` = [x | V_1 | ... | V_T] (d x (1 + T)B): calls
  /// visit(outputs) with [N(x) | J V_1 | ... | J V_T], without the scale. If it returns true, it has overwritten them
  /// by the derivatives of a function by each of them, whose gradient by w is then added to `gradient`.
  template <class Visit>
  void differentiate(ConstVectorRef<Scalar> theta, ConstMatrixRef<Scalar> columns, Index samples, Visit&& visit,
                     VectorRef<Scalar> gradient) const {
    (void)pass(theta.head(network_.parameters()), 0, View(columns), samples, visit, gradient, nullptr);
  }

  template <class Other> [[nodiscard]] SteinWitness<A, Other> cast() const {
    return SteinWitness<A, Other>(dimension(), network_.hidden(), network_.activation());
  }

 private:
  using Block = typename ScratchFrame<Scalar>::MatrixMap;
  using View = Eigen::Ref<const Matrix<Scalar>>;

  /// What a layer keeps: z and its tangents; if it is hidden, also values and theirs, and slopes and curvatures of
  /// values.
  struct Layer {
    Block z;
    Block values{nullptr, 0, 0};
    Block first{nullptr, 0, 0};
    Block second{nullptr, 0, 0};

    void allocate(ScratchFrame<Scalar>& frame, Index samples) {
      new (&values) Block(frame.matrix(z.rows(), z.cols()));
      new (&first) Block(frame.matrix(z.rows(), samples));
      new (&second) Block(frame.matrix(z.rows(), samples));
    }
  };

  /// Layer l and all after it, on its input and the tangents of that. If visit returned true, returns true, has added
  /// the gradient, and has overwritten the hidden values that were the input by the derivatives by themselves.
  template <class Visit>
  bool pass(ConstVectorRef<Scalar> w, Index l, const View& input, Index samples, Visit& visit,
            VectorRef<Scalar> gradient, Block* hidden) const {
    const auto weights = network_.weights(w, l);
    ScratchFrame<Scalar> frame;
    const Index count = input.cols();
    Layer layer{frame.matrix(weights.rows(), count)};
    layer.z.noalias() = product(weights, input);
    layer.z.leftCols(samples).colwise() += network_.bias(w, l);
    Block* back = &layer.z;
    if (l + 1 == network_.layers()) {
      if (!visit(MatrixRef<Scalar>(layer.z))) return false;
    } else {
      layer.allocate(frame, samples);
      activate(layer, samples);
      if (!pass(w, l + 1, View(layer.values), samples, visit, gradient, &layer.values)) return false;
      pull_through(layer, samples);
      back = &layer.values;
    }
    add_layer(w, l, *back, input, samples, gradient);
    if (hidden != nullptr) hidden->noalias() = product(weights.transpose(), *back);
    return true;
  }

  void activate(Layer& layer, Index samples) const {
    const Scalar* const z = layer.z.data();
    Scalar* const value = layer.values.data();
    Scalar* const first = layer.first.data();
    Scalar* const second = layer.second.data();
    for (Index k = 0; k < layer.first.size(); ++k) {
      const auto jet = detail::jet_of(network_.activation(), z[k]);
      value[k] = jet.value;
      first[k] = jet.first;
      second[k] = jet.second;
    }
    for (Index c = samples; c < layer.z.cols(); c += samples) {
      layer.values.middleCols(c, samples) = layer.first.cwiseProduct(layer.z.middleCols(c, samples));
    }
  }

  /// Derivatives by values and their tangents become those by z and its tangents.
  static void pull_through(Layer& layer, Index samples) {
    auto mine = layer.values.leftCols(samples);
    mine.array() *= layer.first.array();
    for (Index c = samples; c < layer.z.cols(); c += samples) {
      auto tangent = layer.values.middleCols(c, samples);
      mine.array() += layer.second.array() * layer.z.middleCols(c, samples).array() * tangent.array();
      tangent.array() *= layer.first.array();
    }
  }

  /// The part of layer l, given the derivatives `back` by its outputs: W += back input^T, b += sum of those of samples.
  template <class W, class Back, class Input>
  void add_layer(const W& w, Index l, const Back& back, const Input& input, Index samples,
                 VectorRef<Scalar> gradient) const {
    const auto weights = network_.weights(w, l);
    const auto bias = network_.bias(w, l);
    Eigen::Map<Matrix<Scalar>>(gradient.data() + (weights.data() - w.data()), weights.rows(), weights.cols())
        .noalias() += product(back, input.transpose());
    Eigen::Map<Vector<Scalar>>(gradient.data() + (bias.data() - w.data()), bias.size()) +=
        back.leftCols(samples).rowwise().sum();
  }

  MLP<A, Scalar> network_;
};

}  // namespace proxcvx
