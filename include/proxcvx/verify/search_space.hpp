// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/properties/margin.hpp>
#include <proxcvx/verify/escalation.hpp>
#include <proxcvx/verify/falsify_report.hpp>
#include <utility>

// What a search walks in: the points w of a region, or the pairs (w, v) of two, as one vector x. What it lowers is the
// scale-free margin, taken from above: (margin + its rounding bound)/scale, so that rounding noise attracts nothing.

namespace proxcvx::detail {

/// Where a region lies and how far it goes: its own center(), else the mean of 64 samples; the farthest of them.
template <class Scalar> struct RegionShape {
  Vector<Scalar> center;
  Scalar reach = Scalar(0);
};

template <class Region_>
[[nodiscard]] RegionShape<typename Region_::Scalar> shape_of(const Region_& region, Seed seed, Purpose purpose) {
  using Scalar = typename Region_::Scalar;
  constexpr Index samples = 64;
  Matrix<Scalar> drawn(region.dimension(), samples);
  for (Index i = 0; i < samples; ++i) {
    RandomStream stream{seed, static_cast<std::uint64_t>(i), purpose};
    region.sample(stream, drawn.col(i));
  }
  RegionShape<Scalar> shape;
  if constexpr (requires {
                  { region.center() } -> std::convertible_to<Vector<Scalar>>;
                }) {
    shape.center = region.center();
  } else {
    shape.center = drawn.rowwise().sum() / static_cast<Scalar>(samples);
  }
  for (Index i = 0; i < samples; ++i) {
    shape.reach = std::max(shape.reach, Scalar(scaled_norm(drawn.col(i) - shape.center)));
  }
  return shape;
}

/// What a descent lowers: the scale-free margin, or the margin itself, which still has a slope where one of its terms
/// is so large that the scale-free margin is 1 to the last digit.
enum class Lowered { level, margin };

/// The points of `Points`, or the pairs of `Points` x `References`, as vectors x = w or x = (w; v).
template <class Property_, class Points, class References> class SearchSpace {
 public:
  using Property = Property_;
  using Scalar = typename Property::Scalar;
  static constexpr bool pairs = PairProperty<Property>;

  SearchSpace(const Property& property, const Points& points, const References& references, Seed seed)
      : property_{property},
        points_{points},
        references_{references},
        shapes_{shape_of(points, seed, Purpose::points), shape_of(references, seed, Purpose::references)} {}

  [[nodiscard]] const Property& property() const { return property_; }
  /// p: the dimension of w, and of v.
  [[nodiscard]] Index dimension() const { return property_.dimension(); }
  [[nodiscard]] static constexpr Index halves() { return pairs ? 2 : 1; }
  [[nodiscard]] Index size() const { return halves() * dimension(); }
  /// w (half 0) or v (half 1) of x.
  [[nodiscard]] auto half(VectorRef<Scalar> x, Index which) const {
    return Eigen::Map<Vector<Scalar>>(x.data() + which * dimension(), dimension());
  }
  [[nodiscard]] auto read(ConstVectorRef<Scalar> x, Index which) const {
    return Eigen::Map<const Vector<Scalar>>(x.data() + which * dimension(), dimension());
  }
  [[nodiscard]] const RegionShape<Scalar>& shape(Index which) const { return shapes_[static_cast<std::size_t>(which)]; }

  void sample(RandomStream& stream, VectorRef<Scalar> out, Index which) const {
    if (which == 0) {
      points_.sample(stream, out);
    } else {
      references_.sample(stream, out);
    }
  }
  /// The nearest point of half `which`'s region, in place.
  void project(VectorRef<Scalar> out, Index which) const {
    if (which == 0) {
      points_.project(out);
    } else {
      references_.project(out);
    }
  }

  /// Projects x in place. False where that gives no point of the regions, or one that is a million times farther out
  /// than their samples: an unbounded region is searched that far.
  [[nodiscard]] bool enter(VectorRef<Scalar> x) const {
    for (Index which = 0; which < halves(); ++which) {
      auto part = half(x, which);
      if (!part.allFinite()) return false;
      project(part, which);
      if (!(which == 0 ? points_.contains(part) : references_.contains(part))) return false;
      const RegionShape<Scalar>& known = shape(which);
      if (scaled_norm(part - known.center) > Scalar(1e6) * known.reach) return false;
    }
    return true;
  }

  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> x) const {
    if constexpr (pairs) {
      return property_.margin(read(x, 0), read(x, 1));
    } else {
      return property_.margin(x);
    }
  }

