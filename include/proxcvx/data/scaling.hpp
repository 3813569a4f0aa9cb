// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/data/dataset.hpp>
#include <string>
#include <string_view>
#include <utility>

// Scalings of inputs, fitted on one data set (training) and applied to it or to another (test).

namespace proxcvx {

/// How inputs are scaled.
enum class Scale {
  none,      ///< as they are
  standard,  ///< each feature to mean 0 and variance 1 (divisor n); a constant feature becomes 0
  unit_norm  ///< each sample to norm 1; a zero sample stays 0
};

inline constexpr std::array<std::string_view, 3> scale_names{"none", "standard", "unit-norm"};

[[nodiscard]] constexpr std::string_view to_string(Scale scale) { return scale_names[static_cast<std::size_t>(scale)]; }

/// The scale with this name. Throws std::invalid_argument on an unknown one.
[[nodiscard]] inline Scale scale_named(std::string_view name) {
  for (std::size_t i = 0; i < scale_names.size(); ++i) {
    if (scale_names[i] == name) return static_cast<Scale>(i);
  }
  require(false, "scale", "none, standard or unit-norm", name);
  return Scale::none;
}

/// An affine map of features, or a normalisation of samples: `Scaling::fit(training, Scale::standard)`, then
/// `scaling.apply(test)`. Only `fit` makes one, so that it always has the shape of the data it was fitted on.
template <class Scalar_ = double> class Scaling {
 public:
  using Scalar = Scalar_;

  /// Learns means and deviations where the scale needs them. O(d n).
  /// Throws std::invalid_argument when a feature's mean or deviation overflows.
  [[nodiscard]] static Scaling fit(const Dataset<Scalar>& data, Scale scale) {
    Scaling scaling{scale, data.dimension()};
    if (scale != Scale::standard) return scaling;
    const auto& x = data.inputs();
    const auto n = static_cast<Scalar>(data.size());
    for (Index row = 0; row < x.rows(); ++row) {
      const Scalar first = x(row, 0);
      const bool constant = (x.row(row).array() == first).all();  // exactly: rounding must not invent a deviation
      // Halves cannot overflow; the mean of differences to the first entry keeps the accuracy of near-constant
      // features.
      const Scalar mean = first + Scalar(2) * ((Scalar(0.5) * x.row(row)).array() - Scalar(0.5) * first).sum() / n;
      const Scalar deviation = scaled_norm((x.row(row).array() - mean).matrix()) / Scalar(std::sqrt(n));
      require(is_finite(mean) && is_finite(deviation), "data", "features whose mean and deviation are finite",
              "feature " + std::to_string(row) + " overflows");
      scaling.shift_[row] = constant ? first : mean;
      scaling.factor_[row] = constant || !(deviation > Scalar(0)) ? Scalar(0) : Scalar(1) / deviation;
      require(is_finite(scaling.factor_[row]), "data", "features whose deviation is no denormal number",
              "feature " + std::to_string(row));
    }
    return scaling;
  }

  [[nodiscard]] Scale scale() const { return scale_; }

  /// The scaled data; targets are untouched. O(d n). Throws std::invalid_argument when the dimension is another one.
  [[nodiscard]] Dataset<Scalar> apply(const Dataset<Scalar>& data) const {
    require(data.dimension() == shift_.size(), "data", "dimension " + std::to_string(shift_.size()), data.dimension());
    Matrix<Scalar> x = data.inputs();
    switch (scale_) {
      case Scale::none:
        return data;
      case Scale::standard:
        x = ((x.colwise() - shift_).array().colwise() * factor_.array()).matrix();
        break;
      case Scale::unit_norm:
        for (Index i = 0; i < x.cols(); ++i) {
          const Scalar norm = scaled_norm(x.col(i));
          if (norm > Scalar(0)) x.col(i) /= norm;
        }
        break;
    }
    return {std::move(x), data.targets()};
  }

 private:
  Scaling(Scale scale, Index dimension)
      : scale_{scale}, shift_{Vector<Scalar>::Zero(dimension)}, factor_{Vector<Scalar>::Ones(dimension)} {}

  Scale scale_;
  Vector<Scalar> shift_;
  Vector<Scalar> factor_;
};

/// The data scaled by its own means and deviations. O(d n).
template <class Scalar> [[nodiscard]] Dataset<Scalar> scaled(const Dataset<Scalar>& data, Scale scale) {
  return Scaling<Scalar>::fit(data, scale).apply(data);
}

}  // namespace proxcvx
