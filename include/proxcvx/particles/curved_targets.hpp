// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/require.hpp>
#include <proxcvx/particles/target.hpp>

// Three distributions with curved or narrow level sets, known exactly: each is a chain of normal distributions, so that
// it can be drawn from.

namespace proxcvx {

/// Neal's funnel (Neal 2003) on R^d, d >= 2: the last coordinate y ~ N(0, deviation^2), the others x_k | y ~ N(0, e^y):
///   log p = -y^2/(2 deviation^2) - sum_k x_k^2 e^{-y}/2 - (d - 1) y/2.
template <class Scalar_ = double> class Funnel {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless dimension >= 2 and deviation > 0 is finite.
  explicit Funnel(Index dimension = 2, double deviation = 3) : dimension_{dimension}, deviation_{deviation} {
    require(dimension >= 2, "dimension", "a number >= 2", dimension);
    require(deviation > 0 && std::isfinite(deviation), "deviation", "a finite number > 0", deviation);
  }

  [[nodiscard]] Index dimension() const { return dimension_; }
  [[nodiscard]] Scalar log_density(ConstVectorRef<Scalar> x) const {
    using std::exp;
    const Scalar y = x[dimension_ - 1];
    const Scalar z = y / static_cast<Scalar>(deviation_);
    const Scalar squares = x.head(dimension_ - 1).squaredNorm();
    return Scalar(-0.5) * (z * z + squares * Scalar(exp(Scalar(-y))) + static_cast<Scalar>(dimension_ - 1) * y);
  }
  Scalar score(ConstVectorRef<Scalar> x, VectorRef<Scalar> out) const {
    using std::exp;
    const Index last = dimension_ - 1;
    const Scalar y = x[last];
    const auto deviation = static_cast<Scalar>(deviation_);
    const Scalar precision = exp(Scalar(-y));
    out.head(last) = -precision * x.head(last);
    out[last] = -y / (deviation * deviation) +
                Scalar(0.5) * (precision * x.head(last).squaredNorm() - static_cast<Scalar>(last));
    return log_density(x);
  }
  void sample(RandomStream& stream, VectorRef<Scalar> out) const {
    stream.fill_normal(out);
    using std::exp;
    out[dimension_ - 1] *= static_cast<Scalar>(deviation_);
    out.head(dimension_ - 1) *= Scalar(exp(Scalar(Scalar(0.5) * out[dimension_ - 1])));
  }
  template <class Other> [[nodiscard]] Funnel<Other> cast() const { return Funnel<Other>(dimension_, deviation_); }

 private:
  Index dimension_;
  double deviation_;
};

namespace detail {

/// x ~ N(0, width^2), y | x ~ N(m(x), thickness^2) on R^2, where Derived has m as ridge(x) and its derivative as
/// ridge_slope(x): log p = -x^2/(2 width^2) - (y - m(x))^2/(2 thickness^2).
template <class Derived, class Scalar_> class RidgeTarget {
 public:
  using Scalar = Scalar_;

  [[nodiscard]] Index dimension() const { return 2; }
  [[nodiscard]] double width() const { return width_; }
  [[nodiscard]] double thickness() const { return thickness_; }
  [[nodiscard]] Scalar log_density(ConstVectorRef<Scalar> x) const {
    const Scalar along = x[0] / static_cast<Scalar>(width_);
    const Scalar across = (x[1] - self().ridge(Scalar(x[0]))) / static_cast<Scalar>(thickness_);
    return Scalar(-0.5) * (along * along + across * across);
  }
  Scalar score(ConstVectorRef<Scalar> x, VectorRef<Scalar> out) const {
    const Scalar along = x[0] / static_cast<Scalar>(width_);
    const Scalar across = (x[1] - self().ridge(Scalar(x[0]))) / static_cast<Scalar>(thickness_);
    out[1] = -across / static_cast<Scalar>(thickness_);
    out[0] = -along / static_cast<Scalar>(width_) - out[1] * self().ridge_slope(Scalar(x[0]));
    return Scalar(-0.5) * (along * along + across * across);
  }
  void sample(RandomStream& stream, VectorRef<Scalar> out) const {
    stream.fill_normal(out);
    out[0] *= static_cast<Scalar>(width_);
    out[1] = self().ridge(Scalar(out[0])) + static_cast<Scalar>(thickness_) * out[1];
  }

 protected:
  RidgeTarget(double width, double thickness) : width_{width}, thickness_{thickness} {
    require(width > 0 && std::isfinite(width), "width", "a finite number > 0", width);
    require(thickness > 0 && std::isfinite(thickness), "thickness", "a finite number > 0", thickness);
  }

 private:
  [[nodiscard]] const Derived& self() const { return static_cast<const Derived&>(*this); }

  double width_;
  double thickness_;
};

}  // namespace detail

/// What Banana is made of.
struct BananaSettings {
  double bend = 0.5;     ///< b of m(x) = b (x^2 - width^2)
  double width = 2;      ///< > 0
  double thickness = 1;  ///< > 0
};

/// The banana (Haario, Saksman & Tamminen 1999): x ~ N(0, width^2), y | x ~ N(b (x^2 - width^2), thickness^2); mean 0.
template <class Scalar_ = double> class Banana : public detail::RidgeTarget<Banana<Scalar_>, Scalar_> {
  using Base = detail::RidgeTarget<Banana<Scalar_>, Scalar_>;

 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless all are finite and width, thickness > 0.
  explicit Banana(BananaSettings settings = {}) : Base(settings.width, settings.thickness), settings_{settings} {
    require(std::isfinite(settings.bend), "bend", "a finite number", settings.bend);
  }
  [[nodiscard]] Scalar ridge(const Scalar& x) const {
    const auto width = static_cast<Scalar>(settings_.width);
    return static_cast<Scalar>(settings_.bend) * (x * x - width * width);
  }
  [[nodiscard]] Scalar ridge_slope(const Scalar& x) const { return static_cast<Scalar>(2 * settings_.bend) * x; }
  template <class Other> [[nodiscard]] Banana<Other> cast() const { return Banana<Other>(settings_); }

 private:
  BananaSettings settings_;
};

/// What Sinusoid is made of.
struct SinusoidSettings {
  double frequency = 1.5;  ///< omega of m(x) = sin(omega x)
  double width = 2;        ///< > 0
  double thickness = 0.4;  ///< > 0
};

/// A wave: x ~ N(0, width^2), y | x ~ N(sin(omega x), thickness^2).
template <class Scalar_ = double> class Sinusoid : public detail::RidgeTarget<Sinusoid<Scalar_>, Scalar_> {
  using Base = detail::RidgeTarget<Sinusoid<Scalar_>, Scalar_>;

 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless all are finite and width, thickness > 0.
  explicit Sinusoid(SinusoidSettings settings = {}) : Base(settings.width, settings.thickness), settings_{settings} {
    require(std::isfinite(settings.frequency), "frequency", "a finite number", settings.frequency);
  }
  [[nodiscard]] Scalar ridge(const Scalar& x) const {
    using std::sin;
    return sin(Scalar(static_cast<Scalar>(settings_.frequency) * x));
  }
  [[nodiscard]] Scalar ridge_slope(const Scalar& x) const {
    using std::cos;
    const auto frequency = static_cast<Scalar>(settings_.frequency);
    return frequency * Scalar(cos(Scalar(frequency * x)));
  }
  template <class Other> [[nodiscard]] Sinusoid<Other> cast() const { return Sinusoid<Other>(settings_); }

 private:
  SinusoidSettings settings_;
};

static_assert(SampledTarget<Funnel<>> && SampledTarget<Banana<float>> && SampledTarget<Sinusoid<>>);

}  // namespace proxcvx
