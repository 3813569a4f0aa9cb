// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/core/slope_functions.hpp>
#include <proxcvx/properties/margin.hpp>
#include <proxcvx/regions/box.hpp>
#include <proxcvx/verify/bisection.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// The margin of a property over a box: its range and its mean-value form
//     margin(x) in margin(c) + sum_k slope_k (x_k - c_k),   c the center of the box,
// in outward-rounded intervals (theory 3.6; Neumaier 1990, section 2.3).

namespace proxcvx {

namespace detail {

template <class Property, class Scalar>
concept HasMarginValue = CastableTo<Property, Scalar> && requires(const Property& property, const Vector<Scalar>& w) {
  { property.template cast<Scalar>().margin_value(w) } -> std::convertible_to<Scalar>;
};

template <class Property, class Scalar>
concept HasPairMarginValue = CastableTo<Property, Scalar> &&
    requires(const Property& property, const Vector<Scalar>& w) {
  { property.template cast<Scalar>().margin_value(w, w) } -> std::convertible_to<Scalar>;
};

}  // namespace detail

/// A property whose margin can be enclosed over a box: `cast<SlopeForm<Interval>>()`, which asks each part (f, g, h)
/// for its own, and there `margin_value(w)` or, over pairs, `margin_value(w, v)`. Meaning: margin_value is the margin
/// as a formula, defined and exact for every point of the box.
template <class P>
concept HasMarginEnclosure =
    detail::HasMarginValue<P, SlopeForm<Interval>> || detail::HasPairMarginValue<P, SlopeForm<Interval>>;

namespace detail {

/// A set of points x = origin + directions u, u in [low, high]; without directions x = u.
struct DomainPiece {
  Vector<double> low;
  Vector<double> high;
  Vector<double> origin;
  Matrix<double> directions;
};

/// The points of a piece, in a scalar that encloses, from its variables.
template <class Scalar>
void place_points(const DomainPiece& piece, const Vector<Scalar>& variables, Vector<Scalar>& points) {
  if (piece.directions.size() == 0) {
    points = variables;
    return;
  }
  for (Index i = 0; i < points.size(); ++i) {
    Scalar x(piece.origin[i]);
    for (Index k = 0; k < variables.size(); ++k) {
      if (piece.directions(i, k) != 0) x += Scalar(piece.directions(i, k)) * variables[k];
    }
    points[i] = x;
  }
}

/// A margin over a box, as far as enclosures tell.
struct BoxLook {
  double bound = -infinite;        ///< the margin is at least this on the box
  double center_upper = infinite;  ///< and at most this at its center
  Index cut = -1;                  ///< the variable to cut; -1: none can be
};

/// Encloses the margin of one property over boxes of one domain. One object for one thread.
template <class Property> class MarginEnclosure {
 public:
  using Form = SlopeForm<Interval>;
  using Enclosed = decltype(std::declval<const Property&>().template cast<Form>());

  MarginEnclosure(const Enclosed& property, const std::vector<DomainPiece>& domain)
      : property_{property},
        domain_{domain},
        points_(domain.front().directions.size() == 0 ? domain.front().low.size() : domain.front().origin.size()) {}

  [[nodiscard]] BoxLook look(const SearchBox& box) {
    variables_.resize(box.low.size());
    choose_slopes(box);
    for (Index k = 0, slot = 0; k < box.low.size(); ++k) {
      const Interval range{box.low[k], box.high[k]};
      variables_[k] = slot < chosen_ && slots_[static_cast<std::size_t>(slot)] == k
                          ? Form::variable(static_cast<int>(slot++), midpoint(range), range)
                          : Form(range);
    }
    Form margin;
    auto& sensitivity = enclosed_steps().sensitivity;
    sensitivity.fill(0);
    const bool certain = encloses_with_certainty([&] { margin = evaluate(box.piece); });
    BoxLook result;
    if (!certain) {
      result.cut = widest(box);
      return result;
    }
    Interval mean = margin.center();
    std::array<double, Form::capacity> spread{};
    double steps = 0;
    for (std::size_t slot = 0; slot < static_cast<std::size_t>(chosen_); ++slot) {
      const Index k = slots_[slot];
      const Interval reach = margin.slope(static_cast<int>(slot)) * (variables_[k].range() - variables_[k].center());
      mean += reach;
      spread[slot] = width(reach);
      sensitivity[slot] *= box.high[k] - box.low[k];
      steps += sensitivity[slot];
    }
    double largest = 0;
    for (std::size_t slot = 0; slot < static_cast<std::size_t>(chosen_); ++slot) {
      const Index k = slots_[slot];
      const double score = spread[slot] + (steps > 0 ? width(margin.center()) * (sensitivity[slot] / steps) : 0);
      if (score > largest && divisible(box.low[k], box.high[k])) {
        largest = score;
        result.cut = k;
      }
    }
    result.bound = std::max(mean.lower(), margin.range().lower());
    // the center is one number of the box only where all variables have slopes
    if (chosen_ == moving_) result.center_upper = margin.center().upper();
    if (result.cut < 0 || chosen_ < moving_) result.cut = widest(box);
    return result;
  }

 private:
  /// The variables that move, or the widest of them where they are too many; in order.
  void choose_slopes(const SearchBox& box) {
    chosen_ = moving_ = 0;
    for (Index k = 0; k < box.low.size(); ++k) {
      if (box.low[k] < box.high[k]) ++moving_;
    }
    const auto span = [&](Index k) { return box.high[k] - box.low[k]; };
    for (Index k = 0; k < box.low.size(); ++k) {
      if (!(box.low[k] < box.high[k])) continue;
      if (chosen_ < Form::capacity) {
        slots_[static_cast<std::size_t>(chosen_++)] = k;
        continue;
      }
      const auto narrowest =
          std::min_element(slots_.begin(), slots_.end(), [&](Index a, Index b) { return span(a) < span(b); });
      if (span(k) > span(*narrowest)) {
        std::rotate(narrowest, narrowest + 1, slots_.end());
        slots_.back() = k;
      }
    }
  }

  [[nodiscard]] Form evaluate(Index piece) {
    place_points(domain_[static_cast<std::size_t>(piece)], variables_, points_);
    if constexpr (HasPairMarginValue<Property, Form>) {
      const Index p = points_.size() / 2;
      return property_.margin_value(points_.head(p), points_.tail(p));
    } else {
      return property_.margin_value(points_);
    }
  }

  [[nodiscard]] static Index widest(const SearchBox& box) {
    Index best = -1;
    for (Index k = 0; k < box.low.size(); ++k) {
      if (!divisible(box.low[k], box.high[k])) continue;
      if (best < 0 || box.high[k] - box.low[k] > box.high[best] - box.low[best]) best = k;
    }
    return best;
  }

  const Enclosed& property_;
  const std::vector<DomainPiece>& domain_;
  Vector<Form> variables_;
  Vector<Form> points_;
  std::array<Index, Form::capacity> slots_{};
  Index chosen_ = 0;
  Index moving_ = 0;
};

}  // namespace detail

}  // namespace proxcvx
