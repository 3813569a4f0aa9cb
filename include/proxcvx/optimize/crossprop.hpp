// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/optimize/crossprop_features.hpp>
#include <proxcvx/optimize/crossprop_moves.hpp>
#include <proxcvx/optimize/crossprop_outputs.hpp>
#include <proxcvx/optimize/crossprop_rules.hpp>
#include <string>
#include <type_traits>
#include <utility>

// Crossprop (Veeriah, Zhang & Sutton 2017): an online learner with one hidden layer, whose features move along the
// gradient of the error with respect to all weights that they had, by way of a memory h_ijk of d w_jk/d u_ij.
//   phi_j = s(u_j.x), j < m, phi_m = 1;  o_k = sum_j w_jk phi_j;  delta_k = target_k - s_k(o);  D_ij = s'(u_j.x) x_i
//   w_jk += alpha delta_k phi_j,   u_ij += alpha sum_k delta_k q_ijk,
//   h_ijk += alpha (delta_k D_ij - phi_j sum_l (ds_k/do_l) q_ijl),     q_ijk of the rule (crossprop_rules.hpp),
// where all right-hand sides are the old values.

namespace proxcvx {

/// The shape of a crossprop learner and its step.
struct CrosspropSettings {
  Index inputs = 1;         ///< d >= 1; a constant input is the caller's
  Index hidden = 1;         ///< m >= 1 units that learn; the constant one comes on top
  Index outputs = 1;        ///< K
  double step_size = 5e-4;  ///< alpha > 0
};

/// A network d-m-K that learns from one example at a time. A step costs O(d m K) and allocates nothing.
/// Invariant: the memory is that of the steps since the last reset, by this rule.
template <CrosspropRule Rule = FullCrossprop, Activation Activation_ = Tanh, class Output = LinearOutput,
          class Scalar_ = double>
class Crossprop {
 public:
  using Scalar = Scalar_;

  /// All weights are 0 until they are given or drawn.
  /// Throws std::invalid_argument unless all sizes are at least 1 (2 outputs for a softmax) and step_size > 0 is
  /// finite.
  explicit Crossprop(const CrosspropSettings& settings, Rule rule = make<Rule>(), Activation_ activation = {},
                     Output output = {})
      : settings_{settings}, rule_{std::move(rule)}, activation_{std::move(activation)}, output_{std::move(output)} {
    require(settings.inputs >= 1, "inputs", "a number >= 1", settings.inputs);
    require(settings.hidden >= 1, "hidden", "a number >= 1", settings.hidden);
    output_.require_outputs(settings.outputs);
    require(settings.step_size > 0 && std::isfinite(settings.step_size), "step_size", "a finite number > 0",
            settings.step_size);
    const Index m = settings.hidden;
    const Index outputs = settings.outputs;
    incoming_.setZero(m, settings.inputs);
    outgoing_.setZero(m + 1, outputs);
    features_.setZero(m + 1);
    features_[m] = Scalar(1);
    slopes_.setZero(m);
    outputs_.setZero(outputs);
    delta_.setZero(outputs);
    if constexpr (Rule::memory == Memory::per_weight) memory_.setZero(m, settings.inputs * outputs);
    if constexpr (Rule::memory == Memory::per_unit) memory_.setZero(m, outputs);
    by_input_.setZero(m);
    if constexpr (Rule::memory != Memory::none) {
      step_.setZero(m);
      decay_.setZero(m);
      gained_.setZero(m, outputs);
      if constexpr (Output::coupled) pull_.setZero(m);
    }
  }

  [[nodiscard]] const CrosspropSettings& settings() const { return settings_; }
  [[nodiscard]] const Rule& rule() const { return rule_; }

  /// u_ij at (j, i), m x d.
  [[nodiscard]] const Matrix<Scalar>& incoming() const { return incoming_; }
  /// w_jk at (j, k), (m + 1) x K; the last row is that of the constant unit.
  [[nodiscard]] const Matrix<Scalar>& outgoing() const { return outgoing_; }
  /// phi of the last example, m + 1 numbers, the last of which is 1.
  [[nodiscard]] const Vector<Scalar>& features() const { return features_; }
  /// s(o) of the last example, before the step that it caused.
  [[nodiscard]] const Vector<Scalar>& outputs() const { return outputs_; }
  /// h_ijk at (j, k d + i), m x dK; h_jk at (j, k), m x K, for one number per unit; 0 x 0 without a memory.
  [[nodiscard]] const Matrix<Scalar>& memory() const { return memory_; }

