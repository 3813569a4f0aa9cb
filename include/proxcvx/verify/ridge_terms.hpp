// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <proxcvx/core/ridge.hpp>
#include <proxcvx/core/slope_functions.hpp>
#include <proxcvx/properties/margin.hpp>
#include <proxcvx/verify/bisection.hpp>
#include <utility>

// A margin over pairs that is a mean of functions of two numbers,
//     margin(w, v) = (1/n) sum_i phi_i(a_i.w, a_i.v),
// is at least the mean of lower bounds of the phi_i over the rectangles that hold (a_i.w, a_i.v). Here is the bound
// over one rectangle S x T: the range or the mean-value form of phi_i, as of any margin, or, where phi_i is
//     rho a (a - b) - (q/2) a^2 + (u/2) b^2 + e - d,    a = r(s), b = r(t), rho = r'(s)/((a - b)/(s - t)),
// the number e - d, if the quadratic form is positive semidefinite for each rho that the rectangle allows: q/2 <= rho,
// u >= 0 and 2u(rho - q/2) >= rho^2. The last is concave in rho, so that the ends of rho's interval decide. It is exact
// where residuals are 0, which an interval of phi_i can't be, and takes kinks and all of the plane at once. Both the
// prover and the checker of its files ask here, each in its own intervals `Range`.

namespace proxcvx {

/// A pair property whose margin is such a mean: `has_ridge_margin()` (may be false for this one), `ridge_terms()` = n,
/// `ridge_direction(i)` = a_i, and, in a scalar that encloses, `ridge_margin(i, s, t)` = phi_i(s, t) as a formula.
/// It may offer residual_forms() with ridge_residual and ridge_residual_slope as ProxyConvexity does.
template <class P>
concept HasRidgeMargin = PairProperty<P> && CastableTo<P, SlopeForm<Interval>> &&
    requires(const P& property, Index i, const SlopeForm<Interval>& s) {
  { property.has_ridge_margin() } -> std::convertible_to<bool>;
  { property.ridge_terms() } -> std::convertible_to<Index>;
  { property.ridge_direction(i) } -> std::convertible_to<Vector<double>>;
  { property.template cast<SlopeForm<Interval>>().ridge_margin(i, s, s) } -> std::convertible_to<SlopeForm<Interval>>;
};

namespace detail {

/// What is known of a term over a rectangle.
struct TermLook {
  double lower = -infinite;              ///< phi_i is at least this on the rectangle
  double center_upper = infinite;        ///< and at most this at its center
  LeafTest test = LeafTest::mean_value;  ///< what gave the lower bound
  Index cut = 0;                         ///< the number, s or t, to cut
};

/// a.x for x in the box [low, high].
template <class Range>
[[nodiscard]] Range range_along(const Vector<double>& direction, const Vector<double>& low,
                                const Vector<double>& high) {
  Range sum(0);
  for (Index k = 0; k < direction.size(); ++k) {
    if (direction[k] != 0) sum += Range(direction[k]) * Range(low[k], high[k]);
  }
  return sum;
}

/// The terms of one property in the intervals `Range`.
template <class Range, class Property> class RidgeTerms {
 public:
  using Form = SlopeForm<Range>;

  explicit RidgeTerms(const Property& property) : enclosed_{property.template cast<Form>()} {
    if constexpr (requires { property.template residual_forms<Range>(); }) {
      if (const auto forms = property.template residual_forms<Range>()) {
        has_residuals_ = true;
        g_factor_ = forms->first.factor;
        h_factor_ = forms->second.factor;
        const Range &d = forms->first.offset, &e = forms->second.offset;
        offset_ = is_point(d) && d == e ? Range(0) : e - d;
      }
    }
  }

  /// Bounds of phi_i on {low[0] <= s <= high[0], low[1] <= t <= high[1]}.
  [[nodiscard]] TermLook look(Index i, const Vector<double>& low, const Vector<double>& high) const {
    const Range s(low[0], high[0]), t(low[1], high[1]);
    TermLook result = by_slopes(i, low, high);
    if (has_residuals_ && result.lower < offset_.lower() && is_semidefinite(i, s, t)) {
      result.lower = offset_.lower();
      result.test = LeafTest::residuals;
    }
    return result;
  }

  /// A lower bound by the given test alone; -inf where it gives none.
  [[nodiscard]] double lower(Index i, LeafTest test, const Vector<double>& low, const Vector<double>& high) const {
    if (test == LeafTest::mean_value) return by_slopes(i, low, high).lower;
    const bool proved = test == LeafTest::residuals && has_residuals_ &&
                        is_semidefinite(i, Range(low[0], high[0]), Range(low[1], high[1]));
    return proved ? offset_.lower() : -infinite;
  }

 private:
  [[nodiscard]] TermLook by_slopes(Index i, const Vector<double>& low, const Vector<double>& high) const {
    Form variables[2];
    for (Index k = 0; k < 2; ++k) {
      variables[k] = low[k] < high[k]
                         ? Form::variable(static_cast<int>(k), Range(middle(low[k], high[k])), Range(low[k], high[k]))
                         : Form(Range(low[k]));
    }
    TermLook result;
    result.cut = high[1] - low[1] > high[0] - low[0] ? 1 : 0;
    Form term;
    if (!encloses_with_certainty([&] { term = enclosed_.ridge_margin(i, variables[0], variables[1]); })) return result;
    Range mean = term.center();
    double spread[2] = {0, 0};
    for (Index k = 0; k < 2; ++k) {
      const Range reach = term.slope(static_cast<int>(k)) * (variables[k].range() - variables[k].center());
      mean += reach;
      spread[k] = reach.upper() - reach.lower();
    }
    // What the slopes do not explain is a step in s, which cuts isolate: a thin strip about it must be cut across.
    const double thin = std::min(1.0, (high[0] - low[0]) / (high[1] - low[1]));
    if (thin > 0) spread[0] += thin * (term.center().upper() - term.center().lower());
    if (std::isfinite(spread[0]) && std::isfinite(spread[1])) result.cut = spread[1] > spread[0] ? 1 : 0;
    result.lower = std::max(mean.lower(), term.range().lower());
    result.center_upper = term.center().upper();
    return result;
  }

  /// Whether the quadratic form in (a, b) is positive semidefinite for all s and t.
  [[nodiscard]] bool is_semidefinite(Index i, const Range& s, const Range& t) const {
    if constexpr (requires { enclosed_.ridge_residual_slope(i, Form{}); }) {
      Range slope, secant;
      const bool certain = encloses_with_certainty([&] { slope = enclosed_.ridge_residual_slope(i, Form(s)).range(); });
      // between any t and any s: slopes with t for a center
      const bool smooth =
          encloses_without_steps([&] { secant = Form(enclosed_.ridge_residual(i, Form::variable(0, t, s))).slope(0); });
      if (!certain || !smooth || !(certainly_positive(secant) || certainly_negative(secant))) return false;
      const Range ratio = slope / secant;
      if (!isfinite(ratio) || !certainly_nonnegative(h_factor_)) return false;
      const auto holds = [&](const Range& rho) {
        const Range of_squares = rho - Range(0.5) * g_factor_;
        return certainly_nonnegative(of_squares) &&
               certainly_nonnegative(Range(2) * h_factor_ * of_squares - square(rho));
      };
      return holds(Range(ratio.lower())) && holds(Range(ratio.upper()));
    } else {
      return false;
    }
  }

  decltype(std::declval<const Property&>().template cast<Form>()) enclosed_;
  bool has_residuals_ = false;
  Range g_factor_{}, h_factor_{}, offset_{};
};

}  // namespace detail

}  // namespace proxcvx
