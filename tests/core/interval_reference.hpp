// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>

#include "core/interval_operations.hpp"

#if __has_include(<mpfr.h>) && !defined(PROXCVX_TESTS_WITHOUT_MPFR)
#include <mpfr.h>
#define PROXCVX_TESTS_MPFR 1
#else
#include <proxcvx/core/wider.hpp>
#endif

// What an operation on two numbers yields, as the double below and the double above the exact result: by MPFR, whose
// roundings are correct, and without it in 50 digits, of which series near 0 keep 30 at the least.

namespace tests {

/// The doubles next to an exact result, equal where it is a double; NaN where the result is undefined.
struct Neighbours {
  double below;
  double above;
};

#if defined(PROXCVX_TESTS_MPFR)

inline constexpr bool reference_is_mpfr = true;

/// Round down in 53 bits and with MPFR's own exponents; the sign of the error tells whether that was exact.
class Reference {
 public:
  Reference() {
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    mpfr_inits2(53, x_, y_, result_, static_cast<mpfr_ptr>(nullptr));
  }
  ~Reference() { mpfr_clears(x_, y_, result_, static_cast<mpfr_ptr>(nullptr)); }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;

  Neighbours operator()(Op op, double x, double y) {
    mpfr_set_d(x_, x, MPFR_RNDN);
    mpfr_set_d(y_, y, MPFR_RNDN);
    const bool exact = evaluate(op) == 0;
    if (mpfr_nan_p(result_)) return {std::nan(""), std::nan("")};
    const double below = mpfr_get_d(result_, MPFR_RNDD);
    if (!exact) mpfr_nextabove(result_);
    return {below, mpfr_get_d(result_, MPFR_RNDU)};
  }

 private:
  int evaluate(Op op) {
    constexpr mpfr_rnd_t down = MPFR_RNDD;
    switch (op) {
      case Op::plus:
        return mpfr_add(result_, x_, y_, down);
      case Op::minus:
        return mpfr_sub(result_, x_, y_, down);
      case Op::times:
        return mpfr_mul(result_, x_, y_, down);
      case Op::over:
        return mpfr_div(result_, x_, y_, down);
      case Op::min:
        return mpfr_min(result_, x_, y_, down);
      case Op::max:
        return mpfr_max(result_, x_, y_, down);
      case Op::pow:
      case Op::power:
        return mpfr_pow(result_, x_, y_, down);
      case Op::abs:
        return mpfr_abs(result_, x_, down);
      case Op::square:
        return mpfr_sqr(result_, x_, down);
      case Op::sqrt:
        return mpfr_sqrt(result_, x_, down);
      case Op::exp:
        return mpfr_exp(result_, x_, down);
      case Op::expm1:
        return mpfr_expm1(result_, x_, down);
      case Op::log:
        return mpfr_log(result_, x_, down);
      case Op::log1p:
        return mpfr_log1p(result_, x_, down);
      case Op::tanh:
        return mpfr_tanh(result_, x_, down);
      case Op::sinh:
        return mpfr_sinh(result_, x_, down);
      case Op::cosh:
        return mpfr_cosh(result_, x_, down);
      case Op::sin:
        return mpfr_sin(result_, x_, down);
      case Op::cos:
        return mpfr_cos(result_, x_, down);
    }
    return 0;
  }

  mpfr_t x_, y_, result_;
};

#else

inline constexpr bool reference_is_mpfr = false;

class Reference {
 public:
  Neighbours operator()(Op op, double x, double y) {
    using proxcvx::FiftyDigits;
    const double infinite = std::numeric_limits<double>::infinity();
    // 50 digits reduce no larger argument: nothing is known, so that nothing is demanded
    if ((op == Op::sin || op == Op::cos) && std::abs(x) > 1e4) return {infinite, -infinite};
    const FiftyDigits result = evaluate(op, FiftyDigits(x), FiftyDigits(y));
    if (isnan(result)) return {std::nan(""), std::nan("")};
    const FiftyDigits slack = isfinite(result) ? FiftyDigits(abs(result) * FiftyDigits("1e-42")) : FiftyDigits(0);
    double below = static_cast<double>(result), above = below;
    while (FiftyDigits(below) > result + slack) below = std::nextafter(below, -infinite);
    while (FiftyDigits(above) < result - slack) above = std::nextafter(above, infinite);
    return {below, above};
  }

 private:
  using Wide = proxcvx::FiftyDigits;
  static Wide evaluate(Op op, const Wide& x, const Wide& y) {
    switch (op) {
      case Op::plus:
        return x + y;
      case Op::minus:
        return x - y;
      case Op::times:
        return x * y;
      case Op::over:
        return y == 0 ? Wide(std::nan("")) : Wide(x / y);
      case Op::min:
        return x < y ? x : y;
      case Op::max:
        return x < y ? y : x;
      case Op::pow:
      case Op::power:
        if (x == 0) return y < 0 ? Wide(std::nan("")) : Wide(y == 0 ? 1 : 0);
        if (x < 0 && y != Wide(std::floor(static_cast<double>(y)))) return Wide(std::nan(""));
        return pow(x, y);
      case Op::abs:
        return abs(x);
      case Op::square:
        return x * x;
      case Op::sqrt:
        return x < 0 ? Wide(std::nan("")) : Wide(sqrt(x));
      case Op::exp:
        return exp(x);
      case Op::expm1:
        return abs(x) < 1e-8 ? Wide(x + x * x / 2 + x * x * x / 6 + x * x * x * x / 24) : Wide(exp(x) - 1);
      case Op::log:
        return x < 0 ? Wide(std::nan("")) : Wide(log(x));
      case Op::log1p:
        return x < -1 ? Wide(std::nan("")) : logarithm_of_one_plus(x);
      case Op::tanh:
        return abs(x) > 1e3 ? Wide(x < 0 ? -1 : 1) : Wide(tanh(x));
      case Op::sinh:
        return abs(x) < 1e-8 ? Wide(x + x * x * x / 6) : Wide((exp(x) - exp(Wide(-x))) / 2);
      case Op::cosh:
        return (exp(x) + exp(Wide(-x))) / 2;
      case Op::sin:
        return sin(x);
      case Op::cos:
        return cos(x);
    }
    return 0;
  }
  static Wide logarithm_of_one_plus(const Wide& x) {
    if (abs(x) > 1e-8) return log(Wide(1 + x));
    return x - x * x / 2 + x * x * x / 3 - x * x * x * x / 4;
  }
};

#endif

}  // namespace tests
