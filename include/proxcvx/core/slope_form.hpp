// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <proxcvx/core/eigen.hpp>
#include <proxcvx/core/interval_functions.hpp>
#include <type_traits>

// Slope arithmetic (Krawczyk & Neumaier 1985; Neumaier 1990, section 2.3): what a formula does on a box X around a
// point c, to first order and with all errors enclosed. A quantity q is three enclosures, such that for every x in X
//     q(x) lies in `range`,   and   q(x) = a + sum_k s_k (x_k - c_k)   for some a in `center`, s_k in `slope(k)`.
// That is a statement about each x alone: q need be neither smooth nor continuous. A step, such as the slope of a
// kinked activation, is a center as wide as the step, with slopes 0.

namespace proxcvx {

namespace detail {

/// Comparisons of enclosures that they leave open, on this thread, since it started.
inline std::uint64_t& open_enclosures() {
  thread_local std::uint64_t count = 0;
  return count;
}

/// An argument that may leave a function's domain counts like an open comparison.
inline void expect_defined(bool certainly) {
  if (!certainly) ++open_enclosures();
}

/// Steps that were enclosed as such, on this thread.
struct EnclosedSteps {
  std::uint64_t count = 0;               ///< since the thread started
  std::array<double, 16> sensitivity{};  ///< sum of |slope| of what stepped, by variable; whoever reads it clears it
};
inline EnclosedSteps& enclosed_steps() {
  thread_local EnclosedSteps steps;
  return steps;
}

/// Calls body; whether each comparison of enclosures in it was certain.
template <class Body> [[nodiscard]] bool encloses_with_certainty(const Body& body) {
  const std::uint64_t before = open_enclosures();
  body();
  return open_enclosures() == before;
}

/// Calls body; whether moreover there was no step, so that slopes are those between any two points.
template <class Body> [[nodiscard]] bool encloses_without_steps(const Body& body) {
  const std::uint64_t before = enclosed_steps().count;
  return encloses_with_certainty(body) && enclosed_steps().count == before;
}

}  // namespace detail

/// A first-order enclosure of a quantity over a box, in the intervals `Range_`. It is a scalar: formulas for any number
/// type are evaluated in it as they stand. A comparison that the ranges leave open, or an argument that may leave a
/// function's domain, is counted (detail::open_enclosures): who evaluates must then throw the result away.
template <class Range_> class SlopeForm {
  static_assert(std::is_trivially_destructible_v<Range_>, "proxcvx::SlopeForm: intervals must not own memory");

 public:
  using Range = Range_;
  /// Variables with slopes; further ones are constants that are only known to lie in their range.
  static constexpr int capacity = 16;

  SlopeForm() = default;  ///< the constant 0
  template <class Number>
  requires std::is_arithmetic_v<Number> SlopeForm(Number x)  // NOLINT(google-explicit-constructor): a number
      : SlopeForm(Range(x)) {}
  /// Some number of that interval, which may be another one at every x: all that is known of a step.
  SlopeForm(const Range& somewhere)  // NOLINT(google-explicit-constructor): a constant
      : center_{somewhere}, range_{somewhere} {}
  /// The variable x_k in `range`, k < capacity, around `center`: a number or, for slopes between any two points of the
  /// range, the range itself.
  static SlopeForm variable(int k, const Range& center, const Range& range) {
    SlopeForm x(range);
    x.center_ = center;
    x.take(k, k + 1, [](int) { return Range(1); });
    return x;
  }
  SlopeForm(const SlopeForm& other) : center_{other.center_}, range_{other.range_} {
    take(other.first_, other.last_, [&](int k) -> const Range& { return other.at(k); });
  }
  SlopeForm& operator=(const SlopeForm& other) {
    center_ = other.center_;
    range_ = other.range_;
    if (this != &other) take(other.first_, other.last_, [&](int k) -> const Range& { return other.at(k); });
    return *this;
  }
  ~SlopeForm() = default;

  [[nodiscard]] const Range& center() const { return center_; }
  [[nodiscard]] const Range& range() const { return range_; }
  [[nodiscard]] Range slope(int k) const { return k >= first_ && k < last_ ? at(k) : Range(0); }
  /// Slopes are 0 but for variables [first_slope(), last_slope()).
  [[nodiscard]] int first_slope() const { return first_; }
  [[nodiscard]] int last_slope() const { return last_; }
  /// Both the center and the range.
  [[nodiscard]] Range hull_of_both() const { return hull(center_, range_); }
  /// The number that a constant is. Of anything else there is none to be had: that counts as an open comparison.
  explicit operator double() const {
    if (!(first_ == last_ && is_point(range_))) ++detail::open_enclosures();
    return midpoint(range_);
  }

  friend SlopeForm operator+(const SlopeForm& a) { return a; }
  friend SlopeForm operator-(const SlopeForm& a) {
    return form(-a.center_, -a.range_, a.first_, a.last_, [&](int k) { return -a.at(k); });
  }
  friend SlopeForm operator+(const SlopeForm& a, const SlopeForm& b) {
    return combine(
        a.center_ + b.center_, a.range_ + b.range_, a, b, [&](int k) { return a.at(k); },
        [&](int k) { return b.at(k); }, [](const Range& s, const Range& t) { return s + t; });
  }
  friend SlopeForm operator-(const SlopeForm& a, const SlopeForm& b) {
    return combine(
        a.center_ - b.center_, a.range_ - b.range_, a, b, [&](int k) { return a.at(k); },
        [&](int k) { return -b.at(k); }, [](const Range& s, const Range& t) { return s + t; });
  }
  /// (a_c + s d)(b_c + t d) = a_c b_c + (s b(x) + t a_c) d; x x is a square.
  friend SlopeForm operator*(const SlopeForm& a, const SlopeForm& b) {
    if (&a == &b) return square(a);
    return combine(
        a.center_ * b.center_, a.range_ * b.range_, a, b, [&](int k) { return a.at(k) * b.range_; },
        [&](int k) { return b.at(k) * a.center_; }, [](const Range& s, const Range& t) { return s + t; });
  }
  /// With q = a_c / b_c: a(x)/b(x) - q = (s - q t) d / b(x).
  friend SlopeForm operator/(const SlopeForm& a, const SlopeForm& b) {
    const Range divisor = b.hull_of_both();
    detail::expect_defined(certainly_positive(divisor) || certainly_negative(divisor));
    const Range quotient = a.center_ / b.center_;
    return combine(
        quotient, a.range_ / b.range_, a, b, [&](int k) { return a.at(k) / b.range_; },
        [&](int k) { return -(quotient * b.at(k)) / b.range_; }, [](const Range& s, const Range& t) { return s + t; });
  }
  SlopeForm& operator+=(const SlopeForm& b) { return *this = *this + b; }
  SlopeForm& operator-=(const SlopeForm& b) { return *this = *this - b; }
  SlopeForm& operator*=(const SlopeForm& b) { return *this = *this * b; }
  SlopeForm& operator/=(const SlopeForm& b) { return *this = *this / b; }

  friend bool operator<(const SlopeForm& a, const SlopeForm& b) {
    return decide(certainly_less(a.hull_of_both(), b.hull_of_both()),
                  certainly_less_equal(b.hull_of_both(), a.hull_of_both()));
  }
  friend bool operator<=(const SlopeForm& a, const SlopeForm& b) {
    return decide(certainly_less_equal(a.hull_of_both(), b.hull_of_both()),
                  certainly_less(b.hull_of_both(), a.hull_of_both()));
  }
  friend bool operator>(const SlopeForm& a, const SlopeForm& b) { return b < a; }
  friend bool operator>=(const SlopeForm& a, const SlopeForm& b) { return b <= a; }
  friend bool operator==(const SlopeForm& a, const SlopeForm& b) {
    const Range x = a.hull_of_both(), y = b.hull_of_both();
    return decide(is_point(x) && x == y, certainly_less(x, y) || certainly_less(y, x));
  }
  friend bool operator!=(const SlopeForm& a, const SlopeForm& b) { return !(a == b); }
  friend bool isfinite(const SlopeForm& a) { return isfinite(a.hull_of_both()); }

  /// phi(a), given its enclosures at both and `slope`, which contains (phi(y) - phi(z))/(y - z) for all y in the range
  /// and z in the center of a: phi' over hull_of_both() does.
  [[nodiscard]] SlopeForm chain(const Range& center, const Range& range, const Range& slope) const {
    return form(center, range, first_, last_, [&](int k) { return slope * at(k); });
  }
  friend SlopeForm square(const SlopeForm& a) {
    return a.chain(square(a.center_), square(a.range_), a.center_ + a.range_);
  }
  /// max(a(x), b(x)) - max(a_c, b_c) is a mean of the changes of a and b.
  friend SlopeForm max(const SlopeForm& a, const SlopeForm& b) {
    if (certainly_less_equal(b.hull_of_both(), a.hull_of_both())) return a;
    if (certainly_less_equal(a.hull_of_both(), b.hull_of_both())) return b;
    const bool both = a.first_ < a.last_ && b.first_ < b.last_;
    const int first = both ? std::min(a.first_, b.first_) : std::max(a.first_, b.first_);
    return form(max(a.center_, b.center_), max(a.range_, b.range_), first, std::max(a.last_, b.last_),
                [&](int k) { return hull(a.slope(k), b.slope(k)); });
  }
  friend SlopeForm min(const SlopeForm& a, const SlopeForm& b) { return -max(-a, -b); }

 private:
  /// Uninitialised until taken; intervals are trivially copied and destroyed.
  union Slopes {
    Slopes() {}  // NOLINT(modernize-use-equals-default): a default one would be deleted
    std::array<Range, capacity> entries;
  };

  [[nodiscard]] const Range& at(int k) const { return slopes_.entries[static_cast<std::size_t>(k)]; }

  template <class Slope> void take(int first, int last, const Slope& slope) {
    first_ = first;
    last_ = last;
    for (int k = first; k < last; ++k) {
      std::construct_at(&slopes_.entries[static_cast<std::size_t>(k)], slope(k));
    }
  }
  template <class Slope>
  static SlopeForm form(const Range& center, const Range& range, int first, int last, const Slope& slope) {
    SlopeForm result(range);
    result.center_ = center;
    result.take(first, last, slope);
    return result;
  }
  /// Slopes of a alone, of b alone, or of both together.
  template <class OfA, class OfB, class Both>
  static SlopeForm combine(const Range& center, const Range& range, const SlopeForm& a, const SlopeForm& b,
                           const OfA& of_a, const OfB& of_b, const Both& both) {
    if (b.first_ == b.last_) return form(center, range, a.first_, a.last_, of_a);
    if (a.first_ == a.last_) return form(center, range, b.first_, b.last_, of_b);
    return form(center, range, std::min(a.first_, b.first_), std::max(a.last_, b.last_), [&](int k) {
      const bool in_a = k >= a.first_ && k < a.last_, in_b = k >= b.first_ && k < b.last_;
      if (in_a && in_b) return both(of_a(k), of_b(k));
      return in_a ? of_a(k) : (in_b ? of_b(k) : Range(0));
    });
  }
  static bool decide(bool yes, bool no) {
    if (!yes && !no) ++detail::open_enclosures();
    return yes;
  }

  Range center_{};
  Range range_{};
  int first_ = 0;
  int last_ = 0;
  Slopes slopes_;
};

}  // namespace proxcvx

