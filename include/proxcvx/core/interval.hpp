// SPDX-License-Identifier: MIT
#pragma once

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0)
#error "proxcvx: an Interval needs IEEE arithmetic; compile without -ffast-math and without its parts"
#endif

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <concepts>
#include <iomanip>
#include <limits>
#include <optional>
#include <ostream>
#include <proxcvx/core/eigen.hpp>
#include <proxcvx/core/interval_pair.hpp>
#include <proxcvx/core/require.hpp>
#include <sstream>
#include <type_traits>
#include <utility>

// Interval arithmetic that contains the exact result, on round-to-nearest alone (theory 3.6; Moore, Kearfott & Cloud
// 2009, chapter 2). Each end is computed as usual and then moved outward,
//     x -+ (2^{-52}|x| + DBL_MIN),
// by an ulp at the least, where rounding cost half of one, contracted to an fma or not; DBL_MIN is for underflow. No
// rounding mode is switched, and none may be: the processor must round to nearest and read subnormal numbers as what
// they are (a shared library that was linked with -ffast-math can end that for all of a process). After overflow a
// lower end of +inf becomes DBL_MAX and an upper end of -inf becomes -DBL_MAX; NaN becomes the whole line. Ends never
// cross a sign that is certain: a sum of non-negative numbers, and a product that came out positive, which rounding to
// nearest makes of positive ones alone, stay non-negative.

namespace proxcvx {

static_assert(std::numeric_limits<double>::is_iec559, "proxcvx: an Interval needs IEEE double");

namespace detail {

inline constexpr double infinite = std::numeric_limits<double>::infinity();

/// Upper bounds of all numbers that round to x, and no larger than `sure`; inf where x is NaN.
[[nodiscard]] inline Pair upward(Pair x, Pair sure) {
  const Pair kept = if_less(x, both(-DBL_MAX), both(-DBL_MAX), sure);
  return smaller(x + (both(0x1p-52) * magnitude(x) + both(DBL_MIN)), kept);
}

/// 0 where x < 0, else inf.
[[nodiscard]] inline Pair sign_of(Pair x) { return if_less(x, both(0), both(0), both(infinite)); }

}  // namespace detail

/// A closed interval [lower, upper] of real numbers, never empty; an infinite end means unbounded (lower < inf and
/// upper > -inf). Every operation contains {x op y : x in X, y in Y}, and is the whole line where x op y may be
/// undefined. An interval is a set: X - X is not 0, and of two intervals neither need be the lesser, so that < does not
/// compile. `==` compares the sets.
class Interval {
 public:
  Interval() = default;  ///< [0, 0]
  /// The number itself; what double cannot hold of it (long double, long integers, infinities) is enclosed.
  template <class Number>
  requires std::is_arithmetic_v<Number> Interval(Number x)  // NOLINT(google-explicit-constructor): a number
      : Interval(of(static_cast<double>(x))) {
    if constexpr (std::numeric_limits<Number>::digits > DBL_MANT_DIG) {
      const auto rounded = static_cast<double>(x);
      bool exact = std::abs(rounded) < 0x1p53;  // 2^53 itself is what 2^53 + 1 rounds to
      if constexpr (std::floating_point<Number>) exact = static_cast<Number>(rounded) == x;
      if (!exact) *this = outward(rounded, rounded);
    }
  }
  /// [lower, upper]. Throws std::invalid_argument unless lower <= upper, lower < inf and upper > -inf.
  Interval(double lower, double upper) : ends_{-lower, upper} {
    if (!(lower <= upper && lower < detail::infinite && upper > -detail::infinite)) refuse(lower, upper);
  }

  /// (-inf, inf): all that is known of a result that may be anything.
  [[nodiscard]] static Interval whole_line() { return Interval{detail::both(detail::infinite)}; }
  /// The interval between ends that were computed by one rounding each. NaN gives an unbounded end.
  [[nodiscard]] static Interval outward(double lower, double upper) {
    return Interval{detail::upward(detail::Pair{-lower, upper}, detail::both(detail::infinite))};
  }

  [[nodiscard]] double lower() const { return 0 - ends_[0]; }
  [[nodiscard]] double upper() const { return ends_[1]; }

  friend Interval operator+(const Interval& a) { return a; }
  friend Interval operator-(const Interval& a) { return Interval{detail::swapped(a.ends_)}; }
  friend Interval operator+(const Interval& a, const Interval& b) { return sum(a.ends_, b.ends_); }
  friend Interval operator-(const Interval& a, const Interval& b) { return sum(a.ends_, detail::swapped(b.ends_)); }
  friend Interval operator*(const Interval& a, const Interval& b) {
    return hull_of_products(detail::both(a.ends_[0]) * detail::swapped(b.ends_), detail::both(a.ends_[1]) * b.ends_);
  }
  /// The whole line where b contains 0.
  friend Interval operator/(const Interval& a, const Interval& b) {
    if (b.lower() <= 0 && b.upper() >= 0) return whole_line();
    return hull_of_products(detail::both(a.ends_[0]) / -b.ends_, detail::both(a.ends_[1]) / -detail::swapped(b.ends_));
  }
  Interval& operator+=(const Interval& b) { return *this = *this + b; }
  Interval& operator-=(const Interval& b) { return *this = *this - b; }
  Interval& operator*=(const Interval& b) { return *this = *this * b; }
  Interval& operator/=(const Interval& b) { return *this = *this / b; }

