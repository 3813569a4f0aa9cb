// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <proxcvx/core/rounding.hpp>
#include <type_traits>

// A number that carries a bound on its own rounding error: running error analysis (Higham 2002, section 3.3).
//     a + b: e_a + e_b + u|a + b|        ab: |a|e_b + |b|e_a + e_a e_b + u|ab| + underflow        s(a): sup|s'| e_a + k
//     u|s(a)|
// A formula that is written for any scalar thereby yields its value and a rigorous bound in one pass.

namespace proxcvx {

namespace detail {

/// Comparisons of tracked numbers that their errors leave open, on this thread, since it started.
inline std::uint64_t& open_comparisons() {
  thread_local std::uint64_t count = 0;
  return count;
}

/// Elementary functions: within so many u of the exact result (libm: 1 or 2; Boost.Multiprecision: a few dozen).
template <class Base> inline constexpr int function_ulps = std::floating_point<Base> ? 4 : 256;

}  // namespace detail

/// value() with |value() - exact| <= error(). Comparisons look at the values; one that the errors leave open is counted
/// (detail::open_comparisons), so that the caller can give up the bound where a branch may have been the wrong one.
template <class Base> class Tracked {
 public:
  Tracked() = default;
  Tracked(const Base& exact) : value_{exact} {}  // NOLINT(google-explicit-constructor): a number
  /// Another kind of number: what its conversion to Base loses is its first error.
  template <class Number>
  requires(std::is_arithmetic_v<Number> && !std::same_as<Number, Base>)
      Tracked(Number exact)  // NOLINT(google-explicit-constructor): a number
      : value_{static_cast<Base>(exact)} {
    if constexpr (std::floating_point<Base>) {
      const long double lost = static_cast<long double>(exact) - static_cast<long double>(value_);
      error_ = static_cast<Base>(lost < 0 ? -lost : lost);
      error_ = up(error_);
    }
  }
  Tracked(const Base& value, const Base& error) : value_{value}, error_{error} {}

  [[nodiscard]] const Base& value() const { return value_; }
  [[nodiscard]] const Base& error() const { return error_; }

  friend Tracked operator-(const Tracked& a) { return {Base(-a.value_), a.error_}; }
  friend Tracked operator+(const Tracked& a, const Tracked& b) {
    return rounded(Base(a.value_ + b.value_), Base(a.error_ + b.error_));
  }
  friend Tracked operator-(const Tracked& a, const Tracked& b) {
    return rounded(Base(a.value_ - b.value_), Base(a.error_ + b.error_));
  }
  friend Tracked operator*(const Tracked& a, const Tracked& b) {
    Base carried(0);
    if (a.has_error()) carried += times(size(b.value_), a.error_);
    if (b.has_error()) carried += times(size(a.value_), b.error_) + times(a.error_, b.error_);
    return rounded(Base(a.value_ * b.value_), carried + Base(4) * tiny());
  }
  friend Tracked operator/(const Tracked& a, const Tracked& b) {
    const Base quotient = a.value_ / b.value_;
    const Base least = size(b.value_) - b.error_;
    Base carried = a.error_;
    if (b.has_error()) carried += times(size(quotient), b.error_) + tiny();
    if (!(carried == Base(0))) carried = least > Base(0) ? Base(carried / least) : infinity();
    return rounded(quotient, carried + Base(4) * tiny());
  }
  Tracked& operator+=(const Tracked& b) { return *this = *this + b; }
  Tracked& operator-=(const Tracked& b) { return *this = *this - b; }
  Tracked& operator*=(const Tracked& b) { return *this = *this * b; }
  Tracked& operator/=(const Tracked& b) { return *this = *this / b; }

  friend bool operator<(const Tracked& a, const Tracked& b) { return note(a, b), a.value_ < b.value_; }
  friend bool operator>(const Tracked& a, const Tracked& b) { return note(a, b), a.value_ > b.value_; }
  friend bool operator<=(const Tracked& a, const Tracked& b) { return note(a, b), a.value_ <= b.value_; }
  friend bool operator>=(const Tracked& a, const Tracked& b) { return note(a, b), a.value_ >= b.value_; }
  friend bool operator==(const Tracked& a, const Tracked& b) { return note(a, b), a.value_ == b.value_; }
  friend bool operator!=(const Tracked& a, const Tracked& b) { return note(a, b), a.value_ != b.value_; }

  friend Tracked abs(const Tracked& a) { return {size(a.value_), a.error_}; }
  friend bool isfinite(const Tracked& a) { return is_finite(a.value_); }

  friend Tracked sqrt(const Tracked& a) {
    using std::sqrt;
    const Base root = sqrt(a.value_);
    if (!a.has_error()) return function(root, Base(0));
    const Base low = a.value_ > a.error_ ? Base(sqrt(Base(a.value_ - a.error_))) : Base(0);
    return function(root, root > Base(0) ? Base(a.error_ / (root + low) + tiny()) : Base(sqrt(a.error_)));
  }
  friend Tracked cbrt(const Tracked& a) {
    using std::cbrt;
    using std::expm1;
    const Base root = cbrt(a.value_);
    if (!a.has_error()) return function(root, Base(0));
    // |x^(1/3) - X^(1/3)| <= 2 |x - X|^(1/3) at worst
    if (!(a.error_ < size(a.value_))) return function(root, Base(2) * Base(cbrt(a.error_)));
    return function(root, times(size(root), Base(expm1(Base(relative_spread(a) / Base(3))))));
  }
  friend Tracked exp(const Tracked& a) {
    using std::exp;
    using std::expm1;
    const Base value = exp(a.value_);
    return function(value, a.has_error() ? times(Base(value + tiny()), Base(expm1(a.error_))) : Base(0));
  }
  friend Tracked expm1(const Tracked& a) {
    using std::expm1;
    const Base value = expm1(a.value_);
    if (!a.has_error()) return function(value, Base(0));
    const Base slope = value + Base(1) + Base(16) * u();  // exp(a), not below 0 by its own rounding
    return function(value, times(slope, Base(expm1(a.error_))));
  }
  friend Tracked log(const Tracked& a) {
    using std::log;
    return function(Base(log(a.value_)), relative_spread(a));
  }
  friend Tracked log1p(const Tracked& a) {
    using std::log1p;
    return function(Base(log1p(a.value_)),
                    a.has_error() ? relative_spread(Tracked(Base(1) + a.value_, up(a.error_))) : Base(0));
  }
  friend Tracked sin(const Tracked& a) {
    using std::sin;
    return function(Base(sin(a.value_)), a.error_ + reduction(a));
  }
  friend Tracked cos(const Tracked& a) {
    using std::cos;
    return function(Base(cos(a.value_)), a.error_ + reduction(a));
  }
  friend Tracked tanh(const Tracked& a) {
    using std::tanh;
    return function(Base(tanh(a.value_)), a.error_);
  }
  friend Tracked atan(const Tracked& a) {
    using std::atan;
    return function(Base(atan(a.value_)), a.error_);
  }
  /// a^p, a >= 0: exp(p log a), in relative terms |p| times the spread of log a plus |log a| times the error of p.
  friend Tracked pow(const Tracked& a, const Tracked& p) {
    using std::expm1;
    using std::log;
    using std::pow;
    const Base value = pow(a.value_, p.value_);
    if (!(a.value_ > Base(0)) || !(a.error_ < a.value_)) {
      if (!(p.value_ - p.error_ > Base(0)))
        return function(value, p.value_ == Base(0) && !p.has_error() ? Base(0) : infinity());
      if (!a.has_error()) return function(value, Base(0));
      return function(value, p.has_error() ? infinity() : Base(pow(up(a.value_ + a.error_), p.value_)));
    }
    const Base size_of_log = size(Base(log(a.value_))) + relative_spread(a);
    Base spread = relative_spread(a) > Base(0) ? times(size(p.value_), relative_spread(a)) : Base(0);
    if (p.has_error()) spread += times(p.error_, size_of_log);
    if constexpr (!std::floating_point<Base>) spread += Base(16) * u() * size(p.value_) * size_of_log;
    return function(value, spread > Base(0) ? times(value + tiny(), Base(expm1(up(spread)))) : Base(0));
  }

 private:
  static Base u() { return unit_roundoff<Base>(); }
  static Base tiny() { return std::numeric_limits<Base>::denorm_min(); }
  static Base infinity() { return std::numeric_limits<Base>::infinity(); }
  /// A bound that came out as NaN is no bound.
  static Base known(const Base& error) { return error == error ? error : infinity(); }
  [[nodiscard]] bool has_error() const { return !(error_ == Base(0)); }
  static Base size(const Base& x) { return x < Base(0) ? Base(-x) : x; }
  /// Pays for the roundings in a bound's own computation.
  static Base up(const Base& x) { return x * (Base(1) + Base(32) * u()); }
  /// A product in a bound: 0 infinity is infinity, and underflow is paid for.
  static Base times(const Base& x, const Base& y) {
    const Base product = x * y;
    return product == product ? Base(product + tiny()) : infinity();
  }
  static Tracked rounded(const Base& value, const Base& carried) {
    return {value, known(up(Base(carried + u() * size(value))))};
  }
  static Tracked function(const Base& value, const Base& carried) {
    const Base own = Base(detail::function_ulps<Base>) * u() * size(value);
    return {value, known(Base(up(Base(carried + own)) + Base(4) * tiny()))};
  }
  /// sup |log(X/x)| over |X - x| <= error, x > 0: -log1p(-error/x); infinity once that reaches 0.
  static Base relative_spread(const Tracked& a) {
    using std::log1p;
    if (!a.has_error()) return Base(0);
    const Base ratio = up(Base(a.error_ / size(a.value_)));
    return ratio < Base(1) ? up(Base(-log1p(Base(-ratio)))) + tiny() : infinity();
  }
  /// libm reduces arguments of sin and cos exactly; wide types do so only relative to the argument.
  static Base reduction(const Tracked& a) {
    if constexpr (std::floating_point<Base>) {
      return Base(0);
    } else {
      return Base(64) * u() * size(a.value_);
    }
  }
  static void note(const Tracked& a, const Tracked& b) {
    const Base errors = a.error_ + b.error_;
    if (!(errors == Base(0)) && !(size(Base(a.value_ - b.value_)) > up(errors))) ++detail::open_comparisons();
  }

  Base value_ = Base(0);
  Base error_ = Base(0);
};

namespace detail {

/// Runs `evaluate` and tells whether each comparison inside was beyond doubt.
template <class Evaluate> [[nodiscard]] bool branches_are_certain(Evaluate&& evaluate) {
  const std::uint64_t before = open_comparisons();
  evaluate();
  return open_comparisons() == before;
}

}  // namespace detail

}  // namespace proxcvx

namespace Eigen {

template <class Base> struct NumTraits<proxcvx::Tracked<Base>> : NumTraits<Base> {
  using Real = proxcvx::Tracked<Base>;
  using NonInteger = proxcvx::Tracked<Base>;
  using Nested = proxcvx::Tracked<Base>;
  using Literal = proxcvx::Tracked<Base>;
  enum { RequireInitialization = 1, ReadCost = 2, AddCost = 6, MulCost = 12 };
};

/// Numbers mix with tracked ones in Eigen's expressions, as they do outside.
template <class Base, class Number, class Op>
requires std::is_arithmetic_v<Number>
struct ScalarBinaryOpTraits<proxcvx::Tracked<Base>, Number, Op> {
  using ReturnType = proxcvx::Tracked<Base>;
};
template <class Base, class Number, class Op>
requires std::is_arithmetic_v<Number>
struct ScalarBinaryOpTraits<Number, proxcvx::Tracked<Base>, Op> {
  using ReturnType = proxcvx::Tracked<Base>;
};

}  // namespace Eigen