/// double's, as forms.
template <class R> class std::numeric_limits<proxcvx::SlopeForm<R>> : public std::numeric_limits<double> {
  using Form = proxcvx::SlopeForm<R>;
  using Number = std::numeric_limits<double>;

 public:
  static constexpr bool is_iec559 = false;
  static Form min() { return Number::min(); }
  static Form max() { return Number::max(); }
  static Form lowest() { return Number::lowest(); }
  static Form epsilon() { return Number::epsilon(); }
  static Form round_error() { return Number::round_error(); }
  static Form infinity() { return Number::max(); }
  static Form quiet_NaN() { return Form(R::whole_line()); }
  static Form denorm_min() { return Number::denorm_min(); }
};

namespace Eigen {

template <class R> struct NumTraits<proxcvx::SlopeForm<R>> : NumTraits<double> {
  using Real = proxcvx::SlopeForm<R>;
  using NonInteger = proxcvx::SlopeForm<R>;
  using Nested = proxcvx::SlopeForm<R>;
  using Literal = proxcvx::SlopeForm<R>;
  enum { RequireInitialization = 1, ReadCost = 8, AddCost = 64, MulCost = 128 };
};

namespace internal {

/// squaredNorm() takes the square, which is never negative.
template <class R> struct abs2_impl_default<proxcvx::SlopeForm<R>, false> {
  static proxcvx::SlopeForm<R> run(const proxcvx::SlopeForm<R>& x) { return square(x); }
};

}  // namespace internal

}  // namespace Eigen
