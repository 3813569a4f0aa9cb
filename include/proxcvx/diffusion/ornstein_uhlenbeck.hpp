// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <string>

// The Ornstein-Uhlenbeck process dX = -R(X - c) dt + sqrt(D) dB, R symmetric, in closed form: from x its law at t is
// N(c + e^{-Rt}(x - c), C_t), C_t = int_0^t e^{-Rs} D e^{-Rs} ds; in R's eigenbasis (C_t)_ij = D_ij (1 - e^{-kt})/k, k
// the sum of the i-th and the j-th rate.

namespace proxcvx {

/// The first two moments of a random vector X.
template <class Scalar> struct Moments {
  Vector<Scalar> mean;    ///< E X
  Matrix<Scalar> second;  ///< E X X^T

  [[nodiscard]] Matrix<Scalar> covariance() const { return second - mean * mean.transpose(); }
};

namespace detail {

/// (1 - e^{-rate t})/rate, t at rate 0.
template <class Scalar> [[nodiscard]] Scalar accumulated(Scalar rate, Scalar t) {
  using std::expm1;
  return rate == Scalar(0) ? t : Scalar(-expm1(-rate * t)) / rate;
}

template <class Scalar> void require_symmetric(const Matrix<Scalar>& m, const std::string& name, Index size) {
  require(m.rows() == size && m.cols() == size && size >= 1, name,
          std::to_string(size) + " x " + std::to_string(size) + ", at least 1 x 1",
          std::to_string(m.rows()) + " x " + std::to_string(m.cols()));
  require(m.allFinite() && (m - m.transpose()).cwiseAbs().maxCoeff() <=
                               Scalar(64) * Eigen::NumTraits<Scalar>::epsilon() * m.cwiseAbs().maxCoeff(),
          name + ": expected a symmetric matrix of finite entries");
}

}  // namespace detail

/// The process dX = -R(X - c) dt + sqrt(D) dB. O(p^3) to make, and for each matrix asked of it.
template <class Scalar_ = double> class OrnsteinUhlenbeck {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless `rates` and `diffusion` are symmetric, finite and of the center's dimension.
  OrnsteinUhlenbeck(const Matrix<Scalar>& rates, Vector<Scalar> center, const Matrix<Scalar>& diffusion)
      : center_{std::move(center)} {
    detail::require_symmetric(rates, "rates", center_.size());
    detail::require_symmetric(diffusion, "diffusion", center_.size());
    require(center_.allFinite(), "center: expected finite entries");
    const Eigen::SelfAdjointEigenSolver<Matrix<Scalar>> spectrum(rates);
    basis_ = spectrum.eigenvectors();
    rates_ = spectrum.eigenvalues();
    diffusion_ = basis_.transpose() * diffusion * basis_;
  }

  [[nodiscard]] Index dimension() const { return center_.size(); }
  /// The eigenvalues of R, ascending.
  [[nodiscard]] const Vector<Scalar>& rates() const { return rates_; }

  /// E X_t from x.
  [[nodiscard]] Vector<Scalar> mean(ConstVectorRef<Scalar> x, Scalar t) const {
    using std::exp;
    return center_ + basis_ * ((-t * rates_).array().exp() * (basis_.transpose() * (x - center_)).array()).matrix();
  }
  /// Cov X_t from a point.
  [[nodiscard]] Matrix<Scalar> covariance(Scalar t) const {
    return rotated([&](Scalar rate) { return detail::accumulated(rate, t); });
  }
  [[nodiscard]] Moments<Scalar> moments(ConstVectorRef<Scalar> x, Scalar t) const {
    const Vector<Scalar> m = mean(x, t);
    return {m, covariance(t) + m * m.transpose()};
  }
  /// The covariance as t goes to infinity: the solution C of RC + CR = D. Throws std::invalid_argument unless R > 0.
  [[nodiscard]] Matrix<Scalar> stationary_covariance() const {
    require(rates_[0] > 0, "rates", "a positive definite matrix, for a stationary law", rates_[0]);
    return rotated([](Scalar rate) { return 1 / rate; });
  }

  /// X_t from x, drawn exactly. O(p^3).
  [[nodiscard]] Vector<Scalar> sample(ConstVectorRef<Scalar> x, Scalar t, RandomStream& stream) const {
    const Eigen::SelfAdjointEigenSolver<Matrix<Scalar>> spectrum(covariance(t));
    Vector<Scalar> normals(dimension());
    stream.fill_normal(normals);
    return mean(x, t) +
           spectrum.eigenvectors() * (spectrum.eigenvalues().cwiseMax(Scalar(0)).cwiseSqrt().cwiseProduct(normals));
  }

 private:
  /// The matrix of entries D_ij weight(r_i + r_j) of the eigenbasis, in the standard one.
  template <class Weight> [[nodiscard]] Matrix<Scalar> rotated(const Weight& weight) const {
    Matrix<Scalar> c = diffusion_;
    for (Index j = 0; j < c.cols(); ++j) {
      for (Index i = 0; i < c.rows(); ++i) c(i, j) *= weight(rates_[i] + rates_[j]);
    }
    return basis_ * c * basis_.transpose();
  }

  Vector<Scalar> center_;
  Matrix<Scalar> basis_;
  Vector<Scalar> rates_;
  Matrix<Scalar> diffusion_;
};

}  // namespace proxcvx
