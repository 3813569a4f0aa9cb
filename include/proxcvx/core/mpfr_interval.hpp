// SPDX-License-Identifier: MIT
#pragma once

#include <mpfr.h>

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <concepts>
#include <limits>
#include <ostream>
#include <proxcvx/core/interval.hpp>
#include <type_traits>

// Intervals of 128-bit MPFR numbers (Fousse et al. 2007), each end rounded outward by MPFR itself: a second arithmetic,
// with which a proof in `Interval` is checked. It owns no memory, and offers
// what SlopeForm asks of an interval. Needs MPFR (proxcvx::mpfr).

namespace proxcvx {

namespace detail {

/// An MPFR number of 128 bits as plain memory.
struct MpfrNumber {
  static constexpr mpfr_prec_t precision = 128;
  std::array<mp_limb_t, 128 / (8 * sizeof(mp_limb_t))> limbs{};
  mpfr_exp_t exponent = 0;
  int kind = MPFR_ZERO_KIND;
};

/// The number as what MPFR's functions take, as long as this lives.
class MpfrView {
 public:
  explicit MpfrView(const MpfrNumber& x = {}) : limbs_{x.limbs} {
    mpfr_custom_init(limbs_.data(), MpfrNumber::precision);
    mpfr_custom_init_set(x_, x.kind, x.exponent, MpfrNumber::precision, limbs_.data());
  }
  MpfrView(const MpfrView&) = delete;
  MpfrView& operator=(const MpfrView&) = delete;
  ~MpfrView() = default;
  operator mpfr_ptr() { return x_; }  // NOLINT(google-explicit-constructor): an argument
  [[nodiscard]] MpfrNumber number() const {
    const int kind = mpfr_custom_get_kind(x_);
    const bool regular = kind == MPFR_REGULAR_KIND || kind == -MPFR_REGULAR_KIND;
    return {limbs_, regular ? mpfr_custom_get_exp(x_) : 0, kind};
  }

 private:
  decltype(MpfrNumber::limbs) limbs_;
  mpfr_t x_;
};

using MpfrUnary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
using MpfrBinary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

template <class Function, class... Numbers>
[[nodiscard]] MpfrNumber mpfr_apply(Function function, mpfr_rnd_t rounding, const Numbers&... x) {
  MpfrView result;
  function(result, MpfrView(x)..., rounding);
  return result.number();
}
[[nodiscard]] inline MpfrNumber mpfr_number(double x) {
  MpfrView result;
  mpfr_set_d(result, x, MPFR_RNDN);  // exact
  return result.number();
}
[[nodiscard]] inline bool mpfr_is_nan(const MpfrNumber& x) { return x.kind == MPFR_NAN_KIND; }
/// a < b; not so where one is NaN.
[[nodiscard]] inline bool mpfr_less(const MpfrNumber& a, const MpfrNumber& b) {
  return mpfr_less_p(MpfrView(a), MpfrView(b)) != 0;
}
[[nodiscard]] inline MpfrNumber mpfr_smaller(const MpfrNumber& a, const MpfrNumber& b) {
  return mpfr_less(b, a) ? b : a;
}
[[nodiscard]] inline MpfrNumber mpfr_larger(const MpfrNumber& a, const MpfrNumber& b) {
  return mpfr_less(a, b) ? b : a;
}
[[nodiscard]] inline double mpfr_double(const MpfrNumber& x, mpfr_rnd_t rounding) {
  return mpfr_get_d(MpfrView(x), rounding);
}

}  // namespace detail

/// A closed interval of real numbers between 128-bit ends, with the meaning of Interval.
class MpfrInterval {
  using Number = detail::MpfrNumber;

 public:
  MpfrInterval() = default;  ///< [0, 0]
  template <class Scalar>
  requires std::is_arithmetic_v<Scalar> MpfrInterval(Scalar x)  // NOLINT(google-explicit-constructor): a number
      : MpfrInterval(Interval(x)) {}
  explicit MpfrInterval(const Interval& x) : MpfrInterval(x.lower(), x.upper()) {}
  MpfrInterval(double lower, double upper) : MpfrInterval(detail::mpfr_number(lower), detail::mpfr_number(upper)) {}

  [[nodiscard]] static MpfrInterval whole_line() { return {-detail::infinite, detail::infinite}; }
  /// The double at most as large as the lower end, and the one at least as large as the upper end.
  [[nodiscard]] double lower() const { return detail::mpfr_double(lower_, MPFR_RNDD); }
  [[nodiscard]] double upper() const { return detail::mpfr_double(upper_, MPFR_RNDU); }

