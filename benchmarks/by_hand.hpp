// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/proxcvx.hpp>

// What one would write by hand with Eigen. Each works in buffers that it allocates once, as the library does.

namespace by_hand {

namespace pc = proxcvx;

/// log(1 + e^{-z}) and its derivative, stable at both ends.
template <class Scalar> struct Logistic {
  Scalar value;
  Scalar derivative;
  explicit Logistic(Scalar z) {
    const Scalar e = std::exp(-std::abs(z));
    value = std::log1p(e) + (z < 0 ? -z : Scalar(0));
    derivative = -(z < 0 ? Scalar(1) : e) / (1 + e);
  }
};

/// The risk of a two-layer leaky ReLU network under the logistic loss by two matrix products and one pass between them.
template <class Scalar> class TwoLayerRisk {
 public:
  TwoLayerRisk(const pc::Dataset<Scalar>& data, const pc::Vector<Scalar>& outer, Scalar slope)
      : data_{data}, outer_{outer}, slope_{slope}, Z_(outer.size(), data.size()) {}

  Scalar gradient(pc::ConstVectorRef<Scalar> w, pc::VectorRef<Scalar> out) {
    const pc::Index d = data_.dimension(), m = outer_.size(), n = data_.size();
    Z_.noalias() = Eigen::Map<const pc::Matrix<Scalar>>(w.data(), d, m).transpose() * data_.inputs();
    Scalar sum = 0;
    for (pc::Index i = 0; i < n; ++i) {
      auto z = Z_.col(i).array();
      const Scalar output = (outer_.array() * (z >= 0).select(z, slope_ * z)).sum();
      const Scalar y = data_.targets()(0, i);
      const Logistic<Scalar> loss{y * output};
      sum += loss.value;
      z = (loss.derivative * y / static_cast<Scalar>(n)) * (z >= 0).select(outer_.array(), slope_ * outer_.array());
    }
    Eigen::Map<pc::Matrix<Scalar>>(out.data(), d, m).noalias() = data_.inputs() * Z_.transpose();
    return sum / static_cast<Scalar>(n);
  }

 private:
  pc::Dataset<Scalar> data_;
  pc::Vector<Scalar> outer_;
  Scalar slope_;
  pc::Matrix<Scalar> Z_;
};

/// One iteration of full-batch gradient descent on logistic regression.
template <class Scalar> class LogisticDescent {
 public:
  explicit LogisticDescent(const pc::Dataset<Scalar>& data)
      : data_{data}, w_{pc::Vector<Scalar>::Zero(data.dimension())}, gradient_(data.dimension()), z_(data.size()) {}

  Scalar step(Scalar eta) {
    const auto n = static_cast<Scalar>(data_.size());
    z_.noalias() = data_.inputs().transpose() * w_;
    Scalar sum = 0;
    for (pc::Index i = 0; i < data_.size(); ++i) {
      const Scalar y = data_.targets()(0, i);
      const Logistic<Scalar> loss{y * z_[i]};
      sum += loss.value;
      z_[i] = y * loss.derivative / n;
    }
    gradient_.noalias() = data_.inputs() * z_;
    w_ -= eta * gradient_;
    return sum / n;
  }

  /// One step on one example.
  Scalar step(Scalar eta, pc::Index example) {
    const auto x = data_.inputs().col(example);
    const Scalar y = data_.targets()(0, example);
    const Logistic<Scalar> loss{y * w_.dot(x)};
    w_ -= (eta * y * loss.derivative) * x;
    return loss.value;
  }

 private:
  pc::Dataset<Scalar> data_;
  pc::Vector<Scalar> w_, gradient_, z_;
};

}  // namespace by_hand