  friend bool operator==(const Interval& a, const Interval& b) {
    return a.lower() == b.lower() && a.upper() == b.upper();
  }

  struct UseCertainlyLessOrPossiblyLess;  // what compilers name where they refuse a comparison
  friend UseCertainlyLessOrPossiblyLess operator<(const Interval&, const Interval&) = delete;
  friend UseCertainlyLessOrPossiblyLess operator>(const Interval&, const Interval&) = delete;
  friend UseCertainlyLessOrPossiblyLess operator<=(const Interval&, const Interval&) = delete;
  friend UseCertainlyLessOrPossiblyLess operator>=(const Interval&, const Interval&) = delete;

 private:
  /// -lower and upper: then both ends round, grow and multiply in the same way.
  explicit Interval(detail::Pair ends) : ends_{ends} {}

  static Interval of(double x) { return std::abs(x) <= DBL_MAX ? Interval{detail::Pair{-x, x}} : outward(x, x); }
  static Interval sum(detail::Pair a, detail::Pair b) {
    const detail::Pair zero = detail::both(0);
    return Interval{
        detail::upward(a + b, detail::if_less(zero, detail::larger(a, b), detail::both(detail::infinite), zero))};
  }
  /// From -lower(a) (upper(b), -lower(b)) and upper(a) (-lower(b), upper(b)): the four products, half of them negated.
  static Interval hull_of_products(detail::Pair p, detail::Pair q) {
    if (std::isunordered(p[0], q[0]) || std::isunordered(p[1], q[1])) return whole_line();
    const detail::Pair largest = detail::larger(detail::larger(p, q), -detail::swapped(detail::smaller(p, q)));
    return Interval{detail::upward(largest, detail::sign_of(largest))};
  }
  [[noreturn]] static void refuse(double lower, double upper) {
    std::ostringstream came;
    came << std::setprecision(17) << '[' << lower << ", " << upper << ']';
    detail::refuse("interval", "lower <= upper, lower < inf, upper > -inf", came.str());
  }

  detail::Pair ends_{-0.0, 0};
};

/// Upper bound of upper - lower; inf where an end is infinite.
[[nodiscard]] inline double width(const Interval& x) { return (x - x).upper(); }

/// A finite number of the interval, in the middle where both ends are finite; infinite ends count as -+DBL_MAX.
[[nodiscard]] inline double midpoint(const Interval& x) {
  const double lower = std::max(x.lower(), -DBL_MAX), upper = std::min(x.upper(), DBL_MAX);
  return std::clamp(0.5 * lower + 0.5 * upper, lower, upper);
}

/// max |x| over the interval.
[[nodiscard]] inline double magnitude(const Interval& x) { return std::max(std::abs(x.lower()), std::abs(x.upper())); }

/// min |x| over the interval.
[[nodiscard]] inline double mignitude(const Interval& x) { return std::max({x.lower(), -x.upper(), 0.0}); }

/// Whether both ends are finite.
[[nodiscard]] inline bool isfinite(const Interval& x) { return magnitude(x) <= DBL_MAX; }

/// Whether the interval is a single number.
[[nodiscard]] inline bool is_point(const Interval& x) { return x.lower() == x.upper(); }

/// Whether the number x lies in the interval; not so for NaN and infinities.
[[nodiscard]] inline bool contains(const Interval& interval, double x) {
  return std::abs(x) <= DBL_MAX && interval.lower() <= x && x <= interval.upper();
}

/// Whether a is a subset of b.
[[nodiscard]] inline bool subset(const Interval& a, const Interval& b) {
  return b.lower() <= a.lower() && a.upper() <= b.upper();
}

/// The smallest interval that contains both.
[[nodiscard]] inline Interval hull(const Interval& a, const Interval& b) {
  return {std::min(a.lower(), b.lower()), std::max(a.upper(), b.upper())};
}

/// What a and b have in common; nothing where they are disjoint: there is no empty interval.
[[nodiscard]] inline std::optional<Interval> intersect(const Interval& a, const Interval& b) {
  const double lower = std::max(a.lower(), b.lower()), upper = std::min(a.upper(), b.upper());
  return lower <= upper ? std::optional<Interval>{Interval{lower, upper}} : std::nullopt;
}

/// The two halves, which share the midpoint.
[[nodiscard]] inline std::pair<Interval, Interval> bisect(const Interval& x) {
  const double middle = midpoint(x);
  return {Interval{x.lower(), middle}, Interval{middle, x.upper()}};
}

// Comparisons of what the intervals contain: certainly_ means for all pairs of numbers, possibly_ for some pair.

[[nodiscard]] inline bool certainly_less(const Interval& a, const Interval& b) { return a.upper() < b.lower(); }
[[nodiscard]] inline bool certainly_less_equal(const Interval& a, const Interval& b) { return a.upper() <= b.lower(); }
[[nodiscard]] inline bool possibly_less(const Interval& a, const Interval& b) { return a.lower() < b.upper(); }
[[nodiscard]] inline bool possibly_less_equal(const Interval& a, const Interval& b) { return a.lower() <= b.upper(); }
[[nodiscard]] inline bool certainly_positive(const Interval& x) { return x.lower() > 0; }
[[nodiscard]] inline bool certainly_nonnegative(const Interval& x) { return x.lower() >= 0; }
[[nodiscard]] inline bool certainly_negative(const Interval& x) { return x.upper() < 0; }
[[nodiscard]] inline bool certainly_nonpositive(const Interval& x) { return x.upper() <= 0; }
[[nodiscard]] inline bool possibly_positive(const Interval& x) { return x.upper() > 0; }
[[nodiscard]] inline bool possibly_negative(const Interval& x) { return x.lower() < 0; }

/// Prints [lower, upper] with 17 significant digits, which read back as the same ends.
inline std::ostream& operator<<(std::ostream& out, const Interval& x) {
  std::ostringstream text;  // whole, so that a width, as Eigen sets it, is for all of it
  text << std::setprecision(17) << '[' << x.lower() << ", " << x.upper() << ']';
  return out << text.str();
}

}  // namespace proxcvx