  friend MpfrInterval operator-(const MpfrInterval& a) {
    return {detail::mpfr_apply(mpfr_neg, MPFR_RNDD, a.upper_), detail::mpfr_apply(mpfr_neg, MPFR_RNDU, a.lower_)};
  }
  friend MpfrInterval operator+(const MpfrInterval& a, const MpfrInterval& b) {
    return {detail::mpfr_apply(mpfr_add, MPFR_RNDD, a.lower_, b.lower_),
            detail::mpfr_apply(mpfr_add, MPFR_RNDU, a.upper_, b.upper_)};
  }
  friend MpfrInterval operator-(const MpfrInterval& a, const MpfrInterval& b) { return a + -b; }
  friend MpfrInterval operator*(const MpfrInterval& a, const MpfrInterval& b) { return over_ends(mpfr_mul, a, b); }
  friend MpfrInterval operator/(const MpfrInterval& a, const MpfrInterval& b) {
    if (!certainly_positive(b) && !certainly_negative(b)) return whole_line();
    return over_ends(mpfr_div, a, b);
  }
  MpfrInterval& operator+=(const MpfrInterval& b) { return *this = *this + b; }
  MpfrInterval& operator-=(const MpfrInterval& b) { return *this = *this - b; }

  friend bool certainly_less(const MpfrInterval& a, const MpfrInterval& b) {
    return detail::mpfr_less(a.upper_, b.lower_);
  }
  friend bool certainly_less_equal(const MpfrInterval& a, const MpfrInterval& b) {
    return !detail::mpfr_less(b.lower_, a.upper_);
  }
  friend bool certainly_positive(const MpfrInterval& x) { return sign(x.lower_) > 0; }
  friend bool certainly_nonnegative(const MpfrInterval& x) { return sign(x.lower_) >= 0; }
  friend bool certainly_negative(const MpfrInterval& x) { return sign(x.upper_) < 0; }
  friend bool certainly_nonpositive(const MpfrInterval& x) { return sign(x.upper_) <= 0; }
  friend bool operator==(const MpfrInterval& a, const MpfrInterval& b) {
    return !detail::mpfr_less(a.lower_, b.lower_) && !detail::mpfr_less(b.lower_, a.lower_) &&
           !detail::mpfr_less(a.upper_, b.upper_) && !detail::mpfr_less(b.upper_, a.upper_);
  }
  friend bool is_point(const MpfrInterval& x) { return !detail::mpfr_less(x.lower_, x.upper_); }
  friend bool isfinite(const MpfrInterval& x) { return std::isfinite(x.lower()) && std::isfinite(x.upper()); }
  friend bool contains(const MpfrInterval& interval, double x) {
    const Number number = detail::mpfr_number(x);
    return !detail::mpfr_less(number, interval.lower_) && !detail::mpfr_less(interval.upper_, number);
  }
  friend double magnitude(const MpfrInterval& x) { return std::max(std::abs(x.lower()), std::abs(x.upper())); }
  /// The double nearest to the middle; the number itself where it is a double.
  friend double midpoint(const MpfrInterval& x) {
    if (is_point(x)) return detail::mpfr_double(x.lower_, MPFR_RNDN);
    return midpoint(Interval{x.lower(), x.upper()});
  }
  friend MpfrInterval hull(const MpfrInterval& a, const MpfrInterval& b) {
    return {detail::mpfr_smaller(a.lower_, b.lower_), detail::mpfr_larger(a.upper_, b.upper_)};
  }
  friend MpfrInterval max(const MpfrInterval& a, const MpfrInterval& b) {
    return {detail::mpfr_larger(a.lower_, b.lower_), detail::mpfr_larger(a.upper_, b.upper_)};
  }
  friend MpfrInterval min(const MpfrInterval& a, const MpfrInterval& b) {
    return {detail::mpfr_smaller(a.lower_, b.lower_), detail::mpfr_smaller(a.upper_, b.upper_)};
  }
  friend MpfrInterval abs(const MpfrInterval& x) {
    if (certainly_nonnegative(x)) return x;
    if (certainly_nonpositive(x)) return -x;
    return {Number{}, detail::mpfr_larger((-x).upper_, x.upper_)};
  }
  friend MpfrInterval square(const MpfrInterval& x) { return increasing(mpfr_sqr, abs(x)); }
  friend MpfrInterval sqrt(const MpfrInterval& x) {
    return certainly_nonnegative(x) ? increasing(mpfr_sqrt, x) : whole_line();
  }
  friend MpfrInterval exp(const MpfrInterval& x) { return increasing(mpfr_exp, x); }
  friend MpfrInterval expm1(const MpfrInterval& x) { return increasing(mpfr_expm1, x); }
  friend MpfrInterval log(const MpfrInterval& x) {
    return certainly_nonnegative(x) ? increasing(mpfr_log, x) : whole_line();
  }
  friend MpfrInterval log1p(const MpfrInterval& x) {
    return certainly_less_equal(-1, x) ? increasing(mpfr_log1p, x) : whole_line();
  }
  friend MpfrInterval tanh(const MpfrInterval& x) { return increasing(mpfr_tanh, x); }
  friend MpfrInterval sinh(const MpfrInterval& x) { return increasing(mpfr_sinh, x); }
  friend MpfrInterval cosh(const MpfrInterval& x) { return increasing(mpfr_cosh, abs(x)); }
  friend MpfrInterval sin(const MpfrInterval& x) { return wave(mpfr_sin, x, 0); }
  friend MpfrInterval cos(const MpfrInterval& x) { return wave(mpfr_cos, x, 1); }
  /// x^p as for Interval.
  friend MpfrInterval pow(const MpfrInterval& x, const MpfrInterval& p) {
    const double exponent = midpoint(p);
    const bool defined = certainly_positive(x) || (certainly_nonnegative(x) && certainly_positive(p));
    if (!is_point(p) || !(p == MpfrInterval(exponent))) return defined ? exp(p * log(x)) : whole_line();
    if (exponent == 0) return 1;
    if (exponent < 0) {
      const bool nonzero = certainly_positive(x) || certainly_negative(x);
      return nonzero ? MpfrInterval(1) / pow(x, MpfrInterval(-exponent)) : whole_line();
    }
    const bool integral = exponent == std::floor(exponent);
    if (!integral && !certainly_nonnegative(x)) return whole_line();
    const MpfrInterval base = integral && std::fmod(exponent, 2) == 0 ? abs(x) : x;
    const Number power = detail::mpfr_number(exponent);
    return {detail::mpfr_apply(mpfr_pow, MPFR_RNDD, base.lower_, power),
            detail::mpfr_apply(mpfr_pow, MPFR_RNDU, base.upper_, power)};
  }

