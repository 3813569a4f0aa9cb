// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/require.hpp>
#include <proxcvx/diffusion/ornstein_uhlenbeck.hpp>
#include <utility>

// SGD on a quadratic F(w) = (1/2)(w - c)^T H (w - c) whose gradient noise has one covariance Sigma everywhere, and what
// stands for it, in closed form. In H's eigenbasis, y = w - c, l_i the eigenvalues:
//   SGD           E y_i = (1 - eta l_i)^n y_i, Cov = eta^2 Sigma_ij (1 - q^n)/(1 - q), q = (1 - eta l_i)(1 - eta l_j)
//   order 1, 2    Ornstein-Uhlenbeck with rates l_i, or l_i (1 + eta l_i/2), and diffusion eta Sigma
//   u_0 + eta u_1  the expansion in eta (Feng et al. 2019): of E y_i, e^{-l_i t}(1 - eta l_i^2 t/2) y_i; of E y_i y_j,
//                 e^{-kt}(1 - eta (l_i^2 + l_j^2) t/2) y_i y_j + eta Sigma_ij (1 - e^{-kt})/k, k = l_i + l_j

namespace proxcvx {

/// The moments of SGD on a quadratic and of the equations of orders 0, 1 and 2. O(p^3) each.
template <class Scalar_ = double> class QuadraticMoments {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless H and Sigma are symmetric, finite and of the center's dimension, step > 0.
  QuadraticMoments(Matrix<Scalar> curvature, Vector<Scalar> center, Matrix<Scalar> covariance, Scalar step)
      : curvature_{std::move(curvature)},
        center_{std::move(center)},
        covariance_{std::move(covariance)},
        step_{std::move(step)} {
    detail::require_symmetric(curvature_, "curvature", center_.size());
    detail::require_symmetric(covariance_, "covariance", center_.size());
    require(center_.allFinite(), "center: expected finite entries");
    require(step_ > 0 && step_ <= Eigen::NumTraits<Scalar>::highest(), "step", "a finite number > 0", step_);
    const Eigen::SelfAdjointEigenSolver<Matrix<Scalar>> spectrum(curvature_);
    basis_ = spectrum.eigenvectors();
    eigenvalues_ = spectrum.eigenvalues();
    rotated_ = basis_.transpose() * covariance_ * basis_;
  }

  [[nodiscard]] Index dimension() const { return center_.size(); }
  [[nodiscard]] Scalar step() const { return step_; }

  /// The moments of w_n from x. Throws std::invalid_argument unless n >= 0.
  [[nodiscard]] Moments<Scalar> sgd(ConstVectorRef<Scalar> x, Index n) const {
    require(n >= 0, "n", "a number >= 0", n);
    Vector<Scalar> y = basis_.transpose() * (x - center_);
    for (Index i = 0; i < y.size(); ++i) y[i] *= power(1 - step_ * eigenvalues_[i], n);
    Matrix<Scalar> second = y * y.transpose();
    for (Index j = 0; j < y.size(); ++j) {
      for (Index i = 0; i < y.size(); ++i) second(i, j) += rotated_(i, j) * noise_after(i, j, n);
    }
    return moved(y, second);
  }

  /// The law of order 0, 1 or 2. Throws std::invalid_argument on another one.
  [[nodiscard]] OrnsteinUhlenbeck<Scalar> equation(int order) const {
    require(order >= 0 && order <= 2, "order", "0, 1 or 2", order);
    Matrix<Scalar> rates = curvature_;
    if (order == 2) rates += step_ / 2 * symmetric_square();
    return {rates, center_, Scalar(order == 0 ? 0 : step_) * covariance_};
  }

  /// The expansion u_0 + eta u_1 of the moments at t = n eta from x.
  [[nodiscard]] Moments<Scalar> expansion(ConstVectorRef<Scalar> x, Scalar t) const {
    using std::exp;
    const Vector<Scalar> y = basis_.transpose() * (x - center_);
    const auto& l = eigenvalues_;
    Vector<Scalar> mean = y;
    Matrix<Scalar> second = y * y.transpose();
    for (Index i = 0; i < y.size(); ++i) mean[i] *= exp(-l[i] * t) * (1 - step_ * l[i] * l[i] * t / 2);
    for (Index j = 0; j < y.size(); ++j) {
      for (Index i = 0; i < y.size(); ++i) {
        const Scalar rate = l[i] + l[j];
        second(i, j) *= exp(-rate * t) * (1 - step_ * (l[i] * l[i] + l[j] * l[j]) * t / 2);
        second(i, j) += step_ * rotated_(i, j) * detail::accumulated(rate, t);
      }
    }
    return moved(mean, second);
  }

  /// The covariance that SGD settles at: the solution C of the discrete Lyapunov equation
  /// C = (I - eta H) C (I - eta H) + eta^2 Sigma. Throws std::invalid_argument unless 0 < eta l_i < 2 for all i.
  [[nodiscard]] Matrix<Scalar> stationary_covariance() const {
    const Vector<Scalar> l = step_ * eigenvalues_;
    require(l.minCoeff() > 0 && l.maxCoeff() < 2, "step", "eta times every eigenvalue of the curvature in (0, 2)",
            l.minCoeff() > 0 ? l.maxCoeff() : l.minCoeff());
    Matrix<Scalar> c = rotated_;
    for (Index j = 0; j < c.cols(); ++j) {
      for (Index i = 0; i < c.rows(); ++i) c(i, j) *= step_ * step_ / (l[i] + l[j] - l[i] * l[j]);
    }
    return basis_ * c * basis_.transpose();
  }

 private:
  [[nodiscard]] static Scalar power(Scalar base, Index n) {
    using std::pow;
    return pow(base, static_cast<Scalar>(n));
  }
  /// eta^2 (1 - q^n)/(1 - q), without cancellation where q is near 1.
  [[nodiscard]] Scalar noise_after(Index i, Index j, Index n) const {
    using std::expm1;
    using std::log1p;
    const Scalar r = step_ * (eigenvalues_[i] + eigenvalues_[j]) - step_ * step_ * eigenvalues_[i] * eigenvalues_[j];
    if (r == Scalar(0)) return step_ * step_ * static_cast<Scalar>(n);
    const Scalar forgotten =
        r < Scalar(0.5) ? Scalar(-expm1(static_cast<Scalar>(n) * log1p(-r))) : Scalar(1) - power(1 - r, n);
    return step_ * step_ * forgotten / r;
  }
  [[nodiscard]] Matrix<Scalar> symmetric_square() const {
    return basis_ * eigenvalues_.cwiseAbs2().asDiagonal() * basis_.transpose();
  }
  /// Moments of y in the eigenbasis as moments of w.
  [[nodiscard]] Moments<Scalar> moved(const Vector<Scalar>& mean, const Matrix<Scalar>& second) const {
    const Vector<Scalar> m = basis_ * mean;
    const Matrix<Scalar> cross = m * center_.transpose();
    return {m + center_,
            basis_ * second * basis_.transpose() + cross + cross.transpose() + center_ * center_.transpose()};
  }

  Matrix<Scalar> curvature_;
  Vector<Scalar> center_;
  Matrix<Scalar> covariance_;
  Scalar step_;
  Matrix<Scalar> basis_;
  Vector<Scalar> eigenvalues_;
  Matrix<Scalar> rotated_;  ///< Sigma in the eigenbasis
};

}  // namespace proxcvx
