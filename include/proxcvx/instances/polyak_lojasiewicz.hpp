// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <proxcvx/guarantees/proxy_pl.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/objectives/least_squares.hpp>
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/objectives/test_functions.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <utility>

// Functions that satisfy the Polyak-Lojasiewicz inequality ||grad f||^2/2 >= m (f - f*) with a known m (Karimi, Nutini
// & Schmidt 2016): least squares of any rank, x^2 + 3 sin^2 x, quadratics. Proxy PL with g = f, xi = f*, alpha = 2,
// mu = 4m; gradient descent with eta <= 1/L converges linearly: f(w_T) - f* <= (1 - eta m)^T (f(w_0) - f*).

namespace proxcvx {

/// An objective that knows its PL modulus m (a lower bound), smoothness L (an upper bound) and minimum f* (a lower
/// bound).
template <class F>
concept KnowsPL = DifferentiableObjective<F> && BoundsItsValue<F> && requires(const F& f) {
  { f.pl_modulus() } -> std::convertible_to<double>;
  { f.smoothness() } -> std::convertible_to<double>;
  { f.minimum() } -> std::convertible_to<double>;
};

/// Such an objective as an instance.
template <class F> class PolyakLojasiewicz {
  static_assert(KnowsPL<F>,
                "proxcvx::PolyakLojasiewicz: the objective must offer pl_modulus(), smoothness(), minimum() and "
                "bounded_value(w)");

 public:
  using Scalar = typename F::Scalar;

  /// Throws std::invalid_argument unless the modulus is positive.
  explicit PolyakLojasiewicz(F f)
      : f_{std::move(f)}, modulus_{f_.pl_modulus()}, smoothness_{f_.smoothness()}, level_{upper_minimum(f_)} {
    require(modulus_ > 0, "f", "a function with a positive PL modulus", modulus_);
  }

  [[nodiscard]] const F& objective() const { return f_; }
  /// m, a lower bound.
  [[nodiscard]] double modulus() const { return modulus_; }
  /// f*, rounded up: with a level that is too low the inequality would be false near the minimum.
  [[nodiscard]] double level() const { return level_; }
  /// ||grad f||^2 >= 2m (f - f*).
  [[nodiscard]] auto property() const { return polyak_lojasiewicz(f_, level_, modulus_); }

  /// Frei & Gu 2021, Theorem 3.1, from w0: GD drives min f(w_t) to f* at rate 1/T; `last_iterate_excess(gap(w0), T)`
  /// bounds f(w_T) - f*, linearly (Karimi, Nutini & Schmidt 2016, Theorem 1). An evaluation of f.
  /// Throws std::invalid_argument for single-example noise, or as ProxyPLGuarantee does.
  [[nodiscard]] ProxyPLGuarantee guarantee(ConstVectorRef<Scalar> w0, const GuaranteePlan& plan) const {
    require(plan.noise == Noise::full_batch, "noise: expected full_batch (SGD needs a variance: ProxyPLGuarantee)");
    return ProxyPLGuarantee({.alpha = 2,
                             .mu = 4 * modulus_,
                             .xi = level_,
                             .smoothness = smoothness_,
                             .gap = gap(w0),
                             .variance = 0,
                             .accuracy = plan.accuracy,
                             .step_size = plan.step_size,
                             .iterations = plan.iterations});
  }
  /// f(w0) - f*, rounded up.
  [[nodiscard]] double gap(ConstVectorRef<Scalar> w0) const {
    const BoundedValue<Scalar> start = f_.bounded_value(w0);
    return std::max(0.0, (detail::upper(start) - f_.minimum()) * (1 + 0x1p-50));
  }

 private:
  [[nodiscard]] static double upper_minimum(const F& f) {
    if constexpr (requires { f.minimum_bounds().upper; }) {
      return f.minimum_bounds().upper;
    } else {
      return f.minimum();
    }
  }

  F f_;
  double modulus_;
  double smoothness_;
  double level_;
};

static_assert(KnowsPL<LeastSquares<>> && KnowsPL<SquarePlusSine<>> && KnowsPL<Quadratic<>>);

}  // namespace proxcvx
