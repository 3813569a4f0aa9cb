// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <sstream>
#include <string>

// A constant as a proxy: the reference level h of theorems whose right side does not depend on v.

namespace proxcvx {

/// The proxy w -> level.
template <class Scalar_ = double> class Constant {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless the level is finite.
  explicit Constant(double level) : level_{level} { require(std::isfinite(level), "level", "a finite number", level); }

  [[nodiscard]] double level() const { return level_; }
  [[nodiscard]] std::string name() const {
    std::ostringstream text;
    text << level_;
    return text.str();
  }
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> /*w*/) const { return static_cast<Scalar>(level_); }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const {
    return {value(w), static_cast<Scalar>(std::abs(level_)) * unit_roundoff<Scalar>()};
  }
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    out.setZero();
    return value(w);
  }
  template <class Other> [[nodiscard]] Constant<Other> cast() const { return Constant<Other>(level_); }

 private:
  double level_;
};

}  // namespace proxcvx
