// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/require.hpp>
#include <proxcvx/particles/cloud.hpp>
#include <proxcvx/particles/kernels.hpp>
#include <proxcvx/particles/pair_tiles.hpp>
#include <proxcvx/particles/stein_field.hpp>
#include <string>
#include <utility>
#include <vector>

// How far a cloud is from a target that is known by its score, or by samples:
//   KSD^2 = E u(x, y),  u = k s_x.s_y + s_x.grad_y k + s_y.grad_x k + div_x grad_y k   (Liu, Lee & Jordan 2016)
//   MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y)                                      (Gretton et al. 2012)

namespace proxcvx {

/// Over which pairs a mean is taken.
enum class Pairs {
  distinct,  ///< i != j, the U-statistic: unbiased, and it may be negative
  all        ///< the V-statistic: >= 0, too large by O(1/n)
};

namespace detail {

/// sum_ij kappa(||x_i - y_j||^2); over i != j where both are one cloud. O(nmd).
template <class Scalar, RadialKernel Kernel>
[[nodiscard]] Scalar sum_of_kernel(const MovedCloud<Scalar>& x, const MovedCloud<Scalar>& y, const Kernel& kernel) {
  std::vector<Scalar> sums(static_cast<std::size_t>(y.blocks()), Scalar(0));
  parallel_for_blocks(0, y.blocks(), 0, [&](Index block) {
    Scalar& sum = sums[static_cast<std::size_t>(block)];
    for_each_tile(x, x.blocks(), y, block, [&](Index other, auto& tile) {
      for (Index i = 0; i < tile.cols(); ++i) {
        Scalar* const s = tile.col(i).data();
        for (Index j = 0; j < tile.rows(); ++j) s[j] = kernel.at(s[j]).value;
      }
      if (&x == &y && other == block) tile.diagonal().setZero();
      sum += tile.sum();
    });
  });
  Scalar total(0);
  for (const Scalar& sum : sums) total += sum;
  return total;
}

template <class Scalar, class K> [[nodiscard]] Scalar mean_of_distinct(const MovedCloud<Scalar>& x, const K& kernel) {
  const auto n = static_cast<Scalar>(x.size());
  return sum_of_kernel(x, x, kernel) / (n * (n - Scalar(1)));
}

}  // namespace detail

/// MMD^2 against one fixed sample y_1, ..., y_m, with a kernel of fixed bandwidth; what depends on the sample alone is
/// computed once. O(m^2 d) once, O(n(n + m)d) a cloud.
template <class Scalar, RadialKernel Kernel> class SampleDiscrepancy {
 public:
  /// `samples` is d x m. Throws std::invalid_argument unless m >= 2 and they are finite.
  SampleDiscrepancy(const Matrix<Scalar>& samples, Kernel kernel)
      : kernel_{std::move(kernel)}, origin_{checked(samples, "samples").rowwise().mean()}, samples_{samples, origin_} {
    own_mean_ = detail::mean_of_distinct(samples_, kernel_);
  }

  /// The squared maximum mean discrepancy of the particles, d x n. Over distinct pairs it is unbiased: its mean is 0
  /// where particles and samples are independent draws of one law. Throws std::invalid_argument unless n >= 2, and the
  /// particles are finite and have the samples' dimension.
  [[nodiscard]] Scalar squared_mmd(ConstMatrixRef<Scalar> particles, Pairs pairs = Pairs::distinct) const {
    require(particles.rows() == origin_.size(), "particles", "dimension " + std::to_string(origin_.size()),
            particles.rows());
    const detail::MovedCloud<Scalar> x{checked(particles, "particles"), origin_};
    const auto n = static_cast<Scalar>(x.size());
    const auto m = static_cast<Scalar>(samples_.size());
    const Scalar mixed = detail::sum_of_kernel(samples_, x, kernel_) / (n * m);
    const Scalar own = detail::mean_of_distinct(x, kernel_);
    if (pairs == Pairs::distinct) return own + own_mean_ - Scalar(2) * mixed;
    const Scalar diagonal = kernel_.at(Scalar(0)).value;
    return own + (diagonal - own) / n + own_mean_ + (diagonal - own_mean_) / m - Scalar(2) * mixed;
  }

 private:
  template <class Cloud> static const Cloud& checked(const Cloud& cloud, const char* name) {
    require(cloud.cols() >= 2, name, "at least two columns", cloud.cols());
    require(cloud.rows() >= 1 && cloud.allFinite(), std::string(name) + ": expected finite entries");
    return cloud;
  }

  Kernel kernel_;
  Vector<Scalar> origin_;
  detail::MovedCloud<Scalar> samples_;
  Scalar own_mean_;
};

template <class D, class Kernel>
SampleDiscrepancy(const Eigen::MatrixBase<D>&, Kernel) -> SampleDiscrepancy<typename D::Scalar, Kernel>;

/// MMD^2 of particles (d x n) against samples (d x m); a rule for the bandwidth is asked about the samples.
/// Throws std::invalid_argument unless n, m >= 2, both are finite, and they have the same dimension.
template <class A, class B, KernelRule Kernel>
[[nodiscard]] typename A::Scalar squared_mmd(const Eigen::MatrixBase<A>& particles, const Eigen::MatrixBase<B>& samples,
                                             const Kernel& kernel, Pairs pairs = Pairs::distinct) {
  using Scalar = typename A::Scalar;
  const Matrix<Scalar> fixed = samples;
  const auto ready = kernel.on(fixed);
  return SampleDiscrepancy{fixed, ready}.squared_mmd(particles, pairs);
}

/// KSD^2 of particles (d x n) against a target. O(n^2 d) and n scores.
/// Throws std::invalid_argument unless there are two particles (one for Pairs::all), they are finite and fit the
/// target, or where a score is not finite.
template <class T, class Derived, KernelRule Kernel>
[[nodiscard]] typename T::Scalar squared_ksd(const Eigen::MatrixBase<Derived>& particles, const T& target,
                                             const Kernel& kernel, Pairs pairs = Pairs::distinct) {
  using Scalar = typename T::Scalar;
  const Matrix<Scalar> x = particles;
  detail::require_cloud(target, x);
  const Index n = x.cols();
  require(pairs == Pairs::all || n >= 2, "particles", "at least two columns", n);
  Matrix<Scalar> scores;
  Vector<Scalar> log_densities;
  const Index failed = detail::scores_by(x, scores, log_densities,
                                         [&](Index i, VectorRef<Scalar> out) { return target.score(x.col(i), out); });
  require(failed < 0, "particles", "finite scores", "another at particle " + std::to_string(failed));
  const auto ready = kernel.on(x);
  Matrix<Scalar> field(x.rows(), n);
  Vector<Scalar> stein(n);
  detail::stein_field<Scalar>(x, scores, ready, field, &stein);
  const Scalar mean = stein.mean();
  if (pairs == Pairs::all) return mean;
  const RadialValues<Scalar> at = ready.at(Scalar(0));
  const auto count = static_cast<Scalar>(n);
  // u(x, x) = kappa(0) ||s||^2 - 2 d kappa'(0)
  const Scalar diagonal = at.value * scores.squaredNorm() / count - static_cast<Scalar>(2 * x.rows()) * at.first;
  return (count * mean - diagonal) / (count - Scalar(1));
}

}  // namespace proxcvx
