// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/core/wider.hpp>
#include <type_traits>

// Formulas of two variables for any scalar, with which enclosures are held against 50 digits.

namespace proving {

using proxcvx::FiftyDigits;
using proxcvx::Interval;

inline constexpr int slope_formulas = 22;

// Functions that 50 digits do not offer by these names.

template <class T> T power(const T& x, double p) {
  if constexpr (std::is_same_v<T, FiftyDigits>) {
    return pow(x, FiftyDigits(p));
  } else {
    return pow(x, p);
  }
}
template <class T> T half_sum(const T& y, int sign) {  // cosh or sinh
  if constexpr (std::is_same_v<T, FiftyDigits>) {
    return (exp(y) + sign * exp(T(-y))) / 2;
  } else {
    return sign > 0 ? cosh(y) : sinh(y);
  }
}

/// Formula number k of x and y, each defined for x in [0.25, 4) and y in (-3, 3).
template <class T> T slope_formula(int k, const T& x, const T& y) {
  using std::abs;
  using std::cos;
  using std::exp;
  using std::expm1;
  using std::log;
  using std::log1p;
  using std::max;
  using std::min;
  using std::sin;
  using std::sqrt;
  using std::tanh;
  switch (k) {
    case 0:
      return x + y * T(3) - x * y;
    case 1:
      return (x - y) * (x + y) - T(2);
    case 2:
      return y / x - x / T(3);
    case 3:
      return T(1) / (T(1) + y * y) + y * y;
    case 4:
      return abs(T(y)) * x - abs(T(y - x));
    case 5:
      return max(T(y), T(x - T(1))) * y;
    case 6:
      return min(T(y), T(T(0.5) * y)) - x;
    case 7:
      return sqrt(T(x + y * y));
    case 8:
      return exp(T(y)) - x * y;
    case 9:
      return expm1(T(y * x));
    case 10:
      return log(T(x)) * y;
    case 11:
      return log1p(T(y * y)) / x;
    case 12:
      return sin(T(x * y)) + y;
    case 13:
      return cos(T(T(5) * y)) * x;
    case 14:
      return tanh(T(y)) - tanh(T(x * y));
    case 15:
      return half_sum(y, -1) - x;
    case 16:
      return half_sum(y, 1) * x;
    case 17:
      return power(x, 1.75) - y;
    case 18:
      return power(x, -0.5) * power(x, -2.0);
    case 19:
      return y * y * y - power(x, 3.0);
    case 20:
      return max(T(0.5 * y), T(y)) * (y - x) + T(2) * y;
    default:
      return (x * y) * (x * y) - T(2) * x * y + exp(T(-x));
  }
}

inline bool holds(const Interval& x, const FiftyDigits& exact) {
  return FiftyDigits(x.lower()) <= exact && exact <= FiftyDigits(x.upper());
}

}  // namespace proving
