// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <proxcvx/properties/margin.hpp>
#include <string>
#include <string_view>

// A property with one constant left open, for `fit` to find. Every inequality of this library is affine in each of its
// constants, margin(x; c) = margin(x; c') + (c - c') slope(x), so that each point (or pair) x admits the constants on
// one side of
//     c' - margin(x; c')/slope(x),
// and the constant of a region is the extreme one over its points: a linear program with one unknown.

namespace proxcvx {

/// Which constant is the strongest claim: the largest (mu, zeta) or the smallest (xi, slack, A, B, L).
enum class Sharpest { largest, smallest };

/// "largest" or "smallest".
[[nodiscard]] constexpr std::string_view to_string(Sharpest sharpest) {
  return sharpest == Sharpest::largest ? "largest" : "smallest";
}

/// A property but for one constant. What it offers must agree: with(c).margin(x) is affine in c, with that slope.
/// properties/open_constants.hpp has those of the library.
template <class Property_> struct OpenClaim {
  static_assert(PointProperty<Property_> || PairProperty<Property_>);
  using Property = Property_;
  using Scalar = typename Property::Scalar;

  std::string constant;                   ///< its name, one of the property's constants()
  Sharpest sharpest = Sharpest::largest;  ///< which one is wanted
  double initial = 1;                     ///< a constant that `with` accepts, to begin with
  double lowest = 0;                      ///< it accepts the finite constants beyond this one
  bool lowest_included = false;           ///< ... and this one too
  std::function<Property(double)> with;   ///< the property with this constant
  /// d margin/d constant at w, or (w, v), with its rounding bound; v is w again for point properties.
  std::function<BoundedValue<Scalar>(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v)> slope;

  [[nodiscard]] bool admits(double c) const {
    return std::isfinite(c) && (c > lowest || (lowest_included && c == lowest));
  }
};

/// What one point, or pair, says of an open constant.
enum class Demand {
  bound,      ///< the constants up to the one between `safe` and `beyond`, and no sharper ones
  none,       ///< any constant will do
  opposed,    ///< no constant sharper than `beyond` violates it, but weaker ones do: the claim is of another kind
  undecided,  ///< rounding: whether the margin depends on the constant there cannot be told
  non_finite  ///< the margin or its slope is NaN or infinite
};

/// The constant at which the margin is zero at a point, up to rounding: with `safe` the exact margin is >= 0 there,
/// with any constant sharper than `beyond` it is < 0.
struct TightConstant {
  Demand demand = Demand::undecided;
  double safe = 0;
  double beyond = 0;
  bool narrow = false;  ///< `safe` and `beyond` agree to 1e-9 of what was subtracted, or 1e4 roundings
};

/// What the point says of the constant, from the margin of the property closed at `closed_at` and its slope there.
template <class Property>
[[nodiscard]] TightConstant tightest(const OpenClaim<Property>& claim, double closed_at,
                                     const Margin<typename Property::Scalar>& margin,
                                     const BoundedValue<typename Property::Scalar>& slope) {
  const double sign = claim.sharpest == Sharpest::largest ? 1 : -1;
  const auto value = static_cast<double>(margin.value);
  const auto error = static_cast<double>(margin.error);
  const double rate = -sign * static_cast<double>(slope.value);  // the margin lost as the constant is sharpened by one
  const auto rate_error = static_cast<double>(slope.error);
  TightConstant tight;
  if (!std::isfinite(value) || !std::isfinite(rate)) {
    tight.demand = Demand::non_finite;
    return tight;
  }
  if (!(std::abs(rate) > rate_error)) {
    if (value - error >= 0 || margin.vacuous) tight.demand = Demand::none;
    if (value + error < 0 && rate == 0) tight.demand = Demand::opposed;
    return tight;
  }
  const double at = sign * closed_at;
  const double slow = std::abs(rate) - rate_error;
  const double fast = std::abs(rate) + rate_error;
  const double high = value + error;
  const double low = value - error;
  if (rate < 0) {
    const double weakest = at - high / (high < 0 ? fast : slow);  // weaker constants are violated here, certainly
    const double end = claim.sharpest == Sharpest::largest ? claim.lowest : -std::numeric_limits<double>::infinity();
    tight.demand = weakest > end ? Demand::opposed : Demand::none;
    tight.safe = tight.beyond = sign * weakest;
    return tight;
  }
  double top = at + high / (high < 0 ? fast : slow);
  double bottom = at + low / (low < 0 ? slow : fast);
  const double own = 4 * std::numeric_limits<double>::epsilon();  // of the two quotients and sums
  top += own * (std::abs(at) + std::abs(top));
  bottom -= own * (std::abs(at) + std::abs(bottom));
  if (!std::isfinite(top)) {
    tight.demand = Demand::none;
    return tight;
  }
  tight.demand = Demand::bound;
  tight.beyond = sign * top;
  tight.safe = sign * bottom;
  const double scale = std::max(static_cast<double>(margin.scale), std::abs(rate) * std::abs(top));
  const double agreement = std::max(1e-9, 1e4 * static_cast<double>(unit_roundoff<typename Property::Scalar>()));
  tight.narrow = (top - bottom) * std::abs(rate) <= agreement * scale;
  return tight;
}

}  // namespace proxcvx
