// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <proxcvx/core/types.hpp>
#include <type_traits>

// Dual numbers x + sum_k d_k e_k with e_j e_k = 0: forward-mode differentiation, `Width` directions at once
// (Griewank & Walther 2008, chapter 3). Nested once, Dual<Dual<S, 1>, Width>, they give second derivatives.

namespace proxcvx {

/// A value with its derivatives along `Width` directions. Comparisons look at the value; abs has slope 1 at 0.
template <class Base_, int Width> class Dual {
 public:
  using Base = Base_;
  using Tangents = std::array<Base, static_cast<std::size_t>(Width)>;

  Dual() { tangents_.fill(Base(0)); }
  Dual(const Base& constant) : value_{constant} { tangents_.fill(Base(0)); }  // NOLINT(google-explicit-constructor)
  /// Another kind of number, as a constant.
  template <class Number>
  requires(!std::same_as<Number, Base> && (std::is_arithmetic_v<Number> || std::convertible_to<const Number&, Base>))
      Dual(const Number& constant)  // NOLINT(google-explicit-constructor): a number
      : Dual(static_cast<Base>(constant)) {}

  /// The value alone: for a constant, such as a slope or a label, that passes through a formula's scalar.
  explicit operator double() const requires requires(const Base& x) { static_cast<double>(x); }
  { return static_cast<double>(value_); }
  [[nodiscard]] const Base& value() const { return value_; }
  [[nodiscard]] const Base& tangent(int k) const { return tangents_[static_cast<std::size_t>(k)]; }
  /// Makes this the variable that moves along direction k at the given speed.
  void seed(int k, const Base& speed) { tangents_[static_cast<std::size_t>(k)] = speed; }

  friend Dual operator-(const Dual& a) { return a.chain(Base(-a.value_), Base(-1)); }
  friend Dual operator+(const Dual& a, const Dual& b) {
    return combine(Base(a.value_ + b.value_), a, b, [](const Base& x, const Base& y) { return Base(x + y); });
  }
  friend Dual operator-(const Dual& a, const Dual& b) {
    return combine(Base(a.value_ - b.value_), a, b, [](const Base& x, const Base& y) { return Base(x - y); });
  }
  friend Dual operator*(const Dual& a, const Dual& b) {
    return combine(Base(a.value_ * b.value_), a, b,
                   [&](const Base& x, const Base& y) { return Base(x * b.value_ + a.value_ * y); });
  }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const Base quotient = a.value_ / b.value_;
    return combine(quotient, a, b, [&](const Base& x, const Base& y) { return Base((x - quotient * y) / b.value_); });
  }
  Dual& operator+=(const Dual& b) { return *this = *this + b; }
  Dual& operator-=(const Dual& b) { return *this = *this - b; }
  Dual& operator*=(const Dual& b) { return *this = *this * b; }
  Dual& operator/=(const Dual& b) { return *this = *this / b; }

  friend bool operator<(const Dual& a, const Dual& b) { return a.value_ < b.value_; }
  friend bool operator>(const Dual& a, const Dual& b) { return a.value_ > b.value_; }
  friend bool operator<=(const Dual& a, const Dual& b) { return a.value_ <= b.value_; }
  friend bool operator>=(const Dual& a, const Dual& b) { return a.value_ >= b.value_; }
  friend bool operator==(const Dual& a, const Dual& b) { return a.value_ == b.value_; }
  friend bool operator!=(const Dual& a, const Dual& b) { return a.value_ != b.value_; }

