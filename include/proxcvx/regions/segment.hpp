// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <string>
#include <utility>

// The segment between two points, and the points of a trajectory.

namespace proxcvx {

/// {(1 - t) from + t to : 0 <= t <= 1}, sampled uniformly in t.
template <class Scalar_ = double> class Segment {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless both ends are finite and of one dimension.
  Segment(Vector<Scalar> from, Vector<Scalar> to) : from_{std::move(from)}, to_{std::move(to)} {
    require(from_.size() >= 1, "from", "at least one entry", from_.size());
    require(to_.size() == from_.size(), "to", "dimension " + std::to_string(from_.size()), to_.size());
    require(from_.allFinite() && to_.allFinite(), "segment: expected finite ends");
  }
  [[nodiscard]] Index dimension() const { return from_.size(); }
  [[nodiscard]] std::string description() const { return "segment"; }
  void sample(RandomStream& stream, VectorRef<Scalar> out) const { place(static_cast<Scalar>(stream.uniform()), out); }
  /// Up to 8 p ulps of the ends.
  [[nodiscard]] bool contains(ConstVectorRef<Scalar> w) const {
    const Scalar slack = gamma<Scalar>(8 * dimension() + 8) * (scaled_norm(from_) + scaled_norm(to_));
    return scaled_norm(w - (from_ + (to_ - from_) * position(w))) <= slack;
  }
  void project(VectorRef<Scalar> w) const { place(position(w), w); }
  template <class Other> [[nodiscard]] Segment<Other> cast() const {
    return Segment<Other>(Vector<Other>(from_.template cast<Other>()), Vector<Other>(to_.template cast<Other>()));
  }

 private:
  void place(Scalar t, VectorRef<Scalar> out) const { out = from_ + (to_ - from_) * t; }
  [[nodiscard]] Scalar position(ConstVectorRef<Scalar> w) const {
    const Scalar length = (to_ - from_).squaredNorm();
    if (!(length > Scalar(0))) return Scalar(0);
    const Scalar t = (w - from_).dot(to_ - from_) / length;
    return t < Scalar(0) ? Scalar(0) : (t > Scalar(1) ? Scalar(1) : t);
  }
  Vector<Scalar> from_;
  Vector<Scalar> to_;
};

/// The columns of a matrix, such as the iterates of a run; a sample is one of them, uniformly.
template <class Scalar_ = double> class Trajectory {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless there is at least one column and all are finite.
  explicit Trajectory(Matrix<Scalar> points) : points_{std::move(points)} {
    require(points_.rows() >= 1 && points_.cols() >= 1, "points", "at least one column", points_.cols());
    require(points_.allFinite(), "points: expected finite entries");
  }
  [[nodiscard]] Index dimension() const { return points_.rows(); }
  [[nodiscard]] const Matrix<Scalar>& points() const { return points_; }
  [[nodiscard]] std::string description() const {
    return "trajectory of " + std::to_string(points_.cols()) + " points";
  }
  void sample(RandomStream& stream, VectorRef<Scalar> out) const { out = points_.col(stream.below(points_.cols())); }
  [[nodiscard]] bool contains(ConstVectorRef<Scalar> w) const {
    for (Index i = 0; i < points_.cols(); ++i) {
      if (w == points_.col(i)) return true;
    }
    return false;
  }
  /// The nearest of the points.
  void project(VectorRef<Scalar> w) const {
    Index nearest = 0;
    (points_.colwise() - w).colwise().squaredNorm().minCoeff(&nearest);
    w = points_.col(nearest);
  }
  template <class Other> [[nodiscard]] Trajectory<Other> cast() const {
    return Trajectory<Other>(Matrix<Other>(points_.template cast<Other>()));
  }

 private:
  Matrix<Scalar> points_;
};

template <class From, class To>
Segment(const Eigen::MatrixBase<From>&, const Eigen::MatrixBase<To>&) -> Segment<typename From::Scalar>;
template <class Derived> Trajectory(const Eigen::MatrixBase<Derived>&) -> Trajectory<typename Derived::Scalar>;

static_assert(Region<Segment<double>> && Region<Trajectory<double>>);

}  // namespace proxcvx
