// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/data/dataset.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <string>
#include <utility>

// The proxy of the agnostic neuron (Frei, Cao & Gu 2020): G_v(w) = (1/2) E[(s(w.x) - s(v.x))^2 s'(w.x)],
// the error against the reference neuron v, weighted by the slope at w.

namespace proxcvx {

/// G_v(w) = (1/(2n)) sum_i (s(w.x_i) - s(v.x_i))^2 s'(w.x_i). Cost: 4dn flops.
template <class A, class Scalar_ = double> class NeuronProxy {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument when network, data and reference differ in dimension.
  NeuronProxy(Neuron<A, Scalar> network, Dataset<Scalar> data, Vector<Scalar> reference)
      : network_{std::move(network)}, data_{std::move(data)}, reference_{std::move(reference)} {
    require(data_.dimension() == network_.inputs(), "data", "inputs of dimension " + std::to_string(network_.inputs()),
            data_.dimension());
    require(reference_.size() == network_.parameters(), "reference",
            "a vector of dimension " + std::to_string(network_.parameters()), reference_.size());
  }

  [[nodiscard]] Index dimension() const { return network_.parameters(); }
  [[nodiscard]] const Vector<Scalar>& reference() const { return reference_; }
  [[nodiscard]] std::string name() const { return "G_v"; }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const { return evaluate(w, false).value; }

  /// With its rounding bound; near a kink the slope may be either.
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const { return evaluate(w, true); }

  /// G_v(w), and its gradient (1/n) sum_i e_i (s'(z_i)^2 + e_i s''(z_i)/2) x_i into `out`, e_i = s(z_i) - s(v.x_i),
  /// z_i = w.x_i; for a kinked activation that away from kinks. Cost: 6dn flops.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    const A& s = network_.activation();
    Scalar sum(0);
    out.setZero();
    for (Index i = 0; i < data_.size(); ++i) {
      const auto x = data_.inputs().col(i);
      const Scalar z = w.dot(x);
      const Scalar difference = Scalar(s.value(z)) - Scalar(s.value(Scalar(reference_.dot(x))));
      const Scalar slope = s.derivative(z);
      const Scalar half = Scalar(0.5) * difference;
      sum += half * difference * slope;
      out += (difference * (slope * slope + half * Scalar(s.second_derivative(z)))) * x;
    }
    const auto n = static_cast<Scalar>(data_.size());
    out /= n;
    return sum / n;
  }

  template <class Other> [[nodiscard]] NeuronProxy<A, Other> cast() const {
    return {network_.template cast<Other>(), data_.template cast<Other>(),
            Vector<Other>(reference_.template cast<Other>())};
  }

 private:
  [[nodiscard]] BoundedValue<Scalar> evaluate(ConstVectorRef<Scalar> w, bool with_error) const {
    using std::abs;
    const Scalar u = unit_roundoff<Scalar>();
    const detail::ActivationBounds<Scalar, A> s{network_.activation()};
    NetworkRounding<Scalar> at_w;
    NetworkRounding<Scalar> at_v;
    if (with_error) {
      at_w = network_.rounding(w, data_.radius());
      at_v = network_.rounding(reference_, data_.radius());
    }
    const Scalar delta = at_w.output_error + at_v.output_error;
    const Scalar slope_error = s.smoothness * at_w.kink_threshold + s.ulps * s.lipschitz;
    Scalar sum(0);
    Scalar errors(0);
    for (Index i = 0; i < data_.size(); ++i) {
      const auto x = data_.inputs().col(i);
      const Scalar z = w.dot(x);
      const Scalar difference =
          Scalar(network_.activation().value(z)) - Scalar(network_.activation().value(Scalar(reference_.dot(x))));
      const Scalar slope = network_.activation().derivative(z);
      const Scalar square = Scalar(0.5) * difference * difference;
      sum += square * slope;
      if (!with_error) continue;
      const Scalar reach = Scalar(abs(difference)) + delta + u * Scalar(abs(difference));
      Scalar wrong_slope = slope_error;
      // A zero whose products are all zero is exact, and so is its slope.
      const auto exactly_zero = [&] { return (w.array() == Scalar(0) || x.array() == Scalar(0)).all(); };
      if (network_.activation().kinked() && Scalar(abs(z)) <= at_w.kink_threshold && !exactly_zero()) {
        wrong_slope = s.lipschitz;
      }
      errors += reach * (delta + Scalar(2) * u * reach) * Scalar(abs(slope)) +
                Scalar(0.5) * reach * reach * wrong_slope + Scalar(4) * u * square * Scalar(abs(slope));
    }
    const auto n = static_cast<Scalar>(data_.size());
    const Scalar tiny = std::numeric_limits<Scalar>::denorm_min();
    return {sum / n, (errors + gamma<Scalar>(data_.size() + 4) * Scalar(abs(sum))) / n *
                             (Scalar(1) + gamma<Scalar>(2 * data_.size() + 16)) +
                         Scalar(4) * tiny};
  }

  Neuron<A, Scalar> network_;
  Dataset<Scalar> data_;
  Vector<Scalar> reference_;
};

}  // namespace proxcvx
