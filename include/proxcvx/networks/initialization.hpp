// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>

// Initial weights: independent normal entries whose deviation depends on a layer's fan-in and fan-out; or such entries
// cut off at two deviations and scaled back to the same variance.

namespace proxcvx {

/// How a weight matrix is drawn: entries of mean 0 and variance deviation^2.
class Initialization {
 public:
  /// N(0, deviation^2) whatever the layer: Frei, Cao & Gu 2021 (small deviation), Du et al. 2019 (deviation 1).
  /// Throws std::invalid_argument unless deviation >= 0 is finite.
  [[nodiscard]] static Initialization gaussian(double deviation) {
    require(deviation >= 0 && std::isfinite(deviation), "deviation", "a finite number >= 0", deviation);
    return {Kind::fixed, deviation};
  }
  /// N(0, 1/fan_in): pre-activations of standardised inputs have variance 1 (LeCun et al. 1998).
  [[nodiscard]] static Initialization lecun() { return {Kind::lecun, 0}; }
  /// N(0, 2/fan_in), for rectifiers (He et al. 2015).
  [[nodiscard]] static Initialization he() { return {Kind::he, 0}; }
  /// The same variance with a normal law cut off at two deviations: no unit starts out saturated.
  [[nodiscard]] static Initialization truncated_he() { return {Kind::truncated_he, 0}; }
  /// N(0, 2/(fan_in + fan_out)), for sigmoids (Glorot & Bengio 2010).
  [[nodiscard]] static Initialization glorot() { return {Kind::glorot, 0}; }

  /// The deviation for a layer. fan_in, fan_out >= 1.
  [[nodiscard]] double deviation(Index fan_in, Index fan_out) const {
    const auto in = static_cast<double>(fan_in);
    const auto out = static_cast<double>(fan_out);
    switch (kind_) {
      case Kind::lecun:
        return std::sqrt(1 / in);
      case Kind::he:
      case Kind::truncated_he:
        return std::sqrt(2 / in);
      case Kind::glorot:
        return std::sqrt(2 / (in + out));
      case Kind::fixed:
        break;
    }
    return deviation_;
  }

  /// Fills a layer's weights from the stream.
  template <class Derived>
  void fill(Eigen::MatrixBase<Derived>& weights, Index fan_in, Index fan_out, RandomStream& stream) const {
    using Scalar = typename Derived::Scalar;
    const double scale = deviation(fan_in, fan_out);
    for (Index column = 0; column < weights.cols(); ++column) {
      for (Index row = 0; row < weights.rows(); ++row) {
        double entry = stream.normal();
        while (kind_ == Kind::truncated_he && std::abs(entry) > 2) entry = stream.normal();
        weights(row, column) = static_cast<Scalar>(scale * (kind_ == Kind::truncated_he ? entry / cut_off : entry));
      }
    }
  }

 private:
  enum class Kind { fixed, lecun, he, truncated_he, glorot };
  /// The deviation of a standard normal number given that it is within 2.
  static constexpr double cut_off = 0.87962566103423978;
  Initialization(Kind kind, double deviation) : kind_{kind}, deviation_{deviation} {}
  Kind kind_;
  double deviation_;
};

namespace detail {

/// A direction u with u.x > 0 for every input, where there is one and 100 passes of the perceptron (Rosenblatt 1958)
/// find it; else the last one tried. Of the length of the mean input.
template <class Scalar> [[nodiscard]] Vector<Scalar> common_side(ConstMatrixRef<Scalar> inputs) {
  Vector<Scalar> u = Vector<Scalar>::Zero(inputs.rows());
  bool moved = true;
  for (int pass = 0; pass < 100 && moved; ++pass) {
    moved = false;
    for (Index i = 0; i < inputs.cols(); ++i) {
      const Scalar length = scaled_norm(inputs.col(i));
      if (u.dot(inputs.col(i)) > Scalar(0) || !(length > Scalar(0))) continue;
      u += inputs.col(i) / length;
      moved = true;
    }
  }
  const Scalar length = scaled_norm(u);
  return length > Scalar(0) ? Vector<Scalar>(u * (inputs.colwise().norm().mean() / length)) : u;
}

}  // namespace detail

}  // namespace proxcvx