  /// Starts afresh from these weights, without memories. Throws std::invalid_argument on other shapes than those of
  /// incoming() and outgoing(), or on entries that are not finite.
  void set_weights(ConstMatrixRef<Scalar> incoming, ConstMatrixRef<Scalar> outgoing) {
    require_like(incoming, incoming_, "incoming");
    require_like(outgoing, outgoing_, "outgoing");
    incoming_ = incoming;
    outgoing_ = outgoing;
    reset_memory();
  }

  /// Starts afresh from weights N(0, deviation^2), a function of the seed, without memories.
  /// Throws std::invalid_argument unless deviation >= 0 is finite.
  void initialize(Seed seed, double deviation = 1) {
    require(deviation >= 0 && std::isfinite(deviation), "deviation", "a finite number >= 0", deviation);
    RandomStream stream{seed, 0, Purpose::weights};
    stream.fill_normal(incoming_);
    stream.fill_normal(outgoing_);
    incoming_ *= static_cast<Scalar>(deviation);
    outgoing_ *= static_cast<Scalar>(deviation);
    reset_memory();
  }

  /// Takes over a memory, as memory() shows one. Throws std::invalid_argument on another shape or entries that are not
  /// finite.
  void set_memory(ConstMatrixRef<Scalar> memory) {
    require_like(memory, memory_, "memory");
    memory_ = memory;
  }

  /// Forgets how the weights came about.
  void reset_memory() { memory_.setZero(); }

  /// The outputs s(o) at x, which outputs() holds afterwards, as features() does phi. Learns nothing.
  /// Throws std::invalid_argument unless x has d finite entries.
  const Vector<Scalar>& predict(ConstVectorRef<Scalar> x) {
    require(x.size() == settings_.inputs, "x", "dimension " + std::to_string(settings_.inputs), x.size());
    require(x.allFinite(), "x: expected finite entries");
    evaluate(x);
    output_.template apply<Scalar>(outputs_);
    return outputs_;
  }

  /// Learns from one example; returns the loss at the weights that it had before (half the squared error, or the cross
  /// entropy). A loss that is not finite says that the weights diverged.
  /// Throws std::invalid_argument unless x has d and the target K finite entries (for a softmax: probabilities).
  Scalar step(ConstVectorRef<Scalar> x, ConstVectorRef<Scalar> target) {
    if (x.size() != settings_.inputs) require(false, "x", "dimension " + std::to_string(settings_.inputs), x.size());
    if (target.size() != settings_.outputs) {
      require(false, "target", "dimension " + std::to_string(settings_.outputs), target.size());
    }
    if (!x.allFinite()) require(false, "x: expected finite entries");
    if (!target.allFinite()) require(false, "target: expected finite entries");
    output_.template require_target<Scalar>(target);
    evaluate(x);
    const Scalar loss = output_.template loss<Scalar>(outputs_, target);
    output_.template apply<Scalar>(outputs_);
    delta_ = target - outputs_;
    find_coefficients();
    move(x);
    const auto alpha = static_cast<Scalar>(settings_.step_size);
    for (Index k = 0; k < settings_.outputs; ++k) outgoing_.col(k) += alpha * delta_[k] * features_;
    return loss;
  }

  /// The same for a single output.
  Scalar step(ConstVectorRef<Scalar> x, Scalar target) { return step(x, Eigen::Map<const Vector<Scalar>>(&target, 1)); }

 private:
  template <class R> static R make() {
    static_assert(std::is_default_constructible_v<R>, "proxcvx::Crossprop: this rule has to be given");
    return R{};
  }

  static void require_like(ConstMatrixRef<Scalar> given, const Matrix<Scalar>& own, const char* name) {
    const auto shape = [](const auto& x) { return std::to_string(x.rows()) + " x " + std::to_string(x.cols()); };
    require(given.rows() == own.rows() && given.cols() == own.cols(), name, shape(own), shape(given));
    if (!given.allFinite()) require(false, std::string(name) + ": expected finite entries");
  }

