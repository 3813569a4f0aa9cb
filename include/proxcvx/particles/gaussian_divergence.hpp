// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/objectives/spectrum.hpp>
#include <proxcvx/particles/normal_targets.hpp>
#include <string>
#include <utility>

// KL(q || p) as an objective of q = N(m, A A^T), for a normal target p = N(mu, P^-1):
//   F(m, A) = ((m - mu)^T P (m - mu) + tr(A^T P A) - d - log det P)/2 - log |det A|,
//   grad_m F = P(m - mu),    grad_A F = P A - A^{-T}.
// ||grad F||^2 = E_q ||grad log q - grad log p||^2, the relative Fisher information, so that the log-Sobolev inequality
// KL <= I/(2 rho), rho = lambda_min(P) (Gross 1975; Bakry & Emery 1985), is F's PL inequality with modulus rho; and
// along Langevin's diffusion, d KL/dt = -I (de Bruijn), hence KL(t) <= e^{-2 rho t} KL(0).

namespace proxcvx {

/// F of w = (m, A), m first, then A column by column: d + d^2 parameters. O(d^3) a call; infinite where A is singular.
template <class Scalar_ = double> class GaussianDivergence {
 public:
  using Scalar = Scalar_;

  explicit GaussianDivergence(MultivariateNormal<Scalar> target) : target_{std::move(target)} {
    log_det_ = Scalar(-2) * target_.factor().diagonal().array().log().sum();
  }

  [[nodiscard]] const MultivariateNormal<Scalar>& target() const { return target_; }
  [[nodiscard]] Index dimension() const { return size() + size() * size(); }
  [[nodiscard]] std::string name() const { return "KL to a normal law"; }
  [[nodiscard]] double minimum() const { return 0; }
  /// rho = lambda_min(P), rounded down: the target's log-Sobolev constant, F's PL modulus.
  [[nodiscard]] double pl_modulus() const {
    return detail::spectrum_of_symmetric(target_.precision()).smallest_nonzero;
  }

  /// w of N(mean, covariance), A its Cholesky factor. Throws std::invalid_argument as MultivariateNormal does.
  [[nodiscard]] Vector<Scalar> parameters(const Vector<Scalar>& mean, const Matrix<Scalar>& covariance) const {
    require(mean.size() == size(), "mean", std::to_string(size()) + " entries", mean.size());
    Vector<Scalar> w(dimension());
    w << mean, MultivariateNormal<Scalar>(mean, covariance).factor().reshaped();
    return w;
  }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    ScratchFrame<Scalar> frame;
    auto slope = frame.vector(dimension());
    return gradient(w, slope);
  }
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    const Index d = size();
    using std::abs;
    using std::log;
    const Eigen::Map<const Matrix<Scalar>> a(w.data() + d, d, d);
    Eigen::Map<Matrix<Scalar>> slope(out.data() + d, d, d);
    const Vector<Scalar> moved = w.head(d) - target_.mean();
    out.head(d).noalias() = product(target_.precision(), moved);
    slope.noalias() = product(target_.precision(), a);
    const Scalar squares = Scalar(moved.dot(out.head(d))) + Scalar(a.cwiseProduct(slope).sum());
    const Eigen::PartialPivLU<Matrix<Scalar>> factors{Matrix<Scalar>(a)};
    Scalar log_det(0);
    for (Index i = 0; i < d; ++i) log_det += Scalar(log(Scalar(abs(factors.matrixLU()(i, i)))));
    slope -= factors.inverse().transpose();
    return Scalar(0.5) * (squares - static_cast<Scalar>(d) - log_det_) - log_det;
  }

  template <class Other> [[nodiscard]] GaussianDivergence<Other> cast() const {
    return GaussianDivergence<Other>(target_.template cast<Other>());
  }

 private:
  [[nodiscard]] Index size() const { return target_.dimension(); }

  MultivariateNormal<Scalar> target_;
  Scalar log_det_;  ///< log det P
};

template <class S> GaussianDivergence(MultivariateNormal<S>) -> GaussianDivergence<S>;

/// The law at time t of Langevin's diffusion dX = -P(X - mu) dt + sqrt(2) dB that starts from N(mean, covariance):
/// mean mu + e^{-Pt}(mean - mu), covariance P^-1 + e^{-Pt}(covariance - P^-1)e^{-Pt}. O(d^3).
/// Throws std::invalid_argument unless t >= 0 is finite and the shapes fit.
template <class Scalar>
[[nodiscard]] MultivariateNormal<Scalar> langevin_law(const MultivariateNormal<Scalar>& target,
                                                      const MultivariateNormal<Scalar>& start, double t) {
  require(t >= 0 && std::isfinite(t), "t", "a finite number >= 0", t);
  require(start.dimension() == target.dimension(), "start", "dimension " + std::to_string(target.dimension()),
          start.dimension());
  const Eigen::SelfAdjointEigenSolver<Matrix<Scalar>> spectrum(target.precision());
  const Vector<Scalar> decay = (spectrum.eigenvalues() * static_cast<Scalar>(-t)).array().exp();
  const Matrix<Scalar> shrink = spectrum.eigenvectors() * decay.asDiagonal() * spectrum.eigenvectors().transpose();
  const Matrix<Scalar> covariance = target.covariance() + shrink * (start.covariance() - target.covariance()) * shrink;
  return {target.mean() + shrink * (start.mean() - target.mean()),
          Matrix<Scalar>(Scalar(0.5) * (covariance + covariance.transpose()))};
}

static_assert(DifferentiableObjective<GaussianDivergence<>>);

}  // namespace proxcvx
