// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/particles/kernels.hpp>
#include <proxcvx/particles/pair_tiles.hpp>

// The field along which a cloud moves towards p fastest, over a kernel's unit ball (Liu & Wang 2016):
//   phi(x) = mean_j [k(x_j, x) s_j + grad_{x_j} k(x_j, x)],    s_j = grad log p(x_j),
// and what Stein's operator makes of it, A_p phi = s.phi + div phi, whose mean over the cloud is the squared kernelized
// Stein discrepancy. By matrix products over tiles of 256 x 256 pairs: O(n^2 d) time, O(nd) memory; the same bits for
// any number of threads.

namespace proxcvx::detail {

/// direction.col(i) = phi(x_i); with `stein`, that vector's entry i = A_p phi(x_i). Scores are d x n, as particles are.
template <class Scalar, RadialKernel Kernel>
void stein_field(ConstMatrixRef<Scalar> particles, ConstMatrixRef<Scalar> scores, const Kernel& kernel,
                 MatrixRef<Scalar> direction, Vector<Scalar>* stein = nullptr) {
  const SingleThreadedEigen guard;
  const MovedCloud<Scalar> x{particles};
  const Index d = particles.rows();
  Vector<Scalar> along;  // x_j.s_j
  if (stein) along = x.points.cwiseProduct(scores).colwise().sum().transpose();
  parallel_for_blocks(0, x.blocks(), 0, [&](Index block) {
    const Index first = x.first(block);
    const Index width = x.width(block);
    ScratchFrame<Scalar> frame;
    auto values = frame.vector(block_size * block_size);
    auto sums = frame.vector(width);      // of kappa'_ij over j
    auto mixed = frame.matrix(d, width);  // sum_j kappa'_ij s_j
    auto curved = frame.vector(width);    // sum_j of 2 kappa'_ij x_j.s_j and div_x grad_{x_j} k
    auto phi = direction.middleCols(first, width);
    phi.setZero();
    sums.setZero();
    mixed.setZero();
    curved.setZero();
    for_each_tile(x, x.blocks(), x, block, [&](Index other, auto& tile) {
      const auto points = x.points.middleCols(x.first(other), x.width(other));
      const auto drift = scores.middleCols(x.first(other), x.width(other));
      Eigen::Map<Matrix<Scalar>, Eigen::AlignedMax> kappa(values.data(), tile.rows(), tile.cols());
      if (stein) {
        for (Index i = 0; i < width; ++i) {
          Scalar* const s = tile.col(i).data();
          Scalar* const k = kappa.col(i).data();
          for (Index j = 0; j < tile.rows(); ++j) {
            const RadialValues<Scalar> at = kernel.at(s[j]);
            k[j] = Scalar(-4) * at.second * s[j] - static_cast<Scalar>(2 * d) * at.first;
            s[j] = at.first;
          }
        }
        curved += kappa.colwise().sum().transpose();
        curved.noalias() -= Scalar(2) * product(tile.transpose(), along.segment(x.first(other), x.width(other)));
        mixed.noalias() += product(drift, tile);
        squared_distances(x, other, x, block, tile);
      }
      for (Index i = 0; i < width; ++i) {
        Scalar* const s = tile.col(i).data();
        Scalar* const k = kappa.col(i).data();
        for (Index j = 0; j < tile.rows(); ++j) {
          const RadialValues<Scalar> at = kernel.at(s[j]);
          k[j] = at.value;
          s[j] = at.first;
        }
      }
      sums += tile.colwise().sum().transpose();
      phi.noalias() += product(drift, kappa);
      tile *= Scalar(2);
      phi.noalias() += product(points, tile);
    });
    const auto here = x.points.middleCols(first, width);
    const auto n = static_cast<Scalar>(x.size());
    for (Index i = 0; i < width; ++i) {
      phi.col(i) = (phi.col(i) - Scalar(2) * sums[i] * here.col(i)) / n;
      if (stein) {
        const Scalar divergence = (Scalar(2) * Scalar(here.col(i).dot(mixed.col(i))) + curved[i]) / n;
        (*stein)[first + i] = Scalar(scores.col(first + i).dot(phi.col(i))) + divergence;
      }
    }
  });
}

}  // namespace proxcvx::detail
