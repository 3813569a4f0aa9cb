// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/regions/ball.hpp>
#include <span>
#include <string>
#include <utility>

// The box [low, high], entry by entry.

namespace proxcvx {

/// {w : low <= w <= high}, sampled uniformly.
template <class Scalar_ = double> class Box {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless both corners have one dimension, are finite, and low <= high everywhere.
  Box(Vector<Scalar> low, Vector<Scalar> high) : low_{std::move(low)}, high_{std::move(high)} {
    require(low_.size() >= 1, "low", "at least one entry", low_.size());
    require(high_.size() == low_.size(), "high", "dimension " + std::to_string(low_.size()), high_.size());
    require(low_.allFinite() && high_.allFinite(), "box: expected finite corners");
    require((low_.array() <= high_.array()).all(), "box: expected low <= high in every entry");
  }

  [[nodiscard]] Index dimension() const { return low_.size(); }
  [[nodiscard]] const Vector<Scalar>& low() const { return low_; }
  [[nodiscard]] const Vector<Scalar>& high() const { return high_; }
  [[nodiscard]] Vector<Scalar> center() const { return low_ / Scalar(2) + high_ / Scalar(2); }
  [[nodiscard]] std::string description() const { return "box in " + std::to_string(dimension()) + " dimensions"; }

  void sample(RandomStream& stream, VectorRef<Scalar> out) const {
    for (Index i = 0; i < out.size(); ++i) {
      // A convex combination of the ends, so that a box as wide as the number range does not overflow.
      const auto t = static_cast<Scalar>(stream.uniform());
      out[i] = std::clamp(Scalar((Scalar(1) - t) * low_[i] + t * high_[i]), low_[i], high_[i]);
    }
  }
  [[nodiscard]] bool contains(ConstVectorRef<Scalar> w) const {
    return (w.array() >= low_.array()).all() && (w.array() <= high_.array()).all();
  }
  void project(VectorRef<Scalar> w) const { w = w.cwiseMax(low_).cwiseMin(high_); }

  /// The box in these entries. Throws std::invalid_argument on an index out of range or none.
  [[nodiscard]] Box with_entries(std::span<const Index> kept) const {
    return Box(detail::entries(low_, kept), detail::entries(high_, kept));
  }

  template <class Other> [[nodiscard]] Box<Other> cast() const {
    return Box<Other>(Vector<Other>(low_.template cast<Other>()), Vector<Other>(high_.template cast<Other>()));
  }

 private:
  Vector<Scalar> low_;
  Vector<Scalar> high_;
};

template <class Low, class High>
Box(const Eigen::MatrixBase<Low>&, const Eigen::MatrixBase<High>&) -> Box<typename Low::Scalar>;

static_assert(ReducesToEntries<Box<double>> && ReducesToEntries<Box<float>>);

}  // namespace proxcvx
