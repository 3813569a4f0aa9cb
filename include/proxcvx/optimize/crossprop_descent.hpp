// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <proxcvx/objectives/softmax_cross_entropy.hpp>
#include <proxcvx/optimize/crossprop.hpp>
#include <proxcvx/optimize/stochastic_run.hpp>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

// Crossprop as an optimizer of the risk of a perceptron with one hidden layer, an example of the data per step: what
// stochastic gradient descent with batches of one is, but for the direction of the step.

namespace proxcvx {

namespace detail {

template <class Loss> struct CrosspropOutput;  // where crossprop has an output whose loss this is
template <> struct CrosspropOutput<SquaredLoss> { using Type = LinearOutput; };
template <> struct CrosspropOutput<SoftmaxCrossEntropy> { using Type = SoftmaxOutput; };

template <class F> struct IsCrosspropRisk : std::false_type {};
template <class A, class Scalar, class Loss>
requires requires { typename CrosspropOutput<Loss>::Type; }
struct IsCrosspropRisk<EmpiricalRisk<MLP<A, Scalar>, Loss>> : std::true_type {};

}  // namespace detail

/// Crossprop over the examples of an EmpiricalRisk of an MLP with one hidden layer, under the squared loss or the
/// softmax cross entropy; biases are the weights of a constant input and of a constant unit. A step costs O(d m K).
template <CrosspropRule Rule = FullCrossprop> class CrosspropDescent {
 public:
  /// Throws std::invalid_argument unless step_size > 0 is finite, iterations >= 0, evaluate_every >= 0 and batch = 1.
  explicit CrosspropDescent(double step_size, Rule rule = {}, SGDSettings settings = {})
      : step_size_{step_size}, rule_{std::move(rule)}, settings_{settings} {
    detail::require_settings(settings);
    require(settings.batch == 1, "batch", "1, as crossprop learns from one example at a time", settings.batch);
  }

  /// Minimises f from w0, without memories. Observers see w_t before its step; the gradient that they see is the step's
  /// direction, (w_t - w_{t+1})/alpha up to rounding, which for Backprop is that of the example's loss.
  /// Throws std::invalid_argument when w0 has another dimension than f or is not finite, or f not one hidden layer.
  template <class F, class... Observers>
  [[nodiscard]] Result<typename F::Scalar> minimize(const F& f, ConstVectorRef<typename F::Scalar> w0,
                                                    Observers&&... observers) const {
    using Scalar = typename F::Scalar;
    auto learner = this->learner(f, w0);
    // A step of the learner is its move; run_on_batches asks for it as a gradient, and adds the move itself.
    const Moves<F, decltype(learner)> moves{f, &learner, step_size_};
    const auto move = [&](VectorRef<Scalar> w, const Vector<Scalar>& /*gradient*/, Scalar /*eta*/) {
      write(learner, w);
    };
    return detail::run_on_batches(moves, w0, settings_, ConstantStep{step_size_}, move, observers...);
  }

  /// The learner that minimize steps, at w0: its inputs are those of f and a constant 1 behind them.
  template <class F> [[nodiscard]] auto learner(const F& f, ConstVectorRef<typename F::Scalar> w0) const {
    static_assert(detail::IsCrosspropRisk<F>::value,
                  "proxcvx::CrosspropDescent: the objective must be an EmpiricalRisk of an MLP under SquaredLoss or "
                  "SoftmaxCrossEntropy");
    using Scalar = typename F::Scalar;
    using Activation = std::remove_cvref_t<decltype(f.network().activation())>;
    using Output = typename detail::CrosspropOutput<std::remove_cvref_t<decltype(f.loss())>>::Type;
    const auto& network = f.network();
    require(network.layers() == 2, "f", "a network with one hidden layer", network.layers() - 1);
    require(w0.size() == f.dimension(), "w0", "dimension " + std::to_string(f.dimension()), w0.size());
    require(w0.allFinite(), "w0: expected finite entries");
    const Index m = network.hidden().front();
    Crossprop<Rule, Activation, Output, Scalar> made{
        {.inputs = network.inputs() + 1, .hidden = m, .outputs = network.outputs(), .step_size = step_size_},
        rule_,
        network.activation()};
    Matrix<Scalar> incoming(m, network.inputs() + 1);
    incoming << network.weights(w0, 0), network.bias(w0, 0);
    Matrix<Scalar> outgoing(m + 1, network.outputs());
    outgoing << network.weights(w0, 1).transpose(), network.bias(w0, 1).transpose();
    made.set_weights(incoming, outgoing);
    return made;
  }

 private:
  /// Writes a learner's weights as parameters of the network.
  template <class Learner> static void write(const Learner& learner, VectorRef<typename Learner::Scalar> w) {
    using Scalar = typename Learner::Scalar;
    const Index m = learner.settings().hidden;
    const Index outputs = learner.settings().outputs;
    const Index first = learner.incoming().size();
    Eigen::Map<Matrix<Scalar>>(w.data(), m, learner.settings().inputs) = learner.incoming();
    Eigen::Map<Matrix<Scalar>>(w.data() + first, outputs, m) = learner.outgoing().topRows(m).transpose();
    w.tail(outputs) = learner.outgoing().row(m).transpose();
  }

  /// The risk, whose gradient over a batch is what the learner's step on its example makes of it.
  template <class F, class Learner> struct Moves {
    using Scalar = typename F::Scalar;
    const F& risk;
    Learner* learner;
    double step_size;
    mutable Vector<Scalar> x = Vector<Scalar>::Ones(risk.data().dimension() + 1);
    mutable Vector<Scalar> target = Vector<Scalar>::Zero(risk.data().outputs());

    [[nodiscard]] Index dimension() const { return risk.dimension(); }
    [[nodiscard]] Index terms() const { return risk.terms(); }
    [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return risk.value(w); }
    Scalar gradient(ConstVectorRef<Scalar> w, std::span<const Index> batch, VectorRef<Scalar> out) const {
      x.head(risk.data().dimension()) = risk.data().inputs().col(batch.front());
      target = risk.data().targets().col(batch.front());
      const Scalar loss = learner->step(x, target);
      write(*learner, out);
      out = (w - out) / static_cast<Scalar>(step_size);
      return loss;
    }
  };

  double step_size_;
  Rule rule_;
  SGDSettings settings_;
};

}  // namespace proxcvx
