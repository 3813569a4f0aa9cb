// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <proxcvx/core/require.hpp>
#include <proxcvx/verify/claim.hpp>
#include <proxcvx/verify/escalation.hpp>
#include <proxcvx/verify/report.hpp>
#include <proxcvx/verify/shrink_report.hpp>
#include <string>
#include <utility>
#include <vector>

// shrink: make a witness simple while it stays one. Entries become 0, where the margin has a gradient also by moving
// the others, then the point is scaled down, then entries lose bits. A step is kept only where the point lies in the
// region and its margin is violated; the last one, in the widest scalar that the property reaches. The order of the
// steps is fixed, so that the same witness shrinks to the same one.

namespace proxcvx {

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

/// A witness x = w or (w; v), as doubles, that is replaced by simpler ones as long as they pass a test, which costs one
/// evaluation.
class Shrinker {
 public:
  using Passes = std::function<bool(const Vector<double>&)>;

  Shrinker(Vector<double> x, Index evaluations, Passes passes)
      : x_{std::move(x)}, left_{evaluations}, passes_{std::move(passes)} {}

  [[nodiscard]] const Vector<double>& x() const { return x_; }
  [[nodiscard]] Index left() const { return left_; }
  void reset(const Vector<double>& x) { x_ = x; }
  /// Counts what was spent on something else than candidates.
  void charge(Index evaluations) { left_ -= evaluations; }

  /// Replaces x where the candidate differs from it and passes.
  bool accept(const Vector<double>& candidate) {
    if (left_ <= 0 || candidate == x_) return false;
    --left_;
    const bool passes = passes_(candidate);
    if (passes) x_ = candidate;
    return passes;
  }

 private:
  Vector<double> x_;
  Index left_;
  Passes passes_;
};

/// Zeros: the small entries that are not 0 first, half of them at once, then a quarter, ..., then one by one until none
/// can go. `mend(candidate)` may change what is left of the candidate before it is tested; it says whether to test.
template <class Mend> void zero_entries(Shrinker& shrinker, const Mend& mend) {
  std::vector<Index> order;
  for (Index i = 0; i < shrinker.x().size(); ++i) {
    if (shrinker.x()[i] != 0) order.push_back(i);
  }
  const Vector<double> size = shrinker.x().cwiseAbs();
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return size[a] < size[b]; });
  for (std::size_t chunk = std::max<std::size_t>(order.size() / 2, 1);; chunk = std::max<std::size_t>(chunk / 2, 1)) {
    bool any = false;
    for (std::size_t first = 0; first < order.size(); first += chunk) {
      const std::size_t last = std::min(first + chunk, order.size());
      if (std::none_of(order.begin() + static_cast<std::ptrdiff_t>(first),
                       order.begin() + static_cast<std::ptrdiff_t>(last),
                       [&](Index i) { return shrinker.x()[i] != 0; })) {
        continue;
      }
      if (shrinker.left() <= 0) return;
      Vector<double> candidate = shrinker.x();
      for (std::size_t i = first; i < last; ++i) candidate[order[i]] = 0;
      any = (mend(candidate) && shrinker.accept(candidate)) || any;
    }
    if (chunk == 1 && !any) break;
  }
}
inline void zero_entries(Shrinker& shrinker) {
  zero_entries(shrinker, [](const Vector<double>&) { return true; });
}

/// A pair (w; v) as (w - v; 0) or (0; v - w), where that has more zeros: many claims depend on w - v most.
inline void move_to_zero(Shrinker& shrinker) {
  const Index p = shrinker.x().size() / 2;
  const Vector<double> step = shrinker.x().head(p) - shrinker.x().tail(p);
  if ((step.array() != 0).count() >= (shrinker.x().array() != 0).count()) return;
  Vector<double> candidate = Vector<double>::Zero(2 * p);
  candidate.head(p) = step;
  if (shrinker.accept(candidate)) return;
  candidate.head(p).setZero();
  candidate.tail(p) = -step;
  shrinker.accept(candidate);
}

