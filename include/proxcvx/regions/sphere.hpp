// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/regions/ball.hpp>

// The sphere about a centre, and a single point.

namespace proxcvx {

/// {w : ||w - center|| = radius}, up to rounding (contains allows 8 p ulps of the radius).
template <class Scalar_ = double> class Sphere {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless the centre is finite and not empty and the radius > 0 is finite.
  Sphere(Vector<Scalar> center, double radius) : center_{std::move(center)}, radius_{static_cast<Scalar>(radius)} {
    require(center_.size() >= 1, "center", "at least one entry", center_.size());
    require(center_.allFinite(), "center: expected finite entries");
    require(radius > 0 && std::isfinite(radius), "radius", "a finite number > 0", radius);
  }

  [[nodiscard]] Index dimension() const { return center_.size(); }
  [[nodiscard]] const Vector<Scalar>& center() const { return center_; }
  [[nodiscard]] std::string description() const { return "sphere of radius " + detail::number(radius_); }

  void sample(RandomStream& stream, VectorRef<Scalar> out) const {
    detail::uniform_direction(stream, out);
    out = center_ + out * radius_;
  }
  [[nodiscard]] bool contains(ConstVectorRef<Scalar> w) const {
    using std::abs;
    const Scalar slack = gamma<Scalar>(8 * dimension() + 8) * (radius_ + scaled_norm(center_));
    return Scalar(abs(Scalar(scaled_norm(w - center_) - radius_))) <= slack;
  }
  /// The nearest point of the sphere; the centre goes to the point in the direction of the first axis.
  void project(VectorRef<Scalar> w) const {
    const Scalar distance = scaled_norm(w - center_);
    if (distance > Scalar(0)) {
      w = center_ + (w - center_) * (radius_ / distance);
    } else {
      w = center_;
      w[0] += radius_;
    }
  }

  template <class Other> [[nodiscard]] Sphere<Other> cast() const {
    return Sphere<Other>(Vector<Other>(center_.template cast<Other>()), static_cast<double>(radius_));
  }

 private:
  Vector<Scalar> center_;
  Scalar radius_;
};

/// {v}: a reference that is known.
template <class Scalar_ = double> class Point {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless the point is finite and not empty.
  explicit Point(Vector<Scalar> point) : point_{std::move(point)} {
    require(point_.size() >= 1, "point", "at least one entry", point_.size());
    require(point_.allFinite(), "point: expected finite entries");
  }
  [[nodiscard]] Index dimension() const { return point_.size(); }
  [[nodiscard]] const Vector<Scalar>& center() const { return point_; }
  [[nodiscard]] std::string description() const { return "one point"; }
  void sample(RandomStream& /*stream*/, VectorRef<Scalar> out) const { out = point_; }
  [[nodiscard]] bool contains(ConstVectorRef<Scalar> w) const { return w == point_; }
  void project(VectorRef<Scalar> w) const { w = point_; }
  template <class Other> [[nodiscard]] Point<Other> cast() const {
    return Point<Other>(Vector<Other>(point_.template cast<Other>()));
  }

 private:
  Vector<Scalar> point_;
};

template <class Derived> Sphere(const Eigen::MatrixBase<Derived>&, double) -> Sphere<typename Derived::Scalar>;
template <class Derived> Point(const Eigen::MatrixBase<Derived>&) -> Point<typename Derived::Scalar>;

static_assert(Region<Sphere<double>> && Region<Point<double>>);

}  // namespace proxcvx