  friend Dual abs(const Dual& a) { return a.value_ < Base(0) ? -a : a; }
  friend bool isfinite(const Dual& a) {
    using std::isfinite;
    return isfinite(a.value_);
  }
  /// x 2^exponent.
  friend Dual ldexp(const Dual& a, int exponent) {
    using std::ldexp;
    return a.chain(Base(ldexp(a.value_, exponent)), Base(ldexp(Base(1), exponent)));
  }
  /// x 2^-e in [1/2, 1) in size, and e.
  friend Dual frexp(const Dual& a, int* exponent) {
    using std::frexp;
    (void)frexp(a.value_, exponent);
    return ldexp(a, -*exponent);
  }
  friend Dual sqrt(const Dual& a) {
    using std::sqrt;
    const Base root = sqrt(a.value_);
    return a.chain(root, Base(Base(0.5) / root));
  }
  friend Dual cbrt(const Dual& a) {
    using std::cbrt;
    const Base root = cbrt(a.value_);
    return a.chain(root, Base(Base(1) / (Base(3) * root * root)));
  }
  friend Dual exp(const Dual& a) {
    using std::exp;
    const Base value = exp(a.value_);
    return a.chain(value, value);
  }
  friend Dual expm1(const Dual& a) {
    using std::exp;
    using std::expm1;
    return a.chain(Base(expm1(a.value_)), Base(exp(a.value_)));
  }
  friend Dual log(const Dual& a) {
    using std::log;
    return a.chain(Base(log(a.value_)), Base(Base(1) / a.value_));
  }
  friend Dual log1p(const Dual& a) {
    using std::log1p;
    return a.chain(Base(log1p(a.value_)), Base(Base(1) / (Base(1) + a.value_)));
  }
  friend Dual sin(const Dual& a) {
    using std::cos;
    using std::sin;
    return a.chain(Base(sin(a.value_)), Base(cos(a.value_)));
  }
  friend Dual cos(const Dual& a) {
    using std::cos;
    using std::sin;
    return a.chain(Base(cos(a.value_)), Base(-Base(sin(a.value_))));
  }
  friend Dual tan(const Dual& a) { return sin(a) / cos(a); }
  friend Dual atan(const Dual& a) {
    using std::atan;
    return a.chain(Base(atan(a.value_)), Base(Base(1) / (Base(1) + a.value_ * a.value_)));
  }
  friend Dual tanh(const Dual& a) {  // slope 4e/(1 + e)^2, e = exp(-2|x|): accurate in both tails
    using std::abs;
    using std::exp;
    using std::tanh;
    const Base e = exp(Base(Base(-2) * Base(abs(a.value_))));
    return a.chain(Base(tanh(a.value_)), Base(Base(4) * e / ((Base(1) + e) * (Base(1) + e))));
  }
  friend Dual sinh(const Dual& a) {
    using std::expm1;
    const Base e = expm1(a.value_);
    return a.chain(Base(Base(0.5) * (e + e / (e + Base(1)))),
                   Base(Base(0.5) * (e + Base(1) + Base(1) / (e + Base(1)))));
  }
  friend Dual cosh(const Dual& a) {
    using std::expm1;
    const Base e = expm1(a.value_);
    return a.chain(Base(Base(0.5) * (e + Base(1) + Base(1) / (e + Base(1)))),
                   Base(Base(0.5) * (e + e / (e + Base(1)))));
  }
  // What a scalar that encloses offers in place of formulas that compare (core/slope_functions.hpp).
  friend Dual enclosed_sigmoid(const Dual& a) requires requires(const Base& x) { enclosed_sigmoid_slope(x); }
  { return a.chain(enclosed_sigmoid(a.value_), enclosed_sigmoid_slope(a.value_)); }
  friend Dual enclosed_sigmoid_slope(const Dual& a) requires requires(const Base& x) { enclosed_sigmoid_slope(x); }
  {
    const Base slope = enclosed_sigmoid_slope(a.value_);
    return a.chain(slope, Base(-(slope * Base(tanh(Base(a.value_ / Base(2)))))));
  }
  friend Dual enclosed_softplus(const Dual& a) requires requires(const Base& x) { enclosed_softplus(x); }
  { return a.chain(enclosed_softplus(a.value_), enclosed_sigmoid(a.value_)); }
  /// x^p for a constant p and x >= 0 (x of either sign: write the product).
  template <class Exponent>
  requires(std::is_arithmetic_v<Exponent> || std::same_as<Exponent, Base>) friend Dual
      pow(const Dual& a, const Exponent& p) {
    using std::pow;
    const Base exponent(p);
    return a.chain(Base(pow(a.value_, exponent)), Base(exponent * Base(pow(a.value_, Base(exponent - Base(1))))));
  }
  /// x^y, x > 0.
  friend Dual pow(const Dual& a, const Dual& b) { return exp(b * log(a)); }

 private:
  [[nodiscard]] Dual chain(const Base& value, const Base& slope) const {
    Dual result(value);
    for (std::size_t k = 0; k < tangents_.size(); ++k) result.tangents_[k] = slope * tangents_[k];
    return result;
  }
  template <class Rule> static Dual combine(const Base& value, const Dual& a, const Dual& b, const Rule& rule) {
    Dual result(value);
    for (std::size_t k = 0; k < a.tangents_.size(); ++k) {
      result.tangents_[k] = rule(a.tangents_[k], b.tangents_[k]);
    }
    return result;
  }

  Base value_ = Base(0);
  Tangents tangents_;
};

}  // namespace proxcvx

/// Those of its value.
template <class Base, int Width> struct std::numeric_limits<proxcvx::Dual<Base, Width>> : std::numeric_limits<Base> {};

namespace Eigen {

template <class Base, int Width> struct NumTraits<proxcvx::Dual<Base, Width>> : NumTraits<Base> {
  using Real = proxcvx::Dual<Base, Width>;
  using NonInteger = proxcvx::Dual<Base, Width>;
  using Nested = proxcvx::Dual<Base, Width>;
  using Literal = proxcvx::Dual<Base, Width>;
  enum { RequireInitialization = 1, ReadCost = Width, AddCost = 2 * Width, MulCost = 3 * Width };
};

/// Numbers mix with dual ones in Eigen's expressions, as they do outside.
template <class Base, int Width, class Number, class Op>
requires std::is_arithmetic_v<Number>
struct ScalarBinaryOpTraits<proxcvx::Dual<Base, Width>, Number, Op> {
  using ReturnType = proxcvx::Dual<Base, Width>;
};
template <class Base, int Width, class Number, class Op>
requires std::is_arithmetic_v<Number>
struct ScalarBinaryOpTraits<Number, proxcvx::Dual<Base, Width>, Op> {
  using ReturnType = proxcvx::Dual<Base, Width>;
};

}  // namespace Eigen