  static constexpr bool has_gradient = HasMarginGradient<Property>;
  static constexpr Index gradient_cost = margin_gradient_cost<Property>;

  /// The gradient at x of value/scale, or of the value.
  void gradient(ConstVectorRef<Scalar> x, VectorRef<Scalar> out, Lowered lowered) const requires has_gradient {
    if constexpr (pairs) {
      if (lowered == Lowered::level) {
        property_.scale_free_gradient(read(x, 0), read(x, 1), half(out, 0), half(out, 1));
      } else {
        property_.margin_gradient(read(x, 0), read(x, 1), half(out, 0), half(out, 1));
      }
    } else if (lowered == Lowered::level) {
      property_.scale_free_gradient(x, out);
    } else {
      property_.margin_gradient(x, out);
    }
  }

  /// Calls act(w) or act(w, v).
  template <class Act> auto with_points(ConstVectorRef<Scalar> x, const Act& act) const {
    if constexpr (pairs) {
      return act(Vector<Scalar>(read(x, 0)), Vector<Scalar>(read(x, 1)));
    } else {
      return act(Vector<Scalar>(x));
    }
  }

 private:
  const Property& property_;
  const Points& points_;
  const References& references_;
  RegionShape<Scalar> shapes_[2];
};

/// (margin + error)/scale; without the scale where that is 0 or not finite; infinity where it is not a
/// number.
template <class Scalar> [[nodiscard]] Scalar level_of(const Margin<Scalar>& margin) {
  const Scalar above = margin.value + margin.error;
  const bool scaled = margin.scale > Scalar(0) && is_finite(margin.scale);
  const Scalar level = scaled ? Scalar(above / margin.scale) : above;
  return is_finite(margin.value) && is_finite(level) ? level : std::numeric_limits<Scalar>::infinity();
}

/// A candidate that a start keeps.
template <class Scalar> struct Candidate {
  Vector<Scalar> x;
  Margin<Scalar> margin{};
  Scalar level = std::numeric_limits<Scalar>::infinity();
  Index evaluation = -1;  ///< the how many-th evaluation of its start; -1: none
};

/// One start: its budget of evaluations, and what it has seen.
template <class Space> class SearchLog {
 public:
  using Scalar = typename Space::Scalar;

  SearchLog(const Space& space, Index budget) : space_{space}, budget_{budget} {
    best.x.resize(space.size());
    violation.x.resize(space.size());
  }

  [[nodiscard]] Index spent() const { return spent_; }
  /// Counts what was spent on something else than margins.
  void charge(Index evaluations) { spent_ += evaluations; }
  [[nodiscard]] Index left() const { return budget_ - spent_; }
  /// Attempts that leave the regions cost nothing, but there are not for ever more of them.
  [[nodiscard]] bool exhausted() const { return spent_ >= budget_ || attempts_ >= 4 * budget_ + 64; }

  /// Projects x, evaluates the margin there (one evaluation) and returns its level; infinity outside of the regions.
  [[nodiscard]] Scalar visit(VectorRef<Scalar> x) {
    ++attempts_;
    last_above = std::numeric_limits<Scalar>::infinity();
    if (!space_.enter(x)) return std::numeric_limits<Scalar>::infinity();
    const Margin<Scalar> margin = space_.margin(x);
    const Index evaluation = spent_++;
    const Outcome outcome = classify(margin, 8);
    counts.record(outcome, margin.vacuous);
    const Scalar level = level_of(margin);
    last_above = is_finite(level) ? Scalar(margin.value + margin.error) : level;
    const auto keep = [&](Candidate<Scalar>& kept) {
      if (kept.evaluation >= 0 && !(level < kept.level)) return;
      kept.x = x;
      kept.margin = margin;
      kept.level = level;
      kept.evaluation = evaluation;
    };
    if (outcome != Outcome::non_finite) keep(best);
    if (outcome == Outcome::violated) {
      if (first_violation < 0) first_violation = evaluation;
      keep(violation);
    }
    return level;
  }

  SearchCounts counts;
  Candidate<Scalar> best;       ///< of the least level
  Candidate<Scalar> violation;  ///< of the least level among those violated by 8 error bounds
  Index first_violation = -1;
  Scalar last_above = std::numeric_limits<Scalar>::infinity();  ///< margin + error of the last visit, as its level

 private:
  const Space& space_;
  Index budget_;
  Index spent_ = 0;
  Index attempts_ = 0;
};

}  // namespace proxcvx::detail
