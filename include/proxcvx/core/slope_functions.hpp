// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/slope_form.hpp>
#include <type_traits>

// Elementary functions in slope arithmetic, by the mean value theorem: phi(y) - phi(z) = phi'(t)(y - z), t between y
// and z. An argument that may leave the domain counts like an open comparison.

namespace proxcvx {

template <class R> [[nodiscard]] SlopeForm<R> abs(const SlopeForm<R>& a) {
  const R x = a.hull_of_both();
  if (certainly_nonnegative(x)) return a;
  if (certainly_nonpositive(x)) return -a;
  return a.chain(abs(a.center()), abs(a.range()), R(-1, 1));
}
/// Slopes 1/(sqrt y + sqrt z).
template <class R> [[nodiscard]] SlopeForm<R> sqrt(const SlopeForm<R>& a) {
  detail::expect_defined(certainly_nonnegative(a.hull_of_both()));
  const R at_center = sqrt(a.center()), everywhere = sqrt(a.range());
  return a.chain(at_center, everywhere, R(1) / (at_center + everywhere));
}
template <class R> [[nodiscard]] SlopeForm<R> exp(const SlopeForm<R>& a) {
  return a.chain(exp(a.center()), exp(a.range()), exp(a.hull_of_both()));
}
template <class R> [[nodiscard]] SlopeForm<R> expm1(const SlopeForm<R>& a) {
  return a.chain(expm1(a.center()), expm1(a.range()), exp(a.hull_of_both()));
}
template <class R> [[nodiscard]] SlopeForm<R> log(const SlopeForm<R>& a) {
  detail::expect_defined(certainly_positive(a.hull_of_both()));
  return a.chain(log(a.center()), log(a.range()), R(1) / a.hull_of_both());
}
template <class R> [[nodiscard]] SlopeForm<R> log1p(const SlopeForm<R>& a) {
  detail::expect_defined(certainly_positive(R(1) + a.hull_of_both()));
  return a.chain(log1p(a.center()), log1p(a.range()), R(1) / (R(1) + a.hull_of_both()));
}
template <class R> [[nodiscard]] SlopeForm<R> sin(const SlopeForm<R>& a) {
  return a.chain(sin(a.center()), sin(a.range()), cos(a.hull_of_both()));
}
template <class R> [[nodiscard]] SlopeForm<R> cos(const SlopeForm<R>& a) {
  return a.chain(cos(a.center()), cos(a.range()), -sin(a.hull_of_both()));
}
/// tanh' = 1/cosh^2.
template <class R> [[nodiscard]] SlopeForm<R> tanh(const SlopeForm<R>& a) {
  return a.chain(tanh(a.center()), tanh(a.range()), R(1) / square(cosh(a.hull_of_both())));
}
template <class R> [[nodiscard]] SlopeForm<R> sinh(const SlopeForm<R>& a) {
  return a.chain(sinh(a.center()), sinh(a.range()), cosh(a.hull_of_both()));
}
template <class R> [[nodiscard]] SlopeForm<R> cosh(const SlopeForm<R>& a) {
  return a.chain(cosh(a.center()), cosh(a.range()), sinh(a.hull_of_both()));
}
/// x^p for a number p: any x where p is integral, else x >= 0.
template <class R, class Exponent>
requires std::is_arithmetic_v<Exponent>
[[nodiscard]] SlopeForm<R> pow(const SlopeForm<R>& a, Exponent p) {
  const auto exponent = static_cast<double>(p);
  if (exponent == 0) return 1;
  if (exponent == 1) return a;
  if (exponent == 2) return square(a);
  const R x = a.hull_of_both();
  const bool nonzero = certainly_positive(x) || certainly_negative(x);
  detail::expect_defined((exponent == std::floor(exponent) || certainly_nonnegative(x)) && (exponent > 0 || nonzero));
  const double less = exponent - 1;  // exact unless it lost digits
  const bool exact = (exponent >= 0.5 || exponent == std::floor(exponent)) && std::abs(exponent) < 0x1p52;
  return a.chain(pow(a.center(), R(exponent)), pow(a.range(), R(exponent)),
                 R(exponent) * pow(x, exact ? R(less) : R(exponent) - R(1)));
}
/// x 2^exponent, |exponent| <= 2000.
template <class R> [[nodiscard]] SlopeForm<R> ldexp(const SlopeForm<R>& a, int exponent) {
  return a * SlopeForm<R>(std::ldexp(1.0, exponent / 2)) * SlopeForm<R>(std::ldexp(1.0, exponent - exponent / 2));
}
/// x 2^-exponent, with the exponent of a number in the middle.
template <class R> [[nodiscard]] SlopeForm<R> frexp(const SlopeForm<R>& a, int* exponent) {
  (void)std::frexp(midpoint(a.range()), exponent);
  return ldexp(a, -*exponent);
}
/// x^y: as x^p where y is a number p, else exp(y log x).
template <class R> [[nodiscard]] SlopeForm<R> pow(const SlopeForm<R>& a, const SlopeForm<R>& b) {
  if (b.first_slope() == b.last_slope() && is_point(b.range())) return pow(a, midpoint(b.range()));
  return exp(b * log(a));
}

// What library code asks of a scalar that encloses, where its own formula compares: the same functions without
// branches.

/// 1/(1 + exp(-z)), increasing, with slopes in [0, 1/4].
template <class R> [[nodiscard]] SlopeForm<R> enclosed_sigmoid(const SlopeForm<R>& z) {
  const auto sigmoid = [](const R& x) { return R(1) / (R(1) + exp(-x)); };
  return z.chain(sigmoid(z.center()), sigmoid(z.range()), R(1) / (R(2) + R(2) * cosh(z.hull_of_both())));
}
/// s(z) s(-z), the slope of s(z) = 1/(1 + exp(-z)), with slopes -s(z) s(-z) tanh(z/2).
template <class R> [[nodiscard]] SlopeForm<R> enclosed_sigmoid_slope(const SlopeForm<R>& z) {
  const auto slope = [](const R& x) { return R(1) / (R(2) + R(2) * cosh(x)); };
  const R x = z.hull_of_both();
  return z.chain(slope(z.center()), slope(z.range()), -(slope(x) * tanh(x / R(2))));
}
/// log(1 + exp(z)), increasing, with slopes 1/(1 + exp(-z)).
template <class R> [[nodiscard]] SlopeForm<R> enclosed_softplus(const SlopeForm<R>& z) {
  const auto softplus = [](const R& x) {
    return certainly_less(x, R(700)) ? log1p(exp(x)) : max(x, R(0)) + log1p(exp(-abs(x)));
  };
  return z.chain(softplus(z.center()), softplus(z.range()), R(1) / (R(1) + exp(-z.hull_of_both())));
}
/// The slope of max(slope z, z): at a kink any number of [slope, 1], which nothing is known of but that.
template <class R> [[nodiscard]] SlopeForm<R> enclosed_rectifier_slope(const SlopeForm<R>& z, double slope) {
  const R x = z.hull_of_both();
  if (certainly_positive(x)) return 1;
  if (certainly_negative(x)) return slope;
  detail::EnclosedSteps& steps = detail::enclosed_steps();
  ++steps.count;
  for (int k = z.first_slope(); k < z.last_slope(); ++k) {
    steps.sensitivity[static_cast<std::size_t>(k)] += std::abs(midpoint(z.slope(k)));
  }
  return hull(R(slope), R(1));
}

}  // namespace proxcvx
