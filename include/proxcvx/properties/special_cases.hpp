// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/require.hpp>
#include <proxcvx/properties/at_reference.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/affine.hpp>
#include <proxcvx/proxies/constant.hpp>
#include <proxcvx/proxies/distance_squared.hpp>
#include <utility>

// The classical conditions as what they are: proxy convexity or proxy PL with a particular g, h and V
// (Frei & Gu 2021, section 2). Each is a constructor, so that every verb takes it.
//
//   convex                              g = h = f
//   star-convex, zeta-quasar-convex     g = h = zeta f, V = {w*}
//   restricted secant                   g = nu ||w - w*||^2, h = 0, V = {w*}
//   PL (modulus m)                      proxy PL with g = f, xi = f*, alpha = 2, mu = 4m
//   KL / gradient-dominated             proxy PL with g = f, xi = f*, alpha = 1/theta, mu = 2 c^{1/theta}

namespace proxcvx {

/// Convexity: <grad f(w), w - v> >= f(w) - f(v).
template <class F> [[nodiscard]] auto convexity(const F& f) { return ProxyConvexity<F, F, F>(f); }

/// zeta-quasar-convexity about w*: <grad f(w), w - w*> >= zeta (f(w) - f(w*)); zeta > 0 (it may exceed 1).
/// `minimizer` is a vector, or a callable w -> P(w) where the solutions are a set.
template <class F, class Minimizer> [[nodiscard]] auto quasar_convexity(const F& f, Minimizer minimizer, double zeta) {
  require(zeta > 0 && is_finite(zeta), "zeta", "a finite number > 0", zeta);
  const Affine scaled{zeta, f, 0.0};
  return at_reference(ProxyConvexity{f, scaled, scaled}, std::move(minimizer));
}

/// Star-convexity about w*: <grad f(w), w - w*> >= f(w) - f(w*).
template <class F, class Minimizer> [[nodiscard]] auto star_convexity(const F& f, Minimizer minimizer) {
  return at_reference(convexity(f), std::move(minimizer));
}

/// The restricted secant inequality about w*: <grad f(w), w - w*> >= nu ||w - w*||^2, nu > 0.
template <class F>
[[nodiscard]] auto restricted_secant(const F& f, const Vector<typename F::Scalar>& minimizer, double nu) {
  require(nu > 0 && is_finite(nu), "nu", "a finite number > 0", nu);
  using Scalar = typename F::Scalar;
  return at_reference(ProxyConvexity{f, DistanceSquared<Scalar>{minimizer, nu}, Constant<Scalar>{0.0}}, minimizer);
}

/// One-point strong convexity about w*: another name of the restricted secant inequality.
template <class F>
[[nodiscard]] auto one_point_strong_convexity(const F& f, const Vector<typename F::Scalar>& minimizer, double nu) {
  return restricted_secant(f, minimizer, nu);
}

/// The Polyak-Lojasiewicz inequality (1/2)||grad f||^2 >= modulus (f - minimum), modulus > 0.
template <class F> [[nodiscard]] auto polyak_lojasiewicz(const F& f, double minimum, double modulus) {
  require(modulus > 0 && is_finite(modulus), "modulus", "a finite number > 0", modulus);
  return ProxyPL<F, F>(f, f, {.alpha = 2, .mu = 4 * modulus, .xi = minimum});
}

/// The Kurdyka-Lojasiewicz inequality (gradient domination) ||grad f|| >= c (f - minimum)^theta, c > 0, theta > 0.
template <class F> [[nodiscard]] auto kurdyka_lojasiewicz(const F& f, double minimum, double c, double theta) {
  require(c > 0 && is_finite(c), "c", "a finite number > 0", c);
  require(theta > 0 && is_finite(theta), "theta", "a finite number > 0", theta);
  return ProxyPL<F, F>(f, f, {.alpha = 1 / theta, .mu = 2 * std::pow(c, 1 / theta), .xi = minimum});
}

}  // namespace proxcvx