  /// phi, the slopes, and o in the place of the outputs.
  void evaluate(ConstVectorRef<Scalar> x) {
    auto phi = features_.head(settings_.hidden);
    phi.noalias() = incoming_ * x;
    detail::features_and_slopes(activation_, phi, slopes_);
    outputs_.noalias() = outgoing_.transpose() * features_;
  }

  /// by_input_j = alpha sum_k delta_k from_weights w_jk s'(u_j.x), and what the memories of this step share (see
  /// CrosspropMove). For one number per unit the memory's own derivative is 1 in the place of D_ij.
  void find_coefficients() {
    const Index m = settings_.hidden;
    const auto alpha = static_cast<Scalar>(settings_.step_size);
    const auto from_memory = static_cast<Scalar>(rule_.from_memory());
    const auto from_weights = static_cast<Scalar>(rule_.from_weights());
    const auto phi = features_.head(m).array();
    const auto slope = slopes_.array();
    const auto w = [&](Index k) { return outgoing_.col(k).head(m).array(); };
    by_input_.array() = (alpha * from_weights * delta_[0]) * w(0);
    for (Index k = 1; k < settings_.outputs; ++k) by_input_.array() += (alpha * from_weights * delta_[k]) * w(k);
    by_input_.array() *= slope;
    if constexpr (Rule::memory != Memory::none) {
      constexpr bool per_weight = Rule::memory == Memory::per_weight;
      step_.array() = (alpha * from_memory) * phi;
      decay_.array() = step_.array() * phi;
      if constexpr (!per_weight) step_.array() *= slope;
      if (single()) step_ *= delta_[0];
      if constexpr (Output::coupled) pull_.setZero();
      for (Index k = 0; k < settings_.outputs; ++k) {
        const Scalar through = (Output::coupled ? outputs_[k] : Scalar(1)) * alpha * from_weights;
        if constexpr (per_weight) {
          gained_.col(k).array() = (alpha * delta_[k] - through * phi * w(k)) * slope;
        } else {
          gained_.col(k).array() = alpha * delta_[k] - through * phi * w(k);
        }
        if constexpr (Output::coupled) pull_.array() += through * phi * w(k);
      }
      if constexpr (Output::coupled && per_weight) pull_.array() *= slope;
    }
  }

  /// Whether move_with_one_memory makes the moves.
  [[nodiscard]] bool single() const {
    return Rule::memory == Memory::per_weight && !Output::coupled && settings_.outputs == 1;
  }

  /// The moves of u and h.
  void move(ConstVectorRef<Scalar> x) {
    const Index m = settings_.hidden;
    const Index d = settings_.inputs;
    [[maybe_unused]] detail::CrosspropMove<Scalar> now{by_input_.data(), step_.data(),  decay_.data(),   gained_.data(),
                                                       pull_.data(),     delta_.data(), outputs_.data(), m,
                                                       settings_.outputs};
    if constexpr (Rule::memory == Memory::per_weight) {
      if (single()) {
        for (Index i = 0; i < d; ++i) {
          detail::move_with_one_memory(now, x[i], incoming_.col(i).data(), memory_.col(i).data());
        }
        return;
      }
      for (Index i = 0; i < d; ++i) {
        detail::move_with_memory<Output::coupled>(now, x[i], incoming_.col(i).data(), memory_.col(i).data(), m * d);
      }
    } else {
      if constexpr (Rule::memory == Memory::per_unit) {  // what D_ij multiplies is the same for all inputs
        now.by_input = nullptr;
        detail::move_with_memory<Output::coupled>(now, Scalar(1), by_input_.data(), memory_.data(), m);
      }
      for (Index i = 0; i < d; ++i) detail::move_weights(x[i], by_input_.data(), incoming_.col(i).data(), m);
    }
  }

  CrosspropSettings settings_;
  Rule rule_;
  Activation_ activation_;
  Output output_;
  Matrix<Scalar> incoming_;
  Matrix<Scalar> outgoing_;
  Matrix<Scalar> memory_;
  Vector<Scalar> features_;
  Vector<Scalar> slopes_;
  Vector<Scalar> outputs_;
  Vector<Scalar> delta_;
  Vector<Scalar> by_input_;
  Vector<Scalar> step_;
  Vector<Scalar> decay_;
  Matrix<Scalar> gained_;
  Vector<Scalar> pull_;
};

}  // namespace proxcvx
