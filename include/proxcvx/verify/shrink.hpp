// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <proxcvx/core/require.hpp>
#include <proxcvx/verify/claim.hpp>
#include <proxcvx/verify/escalation.hpp>
#include <proxcvx/verify/report.hpp>
#include <utility>
#include <vector>

// shrink: make a witness simple while it stays one. Entries become 0, then the point is scaled down, then entries lose
// bits. A step is kept only where the point lies in the region and its margin, in the widest scalar that the property
// reaches, is violated. The order of the steps is fixed, so that the same witness shrinks to the same one.

namespace proxcvx {

/// How long a witness is shrunk.
struct ShrinkSettings {
  Index evaluations = 5000;  ///< at most: margins, of which some again in wider scalars
  int halvings = 20;         ///< the point is scaled down by at most 2^-halvings
};

/// A simpler witness, and how it differs from the one that was handed in.
struct ShrinkReport {
  Witness witness;            ///< stands
  Index evaluations = 0;      ///< margins that were spent
  Index nonzeros_before = 0;  ///< entries of (w, v) that are not 0
  Index nonzeros = 0;
  Index bits_before = 0;  ///< of all mantissas together, without trailing zeros
  Index bits = 0;
};

namespace detail {

/// Bits of the mantissa from the first 1 to the last; 0 for 0.
[[nodiscard]] inline Index mantissa_bits(double value) {
  int exponent = 0;
  double rest = std::frexp(std::abs(value), &exponent);
  Index bits = 0;
  for (; rest != 0; ++bits) {
    rest *= 2;
    rest -= std::floor(rest);
  }
  return bits;
}

/// The number rounded to so many bits of mantissa.
[[nodiscard]] inline double with_bits(double value, int bits) {
  int exponent = 0;
  const double mantissa = std::frexp(value, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(mantissa, bits)), exponent - bits);
}

/// A witness x = w or (w; v) that is tried and replaced.
template <class Property, class Points, class References> class Shrinker {
 public:
  using Scalar = typename Property::Scalar;

  Shrinker(const Property& property, const Points& points, const References& references, const Witness& witness,
           const ShrinkSettings& settings)
      : property_{property},
        points_{points},
        references_{references},
        escalation_{property},
        left_{settings.evaluations},
        x_(witness.w.size() + witness.v.size()) {
    const Index p = property.dimension();
    require(witness.w.size() == p, "witness.w", "dimension " + std::to_string(p), witness.w.size());
    require(witness.v.size() == (PairProperty<Property> ? p : 0), "witness.v",
            "dimension " + std::to_string(PairProperty<Property> ? p : 0), witness.v.size());
    x_ << witness.w, witness.v;
    require(evaluated(x_).stands, "witness: expected one at which the property is violated in the widest scalar");
  }

  [[nodiscard]] const Vector<double>& x() const { return x_; }
  [[nodiscard]] Index left() const { return left_; }

  /// Replaces x where the candidate differs from it, is in the regions and is violated.
  bool accept(const Vector<double>& candidate) {
    if (left_ <= 0 || candidate == x_) return false;
    --left_;
    const bool stands = with_points(candidate, [&](const auto&... where) {
      return contained(where...) && classify(property_.margin(where...), 8) != Outcome::satisfied &&
             escalation_.confirm(where...).outcome == Outcome::violated;
    });
    if (stands) x_ = candidate;
    return stands;
  }

  [[nodiscard]] Witness evaluated(const Vector<double>& x) const {
    return with_points(x, [&](const auto&... where) { return evaluated_again(escalation_, where...); });
  }

 private:
  template <class Act> auto with_points(const Vector<double>& x, const Act& act) const {
    const Index p = property_.dimension();
    const Vector<Scalar> w = x.head(p).template cast<Scalar>();
    if constexpr (PairProperty<Property>) {
      const Vector<Scalar> v = x.tail(p).template cast<Scalar>();
      return act(w, v);
    } else {
      return act(w);
    }
  }
  [[nodiscard]] bool contained(const Vector<Scalar>& w) const { return points_.contains(w); }
  [[nodiscard]] bool contained(const Vector<Scalar>& w, const Vector<Scalar>& v) const {
    return points_.contains(w) && references_.contains(v);
  }

  const Property& property_;
  const Points& points_;
  const References& references_;
  Escalation<Property> escalation_;
  Index left_;
  Vector<double> x_;
};

/// Zeros: the small entries first, half of them at once, then a quarter, ..., then one by one.
template <class Shrinker_> void zero_entries(Shrinker_& shrinker) {
  std::vector<Index> order(static_cast<std::size_t>(shrinker.x().size()));
  std::iota(order.begin(), order.end(), Index{0});
  const Vector<double> size = shrinker.x().cwiseAbs();
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return size[a] < size[b]; });
  for (std::size_t chunk = std::max<std::size_t>(order.size() / 2, 1);; chunk /= 2) {
    for (std::size_t first = 0; first < order.size(); first += chunk) {
      Vector<double> candidate = shrinker.x();
      for (std::size_t i = first; i < std::min(first + chunk, order.size()); ++i) candidate[order[i]] = 0;
      shrinker.accept(candidate);
    }
    if (chunk == 1) break;
  }
}

