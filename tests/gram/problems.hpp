// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/types.hpp>

namespace gram_problems {

namespace pc = proxcvx;

template <class S> pc::Matrix<S> normal_matrix(pc::Index rows, pc::Index cols, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{seed}};
  pc::Matrix<S> x(rows, cols);
  stream.fill_normal(x);
  return x;
}

/// Q diag(values) Q^T for a Q of Householder reflections: a symmetric matrix with known eigenvalues, up to rounding.
template <class S> pc::Matrix<S> with_eigenvalues(const pc::Vector<S>& values, std::uint64_t seed) {
  pc::Matrix<S> a = values.asDiagonal();
  for (std::uint64_t k = 0; k < 3; ++k) {
    pc::Vector<S> v = normal_matrix<S>(values.size(), 1, seed + k);
    v /= v.norm();
    const pc::Vector<S> av = a * v;
    const S quadratic = v.dot(av);
    a += S(4) * quadratic * v * v.transpose() - S(2) * (v * av.transpose() + av * v.transpose());
  }
  return a;
}

}  // namespace gram_problems
