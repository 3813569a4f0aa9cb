// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <concepts>
#include <iosfwd>
#include <limits>
#include <proxcvx/core/eigen.hpp>
#include <type_traits>

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#elif defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#endif

#include <boost/multiprecision/cpp_bin_float.hpp>

#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

// A float of 50 decimal digits that compiles quickly, and the one header that includes Boost.Multiprecision. Boost's
// own number offers every operator as an overloaded template, among which a compiler chooses anew at each use; here
// each operator is one function, and a function that nobody calls costs nothing.

namespace proxcvx {

/// boost::multiprecision::cpp_bin_float_50: 168 bits, correctly rounded sums, products, quotients and roots. Every
/// built-in number converts to it exactly; back is explicit.
class FiftyDigits {
 public:
  using Number = boost::multiprecision::cpp_bin_float_50;

  FiftyDigits() = default;
  template <class T>
  requires std::is_arithmetic_v<T> FiftyDigits(T x) : x_(x) {}
  explicit FiftyDigits(const Number& x) : x_(x) {}
  /// From decimal digits. Throws std::runtime_error when they are none.
  explicit FiftyDigits(const char* digits) : x_(digits) {}

  template <class T>
  requires std::is_arithmetic_v<T>
  explicit operator T() const { return static_cast<T>(x_); }
  [[nodiscard]] const Number& number() const { return x_; }

  FiftyDigits& operator+=(const FiftyDigits& b) {
    x_ += b.x_;
    return *this;
  }
  FiftyDigits& operator-=(const FiftyDigits& b) {
    x_ -= b.x_;
    return *this;
  }
  FiftyDigits& operator*=(const FiftyDigits& b) {
    x_ *= b.x_;
    return *this;
  }
  FiftyDigits& operator/=(const FiftyDigits& b) {
    x_ /= b.x_;
    return *this;
  }
  friend FiftyDigits operator+(FiftyDigits a, const FiftyDigits& b) { return a += b; }
  friend FiftyDigits operator-(FiftyDigits a, const FiftyDigits& b) { return a -= b; }
  friend FiftyDigits operator*(FiftyDigits a, const FiftyDigits& b) { return a *= b; }
  friend FiftyDigits operator/(FiftyDigits a, const FiftyDigits& b) { return a /= b; }
  friend FiftyDigits operator+(const FiftyDigits& a) { return a; }
  friend FiftyDigits operator-(FiftyDigits a) {
    a.x_.backend().negate();
    return a;
  }

  friend bool operator==(const FiftyDigits& a, const FiftyDigits& b) { return a.x_ == b.x_; }
  friend std::partial_ordering operator<=>(const FiftyDigits& a, const FiftyDigits& b) {
    if (a.x_ < b.x_) return std::partial_ordering::less;
    if (a.x_ > b.x_) return std::partial_ordering::greater;
    return a.x_ == b.x_ ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
  }

 private:
  Number x_;
};

namespace detail {

/// FiftyDigits as a template parameter: its functions are compiled where they are called.
template <class T>
concept IsFiftyDigits = std::same_as<T, FiftyDigits>;

}  // namespace detail

template <detail::IsFiftyDigits T> [[nodiscard]] T abs(const T& x) { return T(abs(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T sqrt(const T& x) { return T(sqrt(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T cbrt(const T& x) { return T(cbrt(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T exp(const T& x) { return T(exp(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T expm1(const T& x) { return T(expm1(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T log(const T& x) { return T(log(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T log1p(const T& x) { return T(log1p(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T tanh(const T& x) { return T(tanh(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T sin(const T& x) { return T(sin(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T cos(const T& x) { return T(cos(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T atan(const T& x) { return T(atan(x.number())); }
template <detail::IsFiftyDigits T> [[nodiscard]] T pow(const T& x, const T& y) {
  return T(pow(x.number(), y.number()));
}
template <detail::IsFiftyDigits T> [[nodiscard]] T ldexp(const T& x, int exponent) {
  return T(ldexp(x.number(), exponent));
}
template <detail::IsFiftyDigits T> [[nodiscard]] T frexp(const T& x, int* exponent) {
  return T(frexp(x.number(), exponent));
}
template <detail::IsFiftyDigits T> [[nodiscard]] bool isfinite(const T& x) { return isfinite(x.number()); }
template <detail::IsFiftyDigits T> [[nodiscard]] bool isnan(const T& x) { return isnan(x.number()); }
template <detail::IsFiftyDigits T> [[nodiscard]] bool isinf(const T& x) { return isinf(x.number()); }
template <detail::IsFiftyDigits T> std::ostream& operator<<(std::ostream& out, const T& x) { return out << x.number(); }

}  // namespace proxcvx

template <> class std::numeric_limits<proxcvx::FiftyDigits> : public std::numeric_limits<proxcvx::FiftyDigits::Number> {
  using Number = std::numeric_limits<proxcvx::FiftyDigits::Number>;

 public:
  static proxcvx::FiftyDigits min() { return proxcvx::FiftyDigits((Number::min)()); }
  static proxcvx::FiftyDigits max() { return proxcvx::FiftyDigits((Number::max)()); }
  static proxcvx::FiftyDigits lowest() { return proxcvx::FiftyDigits(Number::lowest()); }
  static proxcvx::FiftyDigits epsilon() { return proxcvx::FiftyDigits(Number::epsilon()); }
  static proxcvx::FiftyDigits round_error() { return proxcvx::FiftyDigits(Number::round_error()); }
  static proxcvx::FiftyDigits infinity() { return proxcvx::FiftyDigits(Number::infinity()); }
  static proxcvx::FiftyDigits quiet_NaN() { return proxcvx::FiftyDigits(Number::quiet_NaN()); }
  static proxcvx::FiftyDigits denorm_min() { return proxcvx::FiftyDigits(Number::denorm_min()); }
};

template <> struct Eigen::NumTraits<proxcvx::FiftyDigits> : Eigen::GenericNumTraits<proxcvx::FiftyDigits> {
  enum {
    IsComplex = 0,
    IsInteger = 0,
    IsSigned = 1,
    RequireInitialization = 1,
    ReadCost = 1,
    AddCost = 4,
    MulCost = 8
  };
  using Literal = double;
  static int digits10() { return 50; }
  static proxcvx::FiftyDigits dummy_precision() { return proxcvx::FiftyDigits(1e-46); }
};