/// Bits: each entry takes the fewest of 1, 2, 3, 4, 6, 8, 12, 16, 24, 32 or 48 that it can do with.
template <class Shrinker_> void drop_bits(Shrinker_& shrinker) {
  for (Index i = 0; i < shrinker.x().size(); ++i) {
    for (const int bits : {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48}) {
      if (mantissa_bits(shrinker.x()[i]) <= bits) break;
      Vector<double> candidate = shrinker.x();
      candidate[i] = with_bits(candidate[i], bits);
      if (shrinker.accept(candidate)) break;
    }
  }
}

[[nodiscard]] inline Index all_bits(const Vector<double>& x) {
  Index bits = 0;
  for (const double entry : x) bits += mantissa_bits(entry);
  return bits;
}

}  // namespace detail

/// Shrinks a witness of a violated pair property, w in `points` and v in `references`: more zeros, a smaller norm,
/// fewer bits (rounding may enlarge an entry). Throws std::invalid_argument where the witness has another dimension or
/// is not violated. Cost: at most `evaluations` margins, each possibly again in up to 50 digits; O(p) memory.
template <class Property, class Points, class References>
[[nodiscard]] ShrinkReport shrink(const Property& property, const Points& points, const References& references,
                                  const Witness& witness, const ShrinkSettings& settings = {}) {
  static_assert(detail::expect_property<Property>());
  detail::expect_region(property, points);
  detail::expect_region(property, references);
  require(settings.evaluations >= 0, "evaluations", "a number >= 0", settings.evaluations);
  require(settings.halvings >= 0, "halvings", "a number >= 0", settings.halvings);
  detail::Shrinker<Property, Points, References> shrinker{property, points, references, witness, settings};
  ShrinkReport report;
  report.nonzeros_before = (shrinker.x().array() != 0).count();
  report.bits_before = detail::all_bits(shrinker.x());
  detail::zero_entries(shrinker);
  for (int i = 0; i < settings.halvings && shrinker.accept(shrinker.x() / 2); ++i) continue;
  detail::drop_bits(shrinker);
  detail::zero_entries(shrinker);
  report.witness = shrinker.evaluated(shrinker.x());
  report.witness.point = witness.point;
  report.witness.reference = witness.reference;
  report.evaluations = settings.evaluations - shrinker.left();
  report.nonzeros = (shrinker.x().array() != 0).count();
  report.bits = detail::all_bits(shrinker.x());
  return report;
}

/// The same within one region: of w, or of both w and v.
template <class Property, class SearchRegion>
[[nodiscard]] ShrinkReport shrink(const Property& property, const SearchRegion& region, const Witness& witness,
                                  const ShrinkSettings& settings = {}) {
  return shrink(property, region, region, witness, settings);
}

}  // namespace proxcvx
