// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/particles/kernels.hpp>
#include <proxcvx/particles/target.hpp>

// Formulas of theory 6, written down pair by pair: what the tests of particles/ hold the library against.

namespace particle_models {

namespace pc = proxcvx;

inline pc::Matrix<double> normal_cloud(pc::Index d, pc::Index n, std::uint64_t seed, double spread = 1) {
  pc::RandomStream stream{pc::Seed{seed}};
  pc::Matrix<double> cloud(d, n);
  stream.fill_normal(cloud);
  return spread * cloud;
}

template <class T> pc::Matrix<typename T::Scalar> scores_of(const T& target, const pc::Matrix<typename T::Scalar>& x) {
  pc::Matrix<typename T::Scalar> scores(x.rows(), x.cols());
  for (pc::Index i = 0; i < x.cols(); ++i) target.score(x.col(i), scores.col(i));
  return scores;
}

/// phi(x_i) = mean_j [k(x_j, x_i) s_j + grad_{x_j} k(x_j, x_i)].
template <class Kernel>
pc::Matrix<double> slow_field(const pc::Matrix<double>& x, const pc::Matrix<double>& scores, const Kernel& kernel) {
  pc::Matrix<double> phi = pc::Matrix<double>::Zero(x.rows(), x.cols());
  for (pc::Index i = 0; i < x.cols(); ++i) {
    for (pc::Index j = 0; j < x.cols(); ++j) {
      const auto at = kernel.at((x.col(i) - x.col(j)).squaredNorm());
      phi.col(i) += at.value * scores.col(j) + 2 * at.first * (x.col(j) - x.col(i));
    }
  }
  return phi / static_cast<double>(x.cols());
}

/// Stein's kernel u(x_i, x_j), n x n.
template <class Kernel>
pc::Matrix<double> slow_stein_kernel(const pc::Matrix<double>& x, const pc::Matrix<double>& scores,
                                     const Kernel& kernel) {
  pc::Matrix<double> u(x.cols(), x.cols());
  for (pc::Index i = 0; i < x.cols(); ++i) {
    for (pc::Index j = 0; j < x.cols(); ++j) {
      const pc::Vector<double> r = x.col(i) - x.col(j);
      const auto at = kernel.at(r.squaredNorm());
      u(i, j) = at.value * scores.col(i).dot(scores.col(j)) - 2 * at.first * (scores.col(i) - scores.col(j)).dot(r) -
                4 * at.second * r.squaredNorm() - 2 * static_cast<double>(x.rows()) * at.first;
    }
  }
  return u;
}

template <class Kernel>
double slow_mean_kernel(const pc::Matrix<double>& x, const pc::Matrix<double>& y, const Kernel& kernel, bool distinct) {
  double sum = 0;
  for (pc::Index i = 0; i < x.cols(); ++i) {
    for (pc::Index j = 0; j < y.cols(); ++j) {
      if (!distinct || i != j) sum += kernel.at((x.col(i) - y.col(j)).squaredNorm()).value;
    }
  }
  return sum / static_cast<double>(distinct ? x.cols() * (x.cols() - 1) : x.cols() * y.cols());
}

}  // namespace particle_models