/// double's, as intervals. Without them numeric_limits would answer [0, 0] to everything, also to what infinity is.
template <> class std::numeric_limits<proxcvx::Interval> : public std::numeric_limits<double> {
  using Number = std::numeric_limits<double>;
  using Interval = proxcvx::Interval;

 public:
  static constexpr bool is_iec559 = false;
  static Interval min() { return Number::min(); }
  static Interval max() { return Number::max(); }
  static Interval lowest() { return Number::lowest(); }
  static Interval epsilon() { return Number::epsilon(); }
  static Interval round_error() { return Number::round_error(); }
  static Interval infinity() { return Number::infinity(); }
  static Interval quiet_NaN() { return Interval::whole_line(); }
  static Interval signaling_NaN() { return Interval::whole_line(); }
  static Interval denorm_min() { return Number::denorm_min(); }
};

namespace Eigen {

template <> struct NumTraits<proxcvx::Interval> : NumTraits<double> {
  using Real = proxcvx::Interval;
  using NonInteger = proxcvx::Interval;
  using Nested = proxcvx::Interval;
  using Literal = proxcvx::Interval;
  enum { RequireInitialization = 1, ReadCost = 2, AddCost = 8, MulCost = 16 };
};

/// Numbers mix with intervals in Eigen's expressions, as they do outside.
template <class Number, class Op>
requires std::is_arithmetic_v<Number>
struct ScalarBinaryOpTraits<proxcvx::Interval, Number, Op> {
  using ReturnType = proxcvx::Interval;
};
template <class Number, class Op>
requires std::is_arithmetic_v<Number>
struct ScalarBinaryOpTraits<Number, proxcvx::Interval, Op> {
  using ReturnType = proxcvx::Interval;
};

namespace internal {

template <class Lhs, class Rhs>
concept IntervalsWithNumbers = (std::is_same_v<typename Lhs::Scalar, proxcvx::Interval> &&
                                std::is_arithmetic_v<typename Rhs::Scalar>) ||
                               (std::is_arithmetic_v<typename Lhs::Scalar> &&
                                std::is_same_v<typename Rhs::Scalar, proxcvx::Interval>);

/// Products of intervals with numbers go entry by entry: Eigen's kernels would turn intervals into numbers on the way.
template <class Lhs, class Rhs, class Product_>
struct IntervalsWithNumbersProduct : generic_product_impl_base<Lhs, Rhs, Product_> {
  template <class Out>  // NOLINTNEXTLINE(readability-identifier-naming): Eigen's name
  static void scaleAndAddTo(Out& out, const Lhs& lhs, const Rhs& rhs, const proxcvx::Interval& factor) {
    out += factor * lhs.lazyProduct(rhs);
  }
};
template <class Lhs, class Rhs>
requires IntervalsWithNumbers<Lhs, Rhs>
struct generic_product_impl<Lhs, Rhs, DenseShape, DenseShape, GemvProduct>
    : IntervalsWithNumbersProduct<Lhs, Rhs, generic_product_impl<Lhs, Rhs, DenseShape, DenseShape, GemvProduct>> {
};
template <class Lhs, class Rhs>
requires IntervalsWithNumbers<Lhs, Rhs>
struct generic_product_impl<Lhs, Rhs, DenseShape, DenseShape, GemmProduct>
    : IntervalsWithNumbersProduct<Lhs, Rhs, generic_product_impl<Lhs, Rhs, DenseShape, DenseShape, GemmProduct>> {
};

}  // namespace internal

}  // namespace Eigen
