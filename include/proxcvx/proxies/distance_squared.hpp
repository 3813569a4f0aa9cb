// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <string>
#include <utility>

// The squared distance nu ||w - center||^2: the proxy of the restricted secant inequality.

namespace proxcvx {

/// The proxy w -> nu ||w - center||^2, nu >= 0.
template <class Scalar_ = double> class DistanceSquared {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless nu >= 0 is finite and the centre is finite.
  explicit DistanceSquared(Vector<Scalar> center, double nu = 1) : center_{std::move(center)}, nu_{nu} {
    require(nu >= 0 && std::isfinite(nu), "nu", "a finite number >= 0", nu);
    require(center_.allFinite(), "center: expected finite entries");
  }

  [[nodiscard]] Index dimension() const { return center_.size(); }
  [[nodiscard]] std::string name() const { return "nu||w - w*||^2"; }
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    return static_cast<Scalar>(nu_) * (w - center_).squaredNorm();
  }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const {
    const Scalar v = value(w);
    const Scalar underflow = static_cast<Scalar>(w.size() + 2) * std::numeric_limits<Scalar>::denorm_min();
    return {v, gamma<Scalar>(w.size() + 6) * v + underflow * (Scalar(1) + static_cast<Scalar>(nu_))};
  }
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    out = static_cast<Scalar>(2 * nu_) * (w - center_);
    return value(w);
  }
  template <class Other> [[nodiscard]] DistanceSquared<Other> cast() const {
    return DistanceSquared<Other>(Vector<Other>(center_.template cast<Other>()), nu_);
  }

 private:
  Vector<Scalar> center_;
  double nu_;
};

}  // namespace proxcvx
