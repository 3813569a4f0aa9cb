// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <string>

// Weight decay (lambda/2)||w||^2, to be added to an objective: f + WeightDecay{f.dimension(), 0.1}.

namespace proxcvx {

/// f(w) = (lambda/2)||w||^2, lambda >= 0: convex, lambda-smooth, PL with modulus lambda, minimum 0 at 0.
template <class Scalar_ = double> class WeightDecay {
 public:
  using Scalar = Scalar_;

  /// lambda is rounded to Scalar. Throws std::invalid_argument unless dimension >= 1 and lambda >= 0 is finite.
  WeightDecay(Index dimension, double lambda) : dimension_{dimension}, lambda_{lambda} {
    require(dimension >= 1, "dimension", "a number >= 1", dimension);
    require(lambda >= 0 && std::isfinite(lambda), "lambda", "a finite number >= 0", lambda);
    if constexpr (std::numeric_limits<Scalar>::digits < std::numeric_limits<double>::digits) {
      lambda_ = static_cast<double>(static_cast<Scalar>(lambda));
      require(std::isfinite(lambda_), "lambda", "a number that is finite in the scalar", lambda);
    }
  }

  [[nodiscard]] Index dimension() const { return dimension_; }
  [[nodiscard]] double lambda() const { return lambda_; }
  [[nodiscard]] std::string name() const { return "weight decay"; }
  [[nodiscard]] double smoothness() const { return lambda_; }
  [[nodiscard]] double pl_modulus() const { return lambda_; }
  [[nodiscard]] double minimum() const { return 0; }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    return Scalar(0.5) * static_cast<Scalar>(lambda_) * w.squaredNorm();
  }
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    out = static_cast<Scalar>(lambda_) * w;
    return value(w);
  }
  void hessian_vector(ConstVectorRef<Scalar> /*w*/, ConstVectorRef<Scalar> direction, VectorRef<Scalar> out) const {
    out = static_cast<Scalar>(lambda_) * direction;
  }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const {
    const Scalar v = value(w);
    const auto lambda = static_cast<Scalar>(lambda_);
    return {v, gamma<Scalar>(w.size() + 6) * v + underflow(w.size()) * (Scalar(1) + lambda)};
  }
  BoundedGradient<Scalar> bounded_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    gradient(w, out);
    const BoundedValue<Scalar> v = bounded_value(w);
    return {v.value, v.error, gamma<Scalar>(w.size() + 6) * scaled_norm(out) + underflow(w.size())};
  }

  template <class Other> [[nodiscard]] WeightDecay<Other> cast() const { return {dimension_, lambda_}; }

 private:
  static Scalar underflow(Index size) {
    return static_cast<Scalar>(size + 4) * std::numeric_limits<Scalar>::denorm_min();
  }

  Index dimension_;
  double lambda_;
};

static_assert(TwiceDifferentiableObjective<WeightDecay<>> && BoundsItsGradient<WeightDecay<float>>);

}  // namespace proxcvx
