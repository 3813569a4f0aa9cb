// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <memory>
#include <proxcvx/core/product.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/particles/target.hpp>
#include <string>
#include <utility>

// Normal distributions and their mixtures. Copies share what is large.

namespace proxcvx {

/// N(0, deviation^2 I) on R^d: log p(x) = -||x||^2/(2 deviation^2). O(d) a call. The usual prior of a posterior.
template <class Scalar_ = double> class IsotropicNormal {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless dimension >= 1 and deviation > 0 is finite.
  explicit IsotropicNormal(Index dimension, double deviation = 1) : dimension_{dimension}, deviation_{deviation} {
    require(dimension >= 1, "dimension", "a number >= 1", dimension);
    require(deviation > 0 && std::isfinite(deviation), "deviation", "a finite number > 0", deviation);
  }

  [[nodiscard]] Index dimension() const { return dimension_; }
  [[nodiscard]] double deviation() const { return deviation_; }
  [[nodiscard]] Scalar log_density(ConstVectorRef<Scalar> x) const { return Scalar(-0.5) * x.squaredNorm() / square(); }
  Scalar score(ConstVectorRef<Scalar> x, VectorRef<Scalar> out) const {
    out = x / Scalar(-square());
    return log_density(x);
  }
  void sample(RandomStream& stream, VectorRef<Scalar> out) const {
    stream.fill_normal(out);
    out *= static_cast<Scalar>(deviation_);
  }
  template <class Other> [[nodiscard]] IsotropicNormal<Other> cast() const {
    return IsotropicNormal<Other>(dimension_, deviation_);
  }

 private:
  [[nodiscard]] Scalar square() const { return static_cast<Scalar>(deviation_) * static_cast<Scalar>(deviation_); }

  Index dimension_;
  double deviation_;
};

/// N(mean, covariance) on R^d: log p(x) = -(x - mean)^T P (x - mean)/2 with the precision P = covariance^-1.
/// O(d^2) a call, O(d^3) once.
template <class Scalar_ = double> class MultivariateNormal {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless the covariance is d x d, d = mean.size() >= 1, exactly symmetric and positive
  /// definite, and all entries are finite.
  MultivariateNormal(Vector<Scalar> mean, Matrix<Scalar> covariance) {
    const Index d = mean.size();
    require(d >= 1, "mean", "at least one entry", d);
    require(covariance.rows() == d && covariance.cols() == d, "covariance",
            std::to_string(d) + " x " + std::to_string(d),
            std::to_string(covariance.rows()) + " x " + std::to_string(covariance.cols()));
    require(is_finite(Scalar(mean.sum())) && is_finite(Scalar(covariance.sum())),
            "mean, covariance: expected finite entries");
    const Eigen::LLT<Matrix<Scalar>> factor(covariance);
    require(factor.info() == Eigen::Success && covariance == covariance.transpose(),
            "covariance: expected a symmetric positive definite matrix");
    Matrix<Scalar> precision = factor.solve(Matrix<Scalar>::Identity(d, d));
    precision = (Scalar(0.5) * (precision + precision.transpose())).eval();
    shared_ = std::make_shared<const Shared>(
        Shared{std::move(mean), std::move(covariance), Matrix<Scalar>(factor.matrixL()), std::move(precision)});
  }

  [[nodiscard]] Index dimension() const { return shared_->mean.size(); }
  [[nodiscard]] const Vector<Scalar>& mean() const { return shared_->mean; }
  [[nodiscard]] const Matrix<Scalar>& covariance() const { return shared_->covariance; }
  [[nodiscard]] const Matrix<Scalar>& precision() const { return shared_->precision; }
  /// L with L L^T = covariance, lower triangular.
  [[nodiscard]] const Matrix<Scalar>& factor() const { return shared_->factor; }

  [[nodiscard]] Scalar log_density(ConstVectorRef<Scalar> x) const {
    ScratchFrame<Scalar> frame;
    auto slope = frame.vector(dimension());
    return score(x, slope);
  }
  Scalar score(ConstVectorRef<Scalar> x, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto back = frame.vector(dimension());
    back = mean() - x;
    out.noalias() = product(precision(), back);
    return Scalar(-0.5) * Scalar(back.dot(out));
  }
  void sample(RandomStream& stream, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto standard = frame.vector(dimension());
    stream.fill_normal(standard);
    out = mean();
    out.noalias() += product(factor(), standard);
  }
  template <class Other> [[nodiscard]] MultivariateNormal<Other> cast() const {
    return {Vector<Other>(mean().template cast<Other>()), Matrix<Other>(covariance().template cast<Other>())};
  }

 private:
  struct Shared {
    Vector<Scalar> mean;
    Matrix<Scalar> covariance;
    Matrix<Scalar> factor;
    Matrix<Scalar> precision;
  };
  std::shared_ptr<const Shared> shared_;
};

template <class M, class C>
MultivariateNormal(const Eigen::MatrixBase<M>&, const C&) -> MultivariateNormal<typename M::Scalar>;

/// sum_k weight_k N(mean_k, deviation^2 I): log p(x) = log sum_k weight_k exp(-||x - mean_k||^2/(2 deviation^2)).
/// O(dK) a call.
template <class Scalar_ = double> class GaussianMixture {
 public:
  using Scalar = Scalar_;

  /// `means` is d x K, a component per column. Throws std::invalid_argument unless d, K >= 1, there is a weight > 0 for
  /// each component, all are finite, and deviation > 0 is finite. Weights are divided by their sum.
  GaussianMixture(Matrix<Scalar> means, Vector<Scalar> weights, double deviation = 1)
      : means_{std::move(means)}, weights_{std::move(weights)}, deviation_{deviation} {
    require(means_.rows() >= 1 && means_.cols() >= 1, "means", "a column of >= 1 entries per component",
            std::to_string(means_.rows()) + " x " + std::to_string(means_.cols()));
    require(weights_.size() == means_.cols(), "weights", std::to_string(means_.cols()) + " entries", weights_.size());
    require(means_.allFinite() && weights_.allFinite(), "means, weights: expected finite entries");
    require(weights_.minCoeff() > Scalar(0), "weights", "numbers > 0", static_cast<double>(weights_.minCoeff()));
    require(deviation > 0 && std::isfinite(deviation), "deviation", "a finite number > 0", deviation);
    weights_ /= Scalar(weights_.sum());
  }
  /// Components of equal weight.
  explicit GaussianMixture(const Matrix<Scalar>& means, double deviation = 1)
      : GaussianMixture(means, Vector<Scalar>::Ones(means.cols()), deviation) {}

  [[nodiscard]] Index dimension() const { return means_.rows(); }
  [[nodiscard]] const Matrix<Scalar>& means() const { return means_; }
  [[nodiscard]] const Vector<Scalar>& weights() const { return weights_; }
  [[nodiscard]] double deviation() const { return deviation_; }

  [[nodiscard]] Scalar log_density(ConstVectorRef<Scalar> x) const {
    ScratchFrame<Scalar> frame;
    auto slope = frame.vector(dimension());
    return score(x, slope);
  }
  /// The mean of the components' scores, weighted by what share of p(x) each of them has.
  Scalar score(ConstVectorRef<Scalar> x, VectorRef<Scalar> out) const {
    using std::exp;
    using std::log;
    ScratchFrame<Scalar> frame;
    auto shares = frame.vector(means_.cols());
    const auto square = static_cast<Scalar>(deviation_) * static_cast<Scalar>(deviation_);
    for (Index k = 0; k < means_.cols(); ++k) {
      shares[k] = Scalar(log(weights_[k])) - (x - means_.col(k)).squaredNorm() / (Scalar(2) * square);
    }
    const Scalar largest = shares.template maxCoeff<Eigen::PropagateNaN>();
    Scalar sum(0);
    out.setZero();
    for (Index k = 0; k < means_.cols(); ++k) {
      const Scalar share = exp(Scalar(shares[k] - largest));
      sum += share;
      out += share * (means_.col(k) - x);
    }
    out /= Scalar(sum * square);
    return largest + Scalar(log(sum));
  }
  void sample(RandomStream& stream, VectorRef<Scalar> out) const {
    double left = stream.uniform();
    Index k = 0;
    for (; k + 1 < means_.cols(); ++k) {
      left -= static_cast<double>(weights_[k]);
      if (left < 0) break;
    }
    stream.fill_normal(out);
    out = means_.col(k) + static_cast<Scalar>(deviation_) * out;
  }
  template <class Other> [[nodiscard]] GaussianMixture<Other> cast() const {
    return {Matrix<Other>(means_.template cast<Other>()), Vector<Other>(weights_.template cast<Other>()), deviation_};
  }

 private:
  Matrix<Scalar> means_;
  Vector<Scalar> weights_;
  double deviation_;
};

template <class M, class... Rest>
GaussianMixture(const Eigen::MatrixBase<M>&, const Rest&...) -> GaussianMixture<typename M::Scalar>;

static_assert(SampledTarget<IsotropicNormal<>> && SampledTarget<MultivariateNormal<float>>);
static_assert(SampledTarget<GaussianMixture<>>);

}  // namespace proxcvx
