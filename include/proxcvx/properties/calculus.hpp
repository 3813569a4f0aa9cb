// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/objectives/affine_substitution.hpp>
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <proxcvx/objectives/weight_decay.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/affine.hpp>
#include <proxcvx/proxies/combination.hpp>
#include <proxcvx/proxies/constant.hpp>
#include <utility>

// The property of a composite objective from those of its parts, without a new proof. If f_i is (g_i, h_i)-proxy convex
//   c_1 f_1 + c_2 f_2, c_i >= 0    is (c_1 g_1 + c_2 g_2, c_1 h_1 + c_2 h_2)-proxy convex,
//   f + (lambda/2)||w||^2          has (lambda/2)||.||^2 added to g and h,
//   f(Q u + b), any Q              is (g(Q u + b), h(Q v + b))-proxy convex; growth (A, B) becomes ||Q||^2 (A, B).
// If f is (g, xi, alpha, mu)-proxy PL, c f has mu c^alpha, and f(Q u + b), Q of full row rank, mu sigma_min(Q^T)^alpha.
// In the margins: those of a sum are c_1 m_1 + c_2 m_2, those of f(Q u + b) are m(Q u + b, Q v + b).

namespace proxcvx {

namespace detail {

inline void require_factor(double factor) {
  require(factor > 0 && std::isfinite(factor), "factor", "a finite number > 0", factor);
}
/// g o (Q u + b).
template <class F, class Scalar>
[[nodiscard]] AffineSubstitution<F, Scalar> substituted(const F& f, const Matrix<Scalar>& Q, const Vector<Scalar>& b) {
  return AffineSubstitution<F, Scalar>(f, Q, b);
}

/// c f where f is an objective, a proxy, a callable, or a reference that moves.
template <class Scalar, class P> [[nodiscard]] auto multiple(double factor, const P& proxy) {
  if constexpr (HasScalar<P> && !MovingReference<P, Scalar>) {
    return Affine<P>(factor, proxy, 0.0);
  } else {
    return Combination<P, Constant<Scalar>, Scalar>(factor, proxy, 0.0, Constant<Scalar>{0.0});
  }
}

}  // namespace detail

/// c_1 f_1 + c_2 f_2 is (c_1 g_1 + c_2 g_2, c_1 h_1 + c_2 h_2)-proxy convex. Finite sums need equally many terms.
/// Throws std::invalid_argument unless c_1, c_2 > 0 are finite and the dimensions agree.
template <class F1, class G1, class H1, class F2, class G2, class H2>
[[nodiscard]] auto combine(double c1, const ProxyConvexity<F1, G1, H1>& first, double c2,
                           const ProxyConvexity<F2, G2, H2>& second) {
  using Scalar = typename F1::Scalar;
  detail::require_factor(c1);
  detail::require_factor(c2);
  return ProxyConvexity{c1 * first.objective() + c2 * second.objective(),
                        Combination<G1, G2, Scalar>(c1, first.proxy(), c2, second.proxy()),
                        Combination<H1, H2, Scalar>(c1, first.reference(), c2, second.reference())};
}

/// f_1 + f_2 is (g_1 + g_2, h_1 + h_2)-proxy convex.
template <class F1, class G1, class H1, class F2, class G2, class H2>
[[nodiscard]] auto operator+(const ProxyConvexity<F1, G1, H1>& first, const ProxyConvexity<F2, G2, H2>& second) {
  return combine(1, first, 1, second);
}

/// c f is (c g, c h)-proxy convex. Throws std::invalid_argument unless c > 0 is finite.
template <class F, class G, class H>
[[nodiscard]] auto operator*(double factor, const ProxyConvexity<F, G, H>& property) {
  using Scalar = typename F::Scalar;
  detail::require_factor(factor);
  return ProxyConvexity{factor * property.objective(), detail::multiple<Scalar>(factor, property.proxy()),
                        detail::multiple<Scalar>(factor, property.reference())};
}

/// c f is (g, xi, alpha, mu c^alpha)-proxy PL, mu c^alpha rounded down. The same throws.
template <class F, class G> [[nodiscard]] auto operator*(double factor, const ProxyPL<F, G>& property) {
  detail::require_factor(factor);
  const double mu = property.mu() * std::pow(factor, property.alpha()) * (1 - 0x1p-40);
  return ProxyPL{
      factor * property.objective(), property.proxy(), {.alpha = property.alpha(), .mu = mu, .xi = property.xi()}};
}

/// In g' = c g: E||c grad f_z||^2 <= c^2 A + c B g', rounded up. The same throws.
template <class F, class G> [[nodiscard]] auto operator*(double factor, const GradientGrowth<F, G>& property) {
  using Scalar = typename F::Scalar;
  detail::require_factor(factor);
  const double up = 1 + 0x1p-48;
  return GradientGrowth{
      factor * property.objective(),
      detail::multiple<Scalar>(factor, property.proxy()),
      {.A = factor * factor * property.A() * up, .B = factor * property.B() * up, .noise = property.noise()}};
}

/// f + (lambda/2)||w||^2 has (lambda/2)||.||^2 added to g and h. Throws std::invalid_argument unless lambda > 0.
template <class F, class G, class H>
[[nodiscard]] auto with_weight_decay(const ProxyConvexity<F, G, H>& property, double lambda) {
  require(lambda > 0, "lambda", "a finite number > 0", lambda);
  const WeightDecay<typename F::Scalar> decay{property.dimension(), lambda};
  return combine(1, property, 1, ProxyConvexity{decay, decay, decay});
}

/// f(Q u + b) is (g(Q u + b), h(Q v + b))-proxy convex, for any Q. Throws std::invalid_argument on shapes that do not
/// fit and entries that are not finite.
template <class F, class G, class H>
[[nodiscard]] auto substitute(const ProxyConvexity<F, G, H>& property, const Matrix<typename F::Scalar>& Q,
                              const Vector<typename F::Scalar>& b) {
  return ProxyConvexity{detail::substituted(property.objective(), Q, b), detail::substituted(property.proxy(), Q, b),
                        detail::substituted(property.reference(), Q, b)};
}

/// f(Q u + b) is (g(Q u + b), xi, alpha, mu sigma_min(Q^T)^alpha)-proxy PL, mu rounded down. The same throws, and
/// unless Q has full row rank, certainly. O(d^2 (d + p)).
template <class F, class G>
[[nodiscard]] auto substitute(const ProxyPL<F, G>& property, const Matrix<typename F::Scalar>& Q,
                              const Vector<typename F::Scalar>& b) {
  const auto objective = detail::substituted(property.objective(), Q, b);
  require(Q.cols() >= Q.rows(), "Q", "full row rank: at least " + std::to_string(Q.rows()) + " columns", Q.cols());
  const detail::Eigenvalues squares = detail::eigenvalues_of_gram(Q);  // of Q Q^T: sigma^2, ascending
  const double least = detail::rounded_down(squares.values[0] - squares.slack);
  require(least > 0, "Q", "full row rank, a smallest singular value that is not 0 up to rounding", least);
  const double mu = property.mu() * std::pow(least, property.alpha() / 2) * (1 - 0x1p-40);
  return ProxyPL{objective,
                 detail::substituted(property.proxy(), Q, b),
                 {.alpha = property.alpha(), .mu = mu, .xi = property.xi()}};
}

/// E||Q^T grad f_z||^2 <= ||Q||^2 (A + B g(Q u + b)), rounded up. The same throws as for proxy convexity. O(d^2 (d +
/// p)).
template <class F, class G>
[[nodiscard]] auto substitute(const GradientGrowth<F, G>& property, const Matrix<typename F::Scalar>& Q,
                              const Vector<typename F::Scalar>& b) {
  const auto objective = detail::substituted(property.objective(), Q, b);
  const Index least = std::min(Q.rows(), Q.cols());
  const detail::Eigenvalues squares = detail::eigenvalues_of_gram(Q);
  const double norm = detail::rounded_up(squares.values[least - 1] + squares.slack) * (1 + 0x1p-48);
  return GradientGrowth{objective,
                        detail::substituted(property.proxy(), Q, b),
                        {.A = property.A() * norm, .B = property.B() * norm, .noise = property.noise()}};
}

}  // namespace proxcvx
