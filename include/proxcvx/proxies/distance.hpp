// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <string>

// c ||w - v||, a reference that moves with w: the level of what is lost by the distance from v, such as the noise of an
// agnostic neuron.

namespace proxcvx {

/// The reference h(v; w) = c ||w - v||, c >= 0.
template <class Scalar_ = double> class Distance {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless the dimension is positive and c >= 0 finite.
  Distance(Index dimension, double factor) : dimension_{dimension}, factor_{factor} {
    require(dimension >= 1, "dimension", "a number >= 1", dimension);
    require(factor >= 0 && std::isfinite(factor), "factor", "a finite number >= 0", factor);
  }

  [[nodiscard]] Index dimension() const { return dimension_; }
  /// c.
  [[nodiscard]] double factor() const { return factor_; }
  [[nodiscard]] std::string name() const { return "c||w - v||"; }
  /// h(v; w), without overflow or underflow of the squares. O(p).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const {
    ScratchFrame<Scalar> frame;
    auto way = frame.vector(w.size());
    way = w - v;
    return static_cast<Scalar>(factor_) * Scalar(scaled_norm(way));
  }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> w) const {
    const Scalar length = value(v, w);
    const Scalar underflow = static_cast<Scalar>(dimension_ + 4) * std::numeric_limits<Scalar>::denorm_min();
    return {length, Scalar(4) * gamma<Scalar>(dimension_ + 8) * length +
                        underflow * (Scalar(1) + static_cast<Scalar>(factor_))};
  }
  template <class Other> [[nodiscard]] Distance<Other> cast() const { return {dimension_, factor_}; }

 private:
  Index dimension_;
  double factor_;
};

}  // namespace proxcvx
