// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <span>
#include <string>
#include <utility>

// Logistic regression f(w) = (1/n) sum_i log(1 + exp(-y_i w.x_i)): the empirical risk of a linear neuron, convex.

namespace proxcvx {

/// f(w) = (1/n) sum_i log(1 + exp(-y_i w.x_i)), y_i = +-1, without intercept. Everything that EmpiricalRisk has.
template <class Scalar_ = double>
class LogisticRegression : public EmpiricalRisk<Neuron<Identity, Scalar_>, LogisticLoss> {
  using Risk = EmpiricalRisk<Neuron<Identity, Scalar_>, LogisticLoss>;

 public:
  using Scalar = Scalar_;
  using DescendsByTerm = LogisticRegression;
  using GivesGradientAlone = LogisticRegression;

  /// Throws std::invalid_argument unless the data's targets are one row of -1 and +1.
  explicit LogisticRegression(const Dataset<Scalar>& data)
      : Risk(Neuron<Identity, Scalar>(NeuronSettings{.inputs = data.dimension()}, Identity{}), LogisticLoss{}, data) {}

  [[nodiscard]] std::string name() const { return "logistic regression"; }
  /// L = lambda_max(E x x^T)/4, rounded up. O(min(d, n)^2 max(d, n)).
  [[nodiscard]] double smoothness() const {
    return detail::spectrum_of_second_moment(this->data().inputs()).largest_size / 4;
  }
  /// A lower bound on f.
  [[nodiscard]] double minimum() const { return 0; }

  /// The regression on the samples with these indices alone. Throws std::invalid_argument on an index out of range or
  /// none.
  [[nodiscard]] LogisticRegression on_examples(std::span<const Index> kept) const {
    return LogisticRegression(this->data().subset(kept));
  }

  /// The same regression in another scalar.
  template <class Other> [[nodiscard]] LogisticRegression<Other> cast() const {
    return LogisticRegression<Other>(this->data().template cast<Other>());
  }
};

static_assert(FiniteSumObjective<LogisticRegression<>> && TwiceDifferentiableObjective<LogisticRegression<>>);
static_assert(BoundsItsGradient<LogisticRegression<float>> && ReducesToExamples<LogisticRegression<>>);

}  // namespace proxcvx
