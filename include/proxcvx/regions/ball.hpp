// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <span>
#include <sstream>
#include <string>
#include <utility>

// The ball about a centre. Radii are drawn on a log scale by default: a ball in many dimensions is all shell, and
// uniform points miss almost everything that goes wrong near its centre.

namespace proxcvx {

/// How the distance to the centre is drawn.
enum class RadiusLaw {
  log_scale,  ///< log-uniform from 1e-6 R to R
  uniform     ///< uniform in the ball: R u^{1/p}
};

namespace detail {

/// out = a direction uniform on the unit sphere; p normal draws.
template <class Out> void uniform_direction(RandomStream& stream, Out& out) {
  using Scalar = typename Out::Scalar;
  Scalar norm(0);
  while (!(norm > Scalar(0))) {
    stream.fill_normal(out);
    norm = scaled_norm(out);
  }
  out /= norm;
}

/// Moves w back into the ball when rounding left it outside: the farthest point that is inside.
template <class Scalar> void pull_inside(VectorRef<Scalar> w, const Vector<Scalar>& center, Scalar radius) {
  Scalar shrink = Scalar(1);
  for (Scalar distance = scaled_norm(w - center); distance > radius; distance = scaled_norm(w - center)) {
    shrink -= Scalar(4) * unit_roundoff<Scalar>();
    w = center + (w - center) * (radius / distance * shrink);
    if (!(shrink > Scalar(0.5))) w = center;
  }
}

/// These entries of w.
template <class Scalar> [[nodiscard]] Vector<Scalar> entries(const Vector<Scalar>& w, std::span<const Index> kept) {
  Vector<Scalar> out(static_cast<Index>(kept.size()));
  for (std::size_t i = 0; i < kept.size(); ++i) {
    require(kept[i] >= 0 && kept[i] < w.size(), "entries", "numbers in [0, " + std::to_string(w.size()) + ")", kept[i]);
    out[static_cast<Index>(i)] = w[kept[i]];
  }
  return out;
}

template <class Scalar> [[nodiscard]] std::string number(const Scalar& value) {
  std::ostringstream text;
  text << static_cast<double>(value);
  return text.str();
}

}  // namespace detail

/// {w : ||w - center|| <= radius}.
template <class Scalar_ = double> class Ball {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless the centre is finite and not empty and the radius > 0 is finite.
  Ball(Vector<Scalar> center, double radius, RadiusLaw law = RadiusLaw::log_scale)
      : center_{std::move(center)}, radius_{static_cast<Scalar>(radius)}, law_{law} {
    require(center_.size() >= 1, "center", "at least one entry", center_.size());
    require(center_.allFinite(), "center: expected finite entries");
    require(radius > 0 && std::isfinite(radius), "radius", "a finite number > 0", radius);
  }

  [[nodiscard]] Index dimension() const { return center_.size(); }
  [[nodiscard]] const Vector<Scalar>& center() const { return center_; }
  [[nodiscard]] Scalar radius() const { return radius_; }
  [[nodiscard]] std::string description() const {
    return "ball of radius " + detail::number(radius_) +
           (law_ == RadiusLaw::log_scale ? ", log-scale radii" : ", uniform");
  }

  void sample(RandomStream& stream, VectorRef<Scalar> out) const {
    detail::uniform_direction(stream, out);
    const double u = stream.uniform();
    const double fraction =
        law_ == RadiusLaw::log_scale ? std::pow(10.0, -6 * u) : std::pow(u, 1 / static_cast<double>(dimension()));
    out = center_ + out * (radius_ * static_cast<Scalar>(fraction));
    detail::pull_inside<Scalar>(out, center_, radius_);
  }
  [[nodiscard]] bool contains(ConstVectorRef<Scalar> w) const { return scaled_norm(w - center_) <= radius_; }
  void project(VectorRef<Scalar> w) const {
    const Scalar distance = scaled_norm(w - center_);
    if (distance <= radius_) return;
    w = center_ + (w - center_) * (radius_ / distance);
    detail::pull_inside<Scalar>(w, center_, radius_);
  }

  /// The ball about these entries of the centre. Throws std::invalid_argument on an index out of range or none.
  [[nodiscard]] Ball with_entries(std::span<const Index> kept) const {
    return Ball(detail::entries(center_, kept), static_cast<double>(radius_), law_);
  }

  template <class Other> [[nodiscard]] Ball<Other> cast() const {
    return Ball<Other>(Vector<Other>(center_.template cast<Other>()), static_cast<double>(radius_), law_);
  }

 private:
  Vector<Scalar> center_;
  Scalar radius_;
  RadiusLaw law_;
};

template <class Derived> Ball(const Eigen::MatrixBase<Derived>&, double) -> Ball<typename Derived::Scalar>;
template <class Derived> Ball(const Eigen::MatrixBase<Derived>&, double, RadiusLaw) -> Ball<typename Derived::Scalar>;

static_assert(ReducesToEntries<Ball<double>> && ReducesToEntries<Ball<float>>);

}  // namespace proxcvx
