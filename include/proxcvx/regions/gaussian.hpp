// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/regions/ball.hpp>
#include <span>
#include <string>
#include <utility>

// All of R^p, drawn from a normal distribution about a mean.

namespace proxcvx {

/// R^p with the measure N(mean, deviation^2 I).
template <class Scalar_ = double> class Gaussian {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless the mean is finite and not empty and deviation > 0 is finite.
  Gaussian(Vector<Scalar> mean, double deviation) : mean_{std::move(mean)}, deviation_{deviation} {
    require(mean_.size() >= 1, "mean", "at least one entry", mean_.size());
    require(mean_.allFinite(), "mean: expected finite entries");
    require(deviation > 0 && std::isfinite(deviation), "deviation", "a finite number > 0", deviation);
  }
  [[nodiscard]] Index dimension() const { return mean_.size(); }
  [[nodiscard]] const Vector<Scalar>& center() const { return mean_; }
  [[nodiscard]] std::string description() const { return "normal, deviation " + detail::number(deviation_); }
  void sample(RandomStream& stream, VectorRef<Scalar> out) const {
    stream.fill_normal(out);
    out = mean_ + out * static_cast<Scalar>(deviation_);
  }
  [[nodiscard]] bool contains(ConstVectorRef<Scalar> w) const { return w.allFinite(); }
  void project(VectorRef<Scalar> /*w*/) const {}
  /// The same about these entries of the mean. Throws std::invalid_argument on an index out of range or none.
  [[nodiscard]] Gaussian with_entries(std::span<const Index> kept) const {
    return Gaussian(detail::entries(mean_, kept), deviation_);
  }
  template <class Other> [[nodiscard]] Gaussian<Other> cast() const {
    return Gaussian<Other>(Vector<Other>(mean_.template cast<Other>()), deviation_);
  }

 private:
  Vector<Scalar> mean_;
  double deviation_;
};

template <class Derived> Gaussian(const Eigen::MatrixBase<Derived>&, double) -> Gaussian<typename Derived::Scalar>;

static_assert(ReducesToEntries<Gaussian<double>>);

}  // namespace proxcvx
