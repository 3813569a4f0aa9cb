// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <proxcvx/core/columns.hpp>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/one_term.hpp>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/ridge.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/networks/initialization.hpp>
#include <proxcvx/networks/rounding.hpp>
#include <span>
#include <utility>

// The single neuron N(w; x) = s(w.x) (Frei, Cao & Gu 2020): the smallest network, p = d.

namespace proxcvx {

/// What a neuron is made of.
struct NeuronSettings {
  Index inputs = 1;  ///< d >= 1
};

/// N(w; x) = s(w.x), w in R^d. All passes cost O(d n).
template <class A, class Scalar_ = double> class Neuron {
  static_assert(Activation<A>, "proxcvx::Neuron: the second argument must be an Activation");

 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless inputs >= 1.
  Neuron(NeuronSettings settings, A activation) : settings_{settings}, activation_{activation.template cast<Scalar>()} {
    require(settings.inputs >= 1, "inputs", "a number >= 1", settings.inputs);
  }

  [[nodiscard]] Index parameters() const { return settings_.inputs; }
  [[nodiscard]] Index inputs() const { return settings_.inputs; }
  [[nodiscard]] Index outputs() const { return 1; }
  [[nodiscard]] Index width() const { return 1; }
  [[nodiscard]] const A& activation() const { return activation_; }
  [[nodiscard]] std::string name() const { return "neuron(" + activation_.name() + ")"; }

  /// N(0, 1/d) entries unless told otherwise. (At 0 a rectifier still has slope 1, a sigmoid 1/4: 0 is fine too.)
  [[nodiscard]] Vector<Scalar> initialize(Seed seed, Initialization initialization = Initialization::lecun()) const {
    RandomStream stream{seed, 0, Purpose::weights};
    Vector<Scalar> w(parameters());
    initialization.fill(w, inputs(), 1, stream);
    return w;
  }

  void forward(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, MatrixRef<Scalar> outputs) const {
    outputs.noalias() = product(w.transpose(), inputs);
    detail::apply(activation_, outputs);
  }

  template <class Signal>
  void pull_back(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, Signal&& signal, VectorRef<Scalar> gradient,
                 Scalar* nearest_kink = nullptr) const {
    ScratchFrame<Scalar> frame;
    auto z = frame.matrix(1, inputs.cols());
    auto outputs = frame.matrix(1, inputs.cols());
    z.noalias() = product(w.transpose(), inputs);
    if (nearest_kink != nullptr && activation_.kinked())
      *nearest_kink = std::min(*nearest_kink, kink_distance(w, inputs, z));
    outputs = z;
    detail::apply(activation_, outputs);
    signal(MatrixRef<Scalar>(outputs));
    detail::apply_derivative(activation_, z);
    z.array() *= outputs.array();
    gradient.noalias() += product(inputs, z.transpose());
  }

  using PullsBackOne = Neuron;
  /// One input: the gradient is x times the signal times s'(w.x).
  template <class Signal, class Take>
  void pull_back_one(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> x, Signal&& signal, Take&& take) const {
    const Scalar z = detail::dot_of<Scalar>(w, x);
    Eigen::Matrix<Scalar, 1, 1> output(Scalar(activation_.value(z)));
    signal(MatrixRef<Scalar>(output));
    const Scalar slope = output(0, 0) * Scalar(activation_.derivative(z));
    using Entries = Eigen::Map<const Vector<Scalar>>;
    const std::array part{OuterProduct<Scalar>{0, Entries(x.data(), x.size()), Entries(&slope, 1)}};
    take(std::span<const OuterProduct<Scalar>>(part));
  }

  void push_forward(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, ConstMatrixRef<Scalar> inputs,
                    MatrixRef<Scalar> tangents, Scalar* nearest_kink = nullptr) const {
    ScratchFrame<Scalar> frame;
    auto z = frame.matrix(1, inputs.cols());
    z.noalias() = product(w.transpose(), inputs);
    if (nearest_kink != nullptr && activation_.kinked())
      *nearest_kink = std::min(*nearest_kink, kink_distance(w, inputs, z));
    detail::apply_derivative(activation_, z);
    tangents.noalias() = product(direction.transpose(), inputs);
    tangents.array() *= z.array();
  }

  /// out += d/de [J(w + e direction)^T s(w + e direction)] at e = 0, where signal(outputs, tangents) overwrites the
  /// outputs by the signals s and the tangents by the derivatives of s along the direction.
  template <class Signal>
  void second_order(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction, ConstMatrixRef<Scalar> inputs,
                    Signal&& signal, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto z = frame.matrix(1, inputs.cols());
    auto z_dot = frame.matrix(1, inputs.cols());
    auto outputs = frame.matrix(1, inputs.cols());
    auto tangents = frame.matrix(1, inputs.cols());
    z.noalias() = product(w.transpose(), inputs);
    z_dot.noalias() = product(direction.transpose(), inputs);
    for (Index i = 0; i < inputs.cols(); ++i) {
      outputs(0, i) = activation_.value(z(0, i));
      tangents(0, i) = activation_.derivative(z(0, i)) * z_dot(0, i);
    }
    signal(MatrixRef<Scalar>(outputs), MatrixRef<Scalar>(tangents));
    for (Index i = 0; i < inputs.cols(); ++i) {
      const Scalar first = activation_.derivative(z(0, i));
      const Scalar second = activation_.second_derivative(z(0, i));
      z(0, i) = tangents(0, i) * first + outputs(0, i) * second * z_dot(0, i);
    }
    out.noalias() += product(inputs, z.transpose());
  }

  /// s(z) and s'(z): the network as a function of the one number z = w.x.
  [[nodiscard]] Scalar ridge_value(const Scalar& z) const { return activation_.value(z); }
  [[nodiscard]] Scalar ridge_slope(const Scalar& z) const { return activation_.derivative(z); }

  /// A-priori rounding bounds for inputs with ||x|| <= input_norm.
  [[nodiscard]] NetworkRounding<Scalar> rounding(ConstVectorRef<Scalar> w, Scalar input_norm) const {
    const detail::ActivationBounds<Scalar, A> s{activation_};
    const auto z = detail::affine<Scalar>(scaled_norm(w), Scalar(0), {input_norm, Scalar(0)}, inputs(), 1);
    NetworkRounding<Scalar> bounds;
    bounds.output_error = s.apply(z, 1).error;
    bounds.jacobian_norm = s.lipschitz * input_norm;
    bounds.jacobian_error =
        (s.smoothness * z.error + (s.ulps + Scalar(4) * unit_roundoff<Scalar>()) * s.lipschitz) * input_norm;
    bounds.kink_threshold = z.error;
    bounds.kink_jump = Scalar(2) * bounds.jacobian_norm;
    return detail::padded(bounds, parameters());
  }

  template <class Other> [[nodiscard]] Neuron<A, Other> cast() const { return {settings_, activation_}; }

 private:
  template <class Z>
  [[nodiscard]] Scalar kink_distance(ConstVectorRef<Scalar> w, ConstMatrixRef<Scalar> inputs, const Z& z) const {
    return detail::nearest_kink_of<Scalar>(
        z, [&](Index, Index i) { return (w.array() == Scalar(0) || inputs.col(i).array() == Scalar(0)).all(); });
  }

  NeuronSettings settings_;
  A activation_;
};

template <class A> Neuron(NeuronSettings, A) -> Neuron<A>;

static_assert(OuterProductNetwork<Neuron<LeakyReLU>>);
static_assert(Network<Neuron<LeakyReLU>> && Network<Neuron<Tanh, float>> && RidgeNetwork<Neuron<ReLU>>);

}  // namespace proxcvx
