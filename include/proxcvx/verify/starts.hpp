// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/verify/search_space.hpp>

// Where a search begins: the structured points of a region (its centre, 0, the axes and corners at radii on a log
// scale), those that the property's objective knows, and those that the caller hands in, alone and in pairs, moved
// along rays and next to each other; and samples of the region.

namespace proxcvx {

/// What `falsify` takes in place of a property: one that says where to look on a ball. starts(center, radius) ->
/// columns of dimension p or, for pairs (w; v), 2p.
template <class I>
concept SearchableInstance = detail::HasScalar<I> &&
    requires(const I& instance, const Vector<typename I::Scalar>& center, double radius) {
  instance.property();
  { instance.starts(center, radius) } -> std::convertible_to<Matrix<typename I::Scalar>>;
};

namespace detail {

/// Such a property with its starts on a region: on its ball, or on the one that its samples fill.
template <class I, class SearchRegion>
[[nodiscard]] Matrix<typename I::Scalar> starts_on(const I& instance, const SearchRegion& region, Seed seed) {
  if constexpr (requires {
                  region.center();
                  region.radius();
                }) {
    return instance.starts(region.center(), static_cast<double>(region.radius()));
  } else {
    const auto shape = shape_of(region, seed, Purpose::points);
    return instance.starts(shape.center, static_cast<double>(shape.reach));
  }
}

/// The property's objective, or that of the property inside (AtReference), offers starts() -> a column each.
template <class Property> [[nodiscard]] Matrix<typename Property::Scalar> objective_starts(const Property& property) {
  using Scalar = typename Property::Scalar;
  if constexpr (requires {
                  { property.objective().starts() } -> std::convertible_to<Matrix<Scalar>>;
                }) {
    return property.objective().starts();
  } else if constexpr (requires {
                         property.property();
                         property.property().objective();
                       }) {
    return objective_starts(property.property());
  } else {
    return Matrix<Scalar>(property.dimension(), 0);
  }
}

/// Points of the ball of that radius about `center`: the centre and 0; from the centre along the gradient of f, both
/// ways and far and near; the columns of `known`, as they are and as directions from the centre.
template <class F, class Scalar = typename F::Scalar>
[[nodiscard]] Matrix<Scalar> starts_within(const F& f, const Matrix<Scalar>& known, const Vector<Scalar>& center,
                                           double radius) {
  require(center.size() == f.dimension(), "center", "dimension " + std::to_string(f.dimension()), center.size());
  require(radius > 0 && std::isfinite(radius), "radius", "a finite number > 0", radius);
  const auto reach = static_cast<Scalar>(radius);
  Matrix<Scalar> starts = center.replicate(1, 6 + 2 * known.cols());
  starts.col(1).setZero();
  Vector<Scalar> way(center.size());
  (void)f.gradient(center, way);
  const auto go = [&](Index column, const Vector<Scalar>& direction, Scalar distance) {
    const Scalar length = scaled_norm(direction);
    if (length > Scalar(0) && is_finite(length)) starts.col(column) += direction * (distance / length);
  };
  go(2, way, reach);
  go(3, way, -reach);
  go(4, way, reach / Scalar(1024));
  go(5, way, -reach / Scalar(1024));
  for (Index i = 0; i < known.cols(); ++i) {
    starts.col(6 + 2 * i) = known.col(i);
    go(7 + 2 * i, known.col(i), reach);
  }
  for (Index i = 0; i < starts.cols(); ++i) {
    const Vector<Scalar> away = starts.col(i) - center;
    const Scalar distance = scaled_norm(away);
    if (!is_finite(distance)) starts.col(i) = center;
    if (distance > reach) starts.col(i) = center + away * (reach / distance);
  }
  return starts;
}

/// Centre and 0; for up to 8 axes, both ways, and 8 corners (sign vectors), both at four times the reach in each entry
/// (projection puts them on the border of a bounded region); then points at reach 10^-1, ..., 10^-6 from the centre
/// along corners. One column each, not projected.
template <class Scalar> [[nodiscard]] Matrix<Scalar> region_starts(const RegionShape<Scalar>& shape, Seed seed) {
  using std::sqrt;
  const Index p = shape.center.size();
  const Index axes = std::min<Index>(p, 8);
  constexpr Index corners = 8;
  constexpr Index radii = 6;
  const Scalar far = Scalar(4) * shape.reach;
  Matrix<Scalar> starts = shape.center.replicate(1, 2 + 2 * axes + corners + radii);
  Index next = 1;
  starts.col(next++).setZero();
  for (Index i = 0; i < axes; ++i) {
    starts(i * p / axes, next++) += far;
    starts(i * p / axes, next++) -= far;
  }
  RandomStream stream{seed, 0, Purpose::search};
  for (Index i = 0; i < corners + radii; ++i, ++next) {
    const Scalar size = i < corners
                            ? far
                            : shape.reach * static_cast<Scalar>(std::pow(10.0, -static_cast<double>(i - corners + 1))) /
                                  Scalar(sqrt(static_cast<Scalar>(p)));
    for (Index j = 0; j < p; ++j) {
      const bool up = i == 0 || (i == 2 && j % 2 == 0) || (i > 2 && stream.below(2) == 0);
      starts(j, next) += up ? size : Scalar(-size);
    }
  }
  return starts;
}

/// Candidate c of a search is a pure function of (seed, c). First the caller's points or whole pairs as they are; then
/// in turn what the objective and the caller know (pairs of it), as it is and moved, structured points of the region,
/// and samples.
template <class Space> class Starts {
 public:
  using Scalar = typename Space::Scalar;

  /// `given`: the caller's starts, columns of dimension p or, for pairs, 2p.
  Starts(const Space& space, const Matrix<Scalar>& given, Seed seed) : space_{space}, seed_{seed} {
    const Matrix<Scalar> objective = objective_starts(space.property());
    require(objective.rows() == space.dimension(), "objective().starts()",
            "columns of dimension " + std::to_string(space.dimension()), objective.rows());
    if (given.rows() == space.size()) whole_ = given;
    const Index from_caller = given.rows() == space.dimension() ? given.cols() : 0;
    known_.resize(space.dimension(), from_caller + objective.cols());
    if (from_caller > 0) known_.leftCols(from_caller) = given;
    known_.rightCols(objective.cols()) = objective;
    for (Index which = 0; which < Space::halves(); ++which) {
      structured_[which] = region_starts(space.shape(which), seed);
    }
  }

  /// The candidates 0, ..., whole() - 1 are the caller's.
  [[nodiscard]] Index whole() const { return whole_.cols(); }

  /// Candidate `index`, not projected.
  void place(Index index, VectorRef<Scalar> out) const {
    if (index < whole()) {
      out = whole_.col(index);
      return;
    }
    index -= whole();
    RandomStream stream{seed_, static_cast<std::uint64_t>(index) + 1, Purpose::search};
    const Index turn = index / 4;
    const Index known = known_.cols();
    const bool from_known = index % 4 < 2 && known > 0;
    const bool as_it_is = index % 4 == 0;
    auto w = space_.half(out, 0);
    if (from_known) {
      w = known_.col(Space::pairs ? turn / known % known : turn % known);
      if (!as_it_is) move(stream, w, 0);
    } else if (index % 4 == 3) {
      space_.sample(stream, w, 0);
    } else {
      pick(stream, turn, w, 0);
    }
    if constexpr (Space::pairs) {
      auto v = space_.half(out, 1);
      if (from_known) {
        v = known_.col(turn % known);
        if (!as_it_is) move(stream, v, 1);
        return;
      }
      const Index kind = stream.below(4);
      if (kind == 0) {
        beside(stream, w, v);
      } else if (kind == 1) {
        space_.sample(stream, v, 1);
      } else {
        pick(stream, stream.below(1024), v, 1);
      }
    }
  }

 private:
  /// Known or structured point `turn`.
  void pick(RandomStream& stream, Index turn, VectorRef<Scalar> out, Index which) const {
    const Index known = known_.cols();
    const Index at = turn % (known + structured_[which].cols());
    out = at < known ? known_.col(at) : structured_[which].col(at - known);
    move(stream, out, which);
  }
  /// Moves half of the points along the ray from 0 or from the centre, by a factor on a log scale.
  void move(RandomStream& stream, VectorRef<Scalar> out, Index which) const {
    const Index along = stream.below(4);
    const auto factor = static_cast<Scalar>(std::pow(10.0, stream.uniform(-3, 3)));
    const Vector<Scalar>& center = space_.shape(which).center;
    if (along == 0) out *= factor;
    if (along == 1) out = center + (out - center) * factor;
  }
  /// v = w + a step of size 10^-8 to 1 times what w is away from the centre.
  void beside(RandomStream& stream, ConstVectorRef<Scalar> w, VectorRef<Scalar> v) const {
    Scalar size = scaled_norm(w - space_.shape(0).center);
    if (!(size > Scalar(0))) size = space_.shape(0).reach;
    stream.fill_normal(v);
    const auto step = static_cast<Scalar>(std::pow(10.0, stream.uniform(-8, 0)));
    v = w + v * (step * size / Scalar(std::sqrt(static_cast<double>(w.size()))));
  }

  const Space& space_;
  Seed seed_;
  Matrix<Scalar> whole_;          // the caller's: points, or pairs (w; v)
  Matrix<Scalar> known_;          // the caller's and the objective's
  Matrix<Scalar> structured_[2];  // the regions'
};

}  // namespace detail

}  // namespace proxcvx
