// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/objectives/losses.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <span>
#include <string>
#include <utility>

// Least squares f(w) = (1/(2n)) sum_i (w.x_i - y_i)^2: the empirical risk of a linear neuron. Convex, and PL with the
// smallest non-zero eigenvalue of E x x^T even where it is rank-deficient (Karimi, Nutini & Schmidt 2016, section 2).

namespace proxcvx {

/// f(w) = (1/(2n)) sum_i (w.x_i - y_i)^2, without intercept. Everything that EmpiricalRisk has.
template <class Scalar_ = double> class LeastSquares : public EmpiricalRisk<Neuron<Identity, Scalar_>, SquaredLoss> {
  using Risk = EmpiricalRisk<Neuron<Identity, Scalar_>, SquaredLoss>;

 public:
  using Scalar = Scalar_;
  using DescendsByTerm = LeastSquares;
  using GivesGradientAlone = LeastSquares;

  /// Throws std::invalid_argument unless the data's targets are one row.
  explicit LeastSquares(const Dataset<Scalar>& data)
      : Risk(Neuron<Identity, Scalar>(NeuronSettings{.inputs = data.dimension()}, Identity{}), SquaredLoss{}, data) {}

  [[nodiscard]] std::string name() const { return "least squares"; }
  /// L = lambda_max(E x x^T), rounded up. O(min(d, n)^2 max(d, n)).
  [[nodiscard]] double smoothness() const { return spectrum().largest_size; }
  /// m, the smallest eigenvalue of E x x^T that is not 0 up to rounding, rounded down: (1/2)||grad f||^2 >= m (f - f*).
  /// O(min(d, n)^2 max(d, n)).
  [[nodiscard]] double pl_modulus() const { return spectrum().smallest_nonzero; }
  /// A minimizer: the one of least norm, to rounding. O(min(d, n)^2 max(d, n)).
  [[nodiscard]] Vector<Scalar> minimizer() const {
    return Eigen::CompleteOrthogonalDecomposition<Matrix<Scalar>>(this->data().inputs().transpose())
        .solve(this->data().targets().transpose());
  }
  /// Bounds on f* = inf f: from above f at the computed minimizer; from below what PL leaves of it,
  /// f(w) - ||grad f(w)||^2/(2m).
  struct Minimum {
    double lower;
    double upper;
  };
  [[nodiscard]] Minimum minimum_bounds() const {
    const Vector<Scalar> w = minimizer();
    Vector<Scalar> slope(w.size());
    const BoundedGradient<Scalar> f = this->bounded_gradient(w, slope);
    const double m = pl_modulus();
    const double upper = detail::rounded_up(Scalar(f.value + f.value_error));
    const double norm =
        detail::rounded_up(Scalar(scaled_norm(slope) * (Scalar(1) + gamma<Scalar>(w.size() + 8)) + f.gradient_error));
    const double least = detail::rounded_down(Scalar(f.value - f.value_error));
    const double below = m > 0 ? least - norm * norm / (2 * m) * (1 + 0x1p-40) : least;
    return {std::max(0.0, below * (below > 0 ? 1 - 0x1p-50 : 1 + 0x1p-50)), upper * (1 + 0x1p-50)};
  }
  /// A lower bound on f*, tight to rounding.
  [[nodiscard]] double minimum() const { return minimum_bounds().lower; }

  /// The problem on the samples with these indices alone. Throws std::invalid_argument on an index out of range or
  /// none.
  [[nodiscard]] LeastSquares on_examples(std::span<const Index> kept) const {
    return LeastSquares(this->data().subset(kept));
  }

  /// The same problem in another scalar.
  template <class Other> [[nodiscard]] LeastSquares<Other> cast() const {
    return LeastSquares<Other>(this->data().template cast<Other>());
  }

 private:
  [[nodiscard]] detail::Spectrum spectrum() const { return detail::spectrum_of_second_moment(this->data().inputs()); }
};

static_assert(FiniteSumObjective<LeastSquares<>> && TwiceDifferentiableObjective<LeastSquares<>>);
static_assert(BoundsItsGradient<LeastSquares<float>> && ReducesToExamples<LeastSquares<>>);

}  // namespace proxcvx