 private:
  /// NaN gives the whole line.
  MpfrInterval(const Number& lower, const Number& upper) : lower_{lower}, upper_{upper} {
    if (detail::mpfr_is_nan(lower) || detail::mpfr_is_nan(upper)) *this = whole_line();
  }
  [[nodiscard]] static int sign(const Number& x) {
    if (x.kind == MPFR_ZERO_KIND || x.kind == -MPFR_ZERO_KIND) return 0;
    return x.kind > 0 ? 1 : -1;
  }
  static MpfrInterval increasing(detail::MpfrUnary function, const MpfrInterval& x) {
    return {detail::mpfr_apply(function, MPFR_RNDD, x.lower_), detail::mpfr_apply(function, MPFR_RNDU, x.upper_)};
  }
  /// The hull of a function of two ends each, monotone in both.
  static MpfrInterval over_ends(detail::MpfrBinary function, const MpfrInterval& a, const MpfrInterval& b) {
    MpfrInterval result;
    bool first = true;
    for (const Number& x : {a.lower_, a.upper_}) {
      for (const Number& y : {b.lower_, b.upper_}) {
        const Number low = detail::mpfr_apply(function, MPFR_RNDD, x, y);
        const Number high = detail::mpfr_apply(function, MPFR_RNDU, x, y);
        if (detail::mpfr_is_nan(low) || detail::mpfr_is_nan(high)) return whole_line();
        result = first ? MpfrInterval(low, high) : hull(result, MpfrInterval(low, high));
        first = false;
      }
    }
    return result;
  }
  /// sin or cos, by their turning points at odd multiples of pi/2, shifted by `quarters` of a turn.
  static MpfrInterval wave(detail::MpfrUnary function, const MpfrInterval& x, double quarters) {
    Pi pi;
    const MpfrInterval turns = MpfrInterval(2) * x / MpfrInterval(pi.lower, pi.upper) + MpfrInterval(quarters);
    if (!(magnitude(turns) < 0x1p50)) return {-1, 1};
    const double first = std::ceil(turns.lower()), last = std::floor(turns.upper());
    if (last - first >= 4) return {-1, 1};
    MpfrInterval result = hull(increasing(function, {x.lower_, x.lower_}), increasing(function, {x.upper_, x.upper_}));
    for (double k = first; k <= last; ++k) {
      const double phase = k - 4 * std::floor(k / 4);
      if (phase == 1) result = hull(result, 1);
      if (phase == 3) result = hull(result, -1);
    }
    return result;
  }
  struct Pi {
    Pi() {
      detail::MpfrView x;
      mpfr_const_pi(x, MPFR_RNDD);
      lower = x.number();
      mpfr_const_pi(x, MPFR_RNDU);
      upper = x.number();
    }
    Number lower, upper;
  };

  Number lower_{};
  Number upper_{};
};

/// Prints [lower, upper] by the doubles around it.
inline std::ostream& operator<<(std::ostream& out, const MpfrInterval& x) {
  return out << Interval{x.lower(), x.upper()};
}

static_assert(std::is_trivially_destructible_v<MpfrInterval> && std::is_trivially_copyable_v<MpfrInterval>);

}  // namespace proxcvx
