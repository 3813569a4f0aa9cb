// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/optimize/crossprop_features.hpp>
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
    by_memory_.setZero(m, outputs);
    kept_.setZero(m);
    gained_.setZero(m, outputs);
    if constexpr (Output::coupled && Rule::memory != Memory::none) {
      wanted_.setZero(m, outputs);
      mean_.setZero(m);
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
    delta_ = target - outputs_;
    const Scalar loss = output_.template loss<Scalar>(outputs_, target);
    find_coefficients();
    if constexpr (Rule::memory != Memory::none && Output::coupled) {
      move_coupled(x);
    } else {
      move(x);
    }
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

  void evaluate(ConstVectorRef<Scalar> x) {
    auto phi = features_.head(settings_.hidden);
    phi.noalias() = incoming_ * x;
    detail::features_and_slopes(activation_, phi, slopes_);
    outputs_.noalias() = outgoing_.transpose() * features_;
    output_.template apply<Scalar>(outputs_);
  }

  /// What multiplies x_i and h_ijk in the moves of this step, unit by unit:
  ///   u_ij += by_input_j x_i + sum_k by_memory_jk h_ijk,
  ///   h_ijk <- kept_j h_ijk + gained_jk x_i                         (without a coupling of outputs).
  void find_coefficients() {
    const Index m = settings_.hidden;
    const auto alpha = static_cast<Scalar>(settings_.step_size);
    const auto from_memory = static_cast<Scalar>(rule_.from_memory());
    const auto from_weights = static_cast<Scalar>(rule_.from_weights());
    const auto phi = features_.head(m).array();
    const auto slope = slopes_.array();
    by_input_.setZero();
    for (Index k = 0; k < settings_.outputs; ++k) {
      const Scalar step = alpha * delta_[k];
      const auto w = outgoing_.col(k).head(m).array();
      by_input_.array() += step * (from_weights * w) * slope;
      if constexpr (Rule::memory != Memory::none) {
        by_memory_.col(k).array() = step * (from_memory * phi);
        gained_.col(k).array() = alpha * (delta_[k] - phi * (from_weights * w));
        if constexpr (Rule::memory == Memory::per_weight) gained_.col(k).array() *= slope;
      }
    }
    if constexpr (Rule::memory != Memory::none) kept_.array() = Scalar(1) - alpha * from_memory * phi.square();
  }

  /// The moves of u and h where an output's memory depends on itself alone.
  void move(ConstVectorRef<Scalar> x) {
    if constexpr (Rule::memory == Memory::per_unit) {
      for (Index k = 0; k < settings_.outputs; ++k) {
        auto h = memory_.col(k).array();
        by_input_.array() += by_memory_.col(k).array() * h * slopes_.array();
        h = kept_.array() * h + gained_.col(k).array();
      }
    }
    for (Index i = 0; i < settings_.inputs; ++i) {
      // First, by itself, what every rule adds: where memory is 0, the others then agree with backprop to the bit.
      incoming_.col(i) += x[i] * by_input_;
      if constexpr (Rule::memory == Memory::per_weight) {
        for (Index k = 0; k < settings_.outputs; ++k) {
          auto h = memory_.col(k * settings_.inputs + i).array();
          incoming_.col(i).array() += by_memory_.col(k).array() * h;
          h = kept_.array() * h + x[i] * gained_.col(k).array();
        }
      }
    }
  }

  /// The moves of u and h where ds/do couples the outputs: h_ijk += alpha (delta_k D_ij - phi_j s_k (q_ijk - mean_ij)),
  /// mean_ij = sum_l s_l q_ijl. For one number per unit the same holds with D = 1, and D comes in when u moves.
  void move_coupled(ConstVectorRef<Scalar> x) {
    if constexpr (Rule::memory == Memory::per_unit) {
      for (Index k = 0; k < settings_.outputs; ++k) {
        by_input_.array() += by_memory_.col(k).array() * memory_.col(k).array() * slopes_.array();
      }
      for (Index i = 0; i < settings_.inputs; ++i) incoming_.col(i) += x[i] * by_input_;
      gained_.col(0).setOnes();
      remember_coupled(memory_, gained_.col(0));
    } else {
      for (Index i = 0; i < settings_.inputs; ++i) {
        incoming_.col(i) += x[i] * by_input_;
        for (Index k = 0; k < settings_.outputs; ++k) {
          incoming_.col(i).array() += by_memory_.col(k).array() * memory_.col(k * settings_.inputs + i).array();
        }
        gained_.col(0) = x[i] * slopes_;
        Eigen::Map<Matrix<Scalar>, 0, Eigen::OuterStride<>> of_input(
            memory_.col(i).data(), settings_.hidden, settings_.outputs,
            Eigen::OuterStride<>(settings_.hidden * settings_.inputs));
        remember_coupled(of_input, gained_.col(0));
      }
    }
  }

  /// One step of the memories h_jk of one input, given D_j. O(m K).
  template <class Memories, class Derivatives> void remember_coupled(Memories& h, const Derivatives& derivative) {
    const Index m = settings_.hidden;
    const auto alpha = static_cast<Scalar>(settings_.step_size);
    const auto from_memory = static_cast<Scalar>(rule_.from_memory());
    const auto from_weights = static_cast<Scalar>(rule_.from_weights());
    const auto phi = features_.head(m).array();
    mean_.setZero();
    for (Index k = 0; k < settings_.outputs; ++k) {
      wanted_.col(k).array() =
          from_memory * phi * h.col(k).array() + from_weights * outgoing_.col(k).head(m).array() * derivative.array();
      mean_ += outputs_[k] * wanted_.col(k);
    }
    for (Index k = 0; k < settings_.outputs; ++k) {
      h.col(k).array() +=
          alpha * (delta_[k] * derivative.array() - outputs_[k] * phi * (wanted_.col(k) - mean_).array());
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
  Matrix<Scalar> by_memory_;
  Vector<Scalar> kept_;
  Matrix<Scalar> gained_;
  Matrix<Scalar> wanted_;
  Vector<Scalar> mean_;
};

}  // namespace proxcvx
