// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/rounding.hpp>
#include <string>
#include <utility>

// The proxy of a PL inequality whose modulus depends on w: (1/2)||grad f(w)||^2 >= m(w) f(w) is proxy PL with
// g = m f, xi = 0, alpha = 2, mu = 4.

namespace proxcvx {

/// g(w) = m(w) f(w), with `pl_modulus_at(w)` of f >= 0, a lower bound, for m. One call of both.
template <class F> class LocalModulus {
 public:
  using Scalar = typename F::Scalar;

  explicit LocalModulus(F f) : f_{std::move(f)} {}

  [[nodiscard]] const F& objective() const { return f_; }
  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  [[nodiscard]] std::string name() const { return "m(w) f(w)"; }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    return static_cast<Scalar>(f_.pl_modulus_at(w)) * Scalar(f_.value(w));
  }
  [[nodiscard]] BoundedValue<Scalar> bounded_value(ConstVectorRef<Scalar> w) const requires BoundsItsValue<F> {
    const auto m = static_cast<Scalar>(f_.pl_modulus_at(w));  // m >= 0 as it is: a number of the inequality
    const BoundedValue<Scalar> f = f_.bounded_value(w);
    const Scalar value = m * f.value;
    const Scalar u = unit_roundoff<Scalar>();
    return {value, (m * f.error + Scalar(3) * u * value) * (Scalar(1) + Scalar(8) * u) +
                       Scalar(2) * std::numeric_limits<Scalar>::denorm_min()};
  }

  template <class Other>
  requires requires(const F& f) { f.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::LocalModulus(f_.template cast<Other>()); }

 private:
  F f_;
};

}  // namespace proxcvx
