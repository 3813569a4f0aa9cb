// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <numbers>
#include <proxcvx/core/interval.hpp>

// Elementary functions of intervals: the values of the C library, moved outward by 2^{-50}|y| + DBL_MIN, 4 ulp at the
// least, and then clamped to the exact range of the function. What this takes for granted of the C library is an error
// below 3 ulp, also where it overflows; tests/core/interval.cpp looks at the library at hand (glibc's manual lists 2
// ulp at the most for these functions; Zimmermann 2021 compares libraries). Monotone functions look at the end points
// only. An argument that may leave the domain gives the whole line, which is evidence of nothing; yet a bounded
// function of that is bounded again, tanh(log(x)): whoever proves something must know that the objective is defined on
// the box.

namespace proxcvx {

namespace detail {

/// The interval between two values of the C library, or of what rounds like it, within [least, greatest].
[[nodiscard]] inline Interval widened(double low, double high, double least = -infinite, double greatest = infinite) {
  if (!(low <= DBL_MAX && high >= -DBL_MAX)) {  // overflow on the inner side, or NaN
    if (std::isnan(low) || std::isnan(high)) return Interval::whole_line();
    low = std::min(low, DBL_MAX);
    high = std::max(high, -DBL_MAX);
  }
  const double lower = std::isinf(low) ? low : low - (0x1p-50 * std::abs(low) + DBL_MIN);
  const double upper = std::isinf(high) ? high : high + (0x1p-50 * std::abs(high) + DBL_MIN);
  return {std::max(lower, least), std::min(upper, greatest)};
}

/// The range of the sine shifted by quarter turns: sin(x + quarters pi/2), quarters 0 or 1. A turning point at
/// (k - quarters) pi/2, k odd, is looked for in an enclosure of x/(pi/2), so that none is missed.
[[nodiscard]] inline Interval sine(const Interval& x, double at_lower, double at_upper, double quarters) {
  const Interval half_pi{0x1.921fb54442d18p+0, 0x1.921fb54442d19p+0};
  const Interval turns = x / half_pi + Interval(quarters);
  if (!(magnitude(turns) < 0x1p50)) return {-1, 1};
  const double first = std::ceil(turns.lower()), last = std::floor(turns.upper());
  if (last - first >= 4) return {-1, 1};
  double low = std::min(at_lower, at_upper), high = std::max(at_lower, at_upper);
  for (double k = first; k <= last; ++k) {
    const double phase = k - 4 * std::floor(k / 4);
    if (phase == 1) high = 1;
    if (phase == 3) low = -1;
  }
  return widened(low, high, -1, 1);
}

/// x^n for an integral n != 0 (as double, of any size), 0 not in x if n < 0.
[[nodiscard]] inline Interval integral_power(const Interval& x, double n) {
  if (n == 1) return x;
  if (std::fmod(n, 2) == 0) {
    const double inner = std::pow(mignitude(x), n), outer = std::pow(magnitude(x), n);
    return widened(std::min(inner, outer), std::max(inner, outer), 0);
  }
  const double p = std::pow(x.lower(), n), q = std::pow(x.upper(), n);
  // where x has one sign, so has x^n
  return widened(std::min(p, q), std::max(p, q), x.lower() >= 0 ? 0 : -infinite, x.upper() <= 0 ? 0 : infinite);
}

}  // namespace detail

/// |x|, exact.
[[nodiscard]] inline Interval abs(const Interval& x) { return {mignitude(x), magnitude(x)}; }

/// The range of min(a, b), exact.
[[nodiscard]] inline Interval min(const Interval& a, const Interval& b) {
  return {std::min(a.lower(), b.lower()), std::min(a.upper(), b.upper())};
}

/// The range of max(a, b), exact. max(x, 0) is the way to say that x, a rounded sum, cannot be negative.
[[nodiscard]] inline Interval max(const Interval& a, const Interval& b) {
  return {std::max(a.lower(), b.lower()), std::max(a.upper(), b.upper())};
}

/// x^2 >= 0: not x x, whose factors are independent.
[[nodiscard]] inline Interval square(const Interval& x) {
  const double inner = mignitude(x), outer = magnitude(x);
  const Interval result = Interval::outward(inner * inner, outer * outer);
  return {std::max(result.lower(), 0.0), result.upper()};
}

/// sqrt(x) >= 0, one rounding an end (IEEE 754 asks for it); the whole line where x may be negative.
[[nodiscard]] inline Interval sqrt(const Interval& x) {
  if (!certainly_nonnegative(x)) return Interval::whole_line();
  const Interval result = Interval::outward(std::sqrt(x.lower()), std::sqrt(x.upper()));
  return {std::max(result.lower(), 0.0), result.upper()};
}

/// exp(x) >= 0.
[[nodiscard]] inline Interval exp(const Interval& x) {
  return detail::widened(std::exp(x.lower()), std::exp(x.upper()), 0);
}

/// exp(x) - 1 >= -1.
[[nodiscard]] inline Interval expm1(const Interval& x) {
  return detail::widened(std::expm1(x.lower()), std::expm1(x.upper()), -1);
}

/// log(x), with log(0) = -inf; the whole line where x may be negative.
[[nodiscard]] inline Interval log(const Interval& x) {
  if (!certainly_nonnegative(x)) return Interval::whole_line();
  return detail::widened(std::log(x.lower()), std::log(x.upper()));
}

/// log(1 + x), with log(0) = -inf; the whole line where x may be less than -1.
[[nodiscard]] inline Interval log1p(const Interval& x) {
  if (!certainly_less_equal(-1, x)) return Interval::whole_line();
  return detail::widened(std::log1p(x.lower()), std::log1p(x.upper()));
}

/// tanh(x) in [-1, 1].
[[nodiscard]] inline Interval tanh(const Interval& x) {
  return detail::widened(std::tanh(x.lower()), std::tanh(x.upper()), -1, 1);
}

[[nodiscard]] inline Interval sinh(const Interval& x) {
  return detail::widened(std::sinh(x.lower()), std::sinh(x.upper()));
}

/// cosh(x) >= 1.
[[nodiscard]] inline Interval cosh(const Interval& x) {
  return detail::widened(std::cosh(mignitude(x)), std::cosh(magnitude(x)), 1);
}

/// sin(x) in [-1, 1]; all of it where x is unbounded or beyond 2^50 quarter turns, where neighbouring numbers are
/// farther apart than turning points.
[[nodiscard]] inline Interval sin(const Interval& x) {
  return detail::sine(x, std::sin(x.lower()), std::sin(x.upper()), 0);
}

/// cos(x) in [-1, 1]; all of it where x is unbounded or beyond 2^50 quarter turns.
[[nodiscard]] inline Interval cos(const Interval& x) {
  return detail::sine(x, std::cos(x.lower()), std::cos(x.upper()), 1);
}

/// x^p. An integral exponent p takes any x (p < 0: the whole line where x contains 0); any other p takes x >= 0 (p < 0:
/// x > 0) and gives the whole line where x may leave that. An exponent that is no point: exp(p log x), x > 0, or x >= 0
/// if p > 0; else the whole line.
[[nodiscard]] inline Interval pow(const Interval& x, const Interval& p) {
  if (!is_point(p)) {
    const bool defined = certainly_positive(x) || (certainly_nonnegative(x) && certainly_positive(p));
    return defined ? exp(p * log(x)) : Interval::whole_line();
  }
  const double exponent = p.lower();
  if (exponent == 0) return 1;
  if (exponent < 0 && x.lower() <= 0 && x.upper() >= 0) return Interval::whole_line();
  if (exponent == 2) return square(x);
  if (exponent == std::floor(exponent)) return detail::integral_power(x, exponent);
  if (!certainly_nonnegative(x)) return Interval::whole_line();
  const double a = std::pow(x.lower(), exponent), b = std::pow(x.upper(), exponent);
  return detail::widened(std::min(a, b), std::max(a, b), 0);
}

}  // namespace proxcvx

namespace Eigen::internal {

/// squaredNorm() and norm() take the square, which is never negative.
template <> struct abs2_impl_default<proxcvx::Interval, false> {
  static proxcvx::Interval run(const proxcvx::Interval& x) { return square(x); }
};

}  // namespace Eigen::internal