/// Bits: each entry takes the fewest of 1, 2, 3, 4, 6, 8, 12, 16, 24, 32 or 48 that it can do with.
inline void drop_bits(Shrinker& shrinker) {
  for (Index i = 0; i < shrinker.x().size() && shrinker.left() > 0; ++i) {
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

/// x = w or (w; v).
[[nodiscard]] inline Vector<double> stacked(const Witness& witness) {
  Vector<double> x(witness.w.size() + witness.v.size());
  x << witness.w, witness.v;
  return x;
}

/// `again`, with the indices of the witness that it is another evaluation of.
[[nodiscard]] inline Witness with_indices_of(const Witness& witness, Witness again) {
  again.point = witness.point;
  again.reference = witness.reference;
  return again;
}

/// What a witness x = w or (w; v) is tested by: it lies in the regions, and the property is violated there.
template <class Property, class Points, class References> class WitnessTest {
 public:
  using Scalar = typename Property::Scalar;

  WitnessTest(const Property& property, const Points& points, const References& references)
      : property_{property}, points_{points}, references_{references}, escalation_{property} {}

  /// In the first scalar that decides.
  [[nodiscard]] bool decided(const Vector<double>& x) const {
    return inside(x) && with_points(x, [&](const auto&... where) {
             return escalation_.decide(property_.margin(where...), where...).outcome == Outcome::violated;
           });
  }
  /// In the widest scalar too.
  [[nodiscard]] bool confirmed(const Vector<double>& x) const { return decided(x) && evaluated(x).stands; }

  [[nodiscard]] Witness evaluated(const Vector<double>& x) const {
    return with_points(x, [&](const auto&... where) { return evaluated_again(escalation_, where...); });
  }

  static constexpr bool mends = HasMarginGradient<Property>;

  /// Moves the entries of x that are not 0, by Newton's steps for a margin of `target` < 0, until it is violated (a
  /// step halves the distance to a dip that hardly goes below 0); gives up where a step does not lower the margin by a
  /// tenth. A margin and a gradient a step, taken from `left`.
  [[nodiscard]] bool mended(Vector<double>& x, double target, Index& left) const requires mends {
    Vector<Scalar> at = x.template cast<Scalar>();
    Vector<Scalar> slope(at.size());
    const Vector<Scalar> moves = (at.array() != Scalar(0)).template cast<Scalar>().matrix();
    for (Scalar before = std::numeric_limits<Scalar>::infinity(); left > margin_gradient_cost<Property>;) {
      const Margin<Scalar> margin = margin_and_slope(at, slope);
      left -= 1 + margin_gradient_cost<Property>;
      if (classify(margin, 8) == Outcome::violated) {
        x = at.template cast<double>();
        return true;
      }
      slope.array() *= moves.array();
      const Scalar squared = slope.squaredNorm();
      if (!(margin.value < Scalar(0.9) * before && squared > Scalar(0) && is_finite(squared))) return false;
      before = margin.value;
      at -= ((margin.value - static_cast<Scalar>(target)) / squared) * slope;
      if (!at.allFinite()) return false;
      project(at);
      at.array() *= moves.array();
    }
    return false;
  }

 private:
  [[nodiscard]] Margin<Scalar> margin_and_slope(const Vector<Scalar>& x, Vector<Scalar>& slope) const requires mends {
    const Index p = property_.dimension();
    if constexpr (PairProperty<Property>) {
      property_.margin_gradient(x.head(p), x.tail(p), slope.head(p), slope.tail(p));
      return property_.margin(x.head(p), x.tail(p));
    } else {
      property_.margin_gradient(x, slope);
      return property_.margin(x);
    }
  }
  void project(Vector<Scalar>& x) const {
    const Index p = property_.dimension();
    points_.project(x.head(p));
    if constexpr (PairProperty<Property>) references_.project(x.tail(p));
  }
  /// x is made of numbers of the scalar, and lies in the regions.
  [[nodiscard]] bool inside(const Vector<double>& x) const {
    const Vector<Scalar> rounded = x.template cast<Scalar>();
    const Index p = property_.dimension();
    if (rounded.template cast<double>() != x || !points_.contains(rounded.head(p))) return false;
    return !PairProperty<Property> || references_.contains(rounded.tail(p));
  }
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

  const Property& property_;
  const Points& points_;
  const References& references_;
  Escalation<Property> escalation_;
};

/// Zeros while the other entries are mended, by at most half of the evaluations that are left.
template <class Test> void trade_entries(Shrinker& shrinker, const Test& test, double target) {
  if constexpr (Test::mends) {
    Index left = shrinker.left() / 2;
    zero_entries(shrinker, [&](Vector<double>& candidate) {
      const Index before = left;
      const bool mended = test.mended(candidate, target, left);
      shrinker.charge(before - left);
      return mended;
    });
  }
}

/// Zeros, also by moving a pair or the entries that stay, then a smaller norm, then fewer bits, then zeros again. Each
/// step is tested in the first scalar that decides; where what comes of them does not stand in the widest one (a
/// rounding bound was wrong), they are taken again with each tested there.
template <class Test>
[[nodiscard]] ShrinkReport shrunk(const Test& test, const Witness& witness, const ShrinkSettings& settings) {
  const Vector<double> x = stacked(witness);
  bool careful = false;
  Shrinker shrinker{x, settings.evaluations,
                    [&](const Vector<double>& y) { return careful ? test.confirmed(y) : test.decided(y); }};
  const auto simplify = [&] {
    zero_entries(shrinker);
    if (witness.v.size() > 0) move_to_zero(shrinker);
    trade_entries(shrinker, test, witness.margin / 2);
    for (int i = 0; i < settings.halvings && shrinker.accept(shrinker.x() / 2); ++i) continue;
    drop_bits(shrinker);
    zero_entries(shrinker);
    return test.evaluated(shrinker.x());
  };
  ShrinkReport report;
  report.witness = simplify();
  if (!report.witness.stands) {
    shrinker.reset(x);
    careful = true;
    report.witness = simplify();
  }
  report.witness = with_indices_of(witness, std::move(report.witness));
  report.evaluations = settings.evaluations - shrinker.left();
  report.nonzeros_before = (x.array() != 0).count();
  report.nonzeros = (shrinker.x().array() != 0).count();
  report.bits_before = all_bits(x);
  report.bits = all_bits(shrinker.x());
  return report;
}

/// Throws std::invalid_argument unless the property is violated there in the widest scalar.
template <class Property, class Points, class References>
void require_witness(const Property& property, const Points& points, const References& references,
                     const Witness& witness) {
  static_assert(expect_property<Property>());
  expect_region(property, points);
  expect_region(property, references);
  const Index p = property.dimension();
  const Index q = PairProperty<Property> ? p : 0;
  require(witness.w.size() == p, "witness.w", "dimension " + std::to_string(p), witness.w.size());
  require(witness.v.size() == q, "witness.v", "dimension " + std::to_string(q), witness.v.size());
  require(WitnessTest{property, points, references}.evaluated(stacked(witness)).stands,
          "witness: expected one at which the property is violated in the widest scalar");
}

inline void require_shrinkable(const ShrinkSettings& settings) {
  require(settings.evaluations >= 0, "shrink.evaluations", "a number >= 0", settings.evaluations);
  require(settings.halvings >= 0, "shrink.halvings", "a number >= 0", settings.halvings);
}

}  // namespace detail

/// Shrinks a witness of a violated pair property, w in `points` and v in `references`: more zeros, a smaller norm,
/// fewer bits (rounding may enlarge an entry). Throws std::invalid_argument where the witness has another dimension or
/// is not violated. Cost: at most `evaluations` margins, each possibly again in up to 50 digits, where a gradient of
/// the margin counts as many as it costs; O(p) memory.
template <class Property, class Points, class References>
[[nodiscard]] ShrinkReport shrink(const Property& property, const Points& points, const References& references,
                                  const Witness& witness, const ShrinkSettings& settings = {}) {
  detail::require_shrinkable(settings);
  detail::require_witness(property, points, references, witness);
  return detail::shrunk(detail::WitnessTest{property, points, references}, witness, settings);
}

/// The same within one region: of w, or of both w and v.
template <class Property, class SearchRegion>
[[nodiscard]] ShrinkReport shrink(const Property& property, const SearchRegion& region, const Witness& witness,
                                  const ShrinkSettings& settings = {}) {
  return shrink(property, region, region, witness, settings);
}

}  // namespace proxcvx
