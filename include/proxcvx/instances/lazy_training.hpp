// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/instances/over_parameterized.hpp>
#include <proxcvx/objectives/pull_back_in_blocks.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <utility>
#include <vector>

// What Du et al. 2019 watch along a run of a wide two-layer network: how far weights move, how many activation patterns
// change, and whether the tangent kernel stays away from singular.

namespace proxcvx {

/// How often the dearer numbers are worked out: at t = 0, every, 2 every, ...; 0 is never.
struct LazyTrainingSettings {
  Index flips_every = 1;    ///< a forward pass
  Index kernel_every = 10;  ///< a tangent kernel and its smallest eigenvalue: n^2 (d + m) + n^3 flops
};

/// An iterate W(t); numbers that were not worked out there are NaN.
struct LazyTrainingRow {
  Index t = 0;
  double loss = 0;            ///< L(W(t)) = ||u - y||^2/2
  double movement = 0;        ///< max_r ||w_r(t) - w_r(0)||
  double flips = 0;           ///< share of the pairs (i, r) for which w_r.x_i >= 0 is not what it was at t = 0
  double smallest = 0;        ///< lambda_min(H(W(t)))
  double identity_error = 0;  ///< |‖grad L‖^2 - (u - y)^T H (u - y)|/‖grad L‖^2
};

/// Records a run on the loss of an OverParameterized instance, from w0. Hand it to `minimize` by name. Each iterate
/// costs O(dm) and what the settings ask for; m n bytes and p numbers of memory.
template <class Net> class LazyTrainingRecorder {
 public:
  using Scalar = typename Net::Scalar;

  /// Throws std::invalid_argument unless w0 fits the network and the settings are >= 0.
  LazyTrainingRecorder(OverParameterized<Net> instance, Vector<Scalar> w0, LazyTrainingSettings settings = {})
      : instance_{std::move(instance)}, w0_{std::move(w0)}, settings_{settings} {
    require(w0_.size() == instance_.network().parameters(), "w0",
            std::to_string(instance_.network().parameters()) + " entries", w0_.size());
    require(settings.flips_every >= 0, "flips_every", "a number >= 0", settings.flips_every);
    require(settings.kernel_every >= 0, "kernel_every", "a number >= 0", settings.kernel_every);
    if (settings.flips_every > 0) {
      patterns_.resize(instance_.network().hidden(), instance_.data().size());
      visit_pre_activations(w0_, [&](const auto& z, Index first) {
        patterns_.middleCols(first, z.cols()) = (z.array() >= Scalar(0)).template cast<unsigned char>();
      });
    }
  }

  void operator()(const Iterate<Scalar>& iterate) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    LazyTrainingRow row{.t = iterate.t,
                        .loss = static_cast<double>(iterate.value),
                        .movement = movement(iterate.w),
                        .flips = nan,
                        .smallest = nan,
                        .identity_error = nan};
    if (due(iterate.t, settings_.flips_every)) row.flips = flips(iterate.w);
    if (due(iterate.t, settings_.kernel_every)) look_at_kernel(iterate, row);
    rows_.push_back(row);
  }

  [[nodiscard]] const std::vector<LazyTrainingRow>& rows() const { return rows_; }

 private:
  [[nodiscard]] static bool due(Index t, Index every) { return every > 0 && t % every == 0; }

  [[nodiscard]] double movement(const Vector<Scalar>& w) const {
    const auto& network = instance_.network();
    const auto now = network.weights(w), then = network.weights(w0_);
    Scalar most(0);
    for (Index r = 0; r < now.cols(); ++r) most = std::max(most, Scalar((now.col(r) - then.col(r)).norm()));
    return static_cast<double>(most);
  }

  [[nodiscard]] double flips(const Vector<Scalar>& w) const {
    Index changed = 0;
    visit_pre_activations(w, [&](const auto& z, Index first) {
      changed += ((z.array() >= Scalar(0)) != (patterns_.middleCols(first, z.cols()).array() != 0)).count();
    });
    return static_cast<double>(changed) / static_cast<double>(patterns_.size());
  }

  void look_at_kernel(const Iterate<Scalar>& iterate, LazyTrainingRow& row) const {
    const Matrix<Scalar> kernel = instance_.tangent_kernel(iterate.w);
    row.smallest = static_cast<double>(smallest_eigenvalue(kernel).value);
    // By the gradient's own products: near the end of a run u - y is little more than what u was rounded by.
    const auto& data = instance_.data();
    Vector<Scalar> residual(kernel.cols());
    Vector<Scalar> unused = Vector<Scalar>::Zero(iterate.w.size());
    detail::pull_back_in_blocks(
        instance_.network(), iterate.w, data.inputs(),
        [&](MatrixRef<Scalar> outputs, Index first) {
          residual.segment(first, outputs.cols()) =
              (outputs - data.targets().middleCols(first, outputs.cols())).row(0).transpose();
        },
        unused);
    const Scalar squares = iterate.gradient.squaredNorm();
    row.identity_error = static_cast<double>(std::abs(residual.dot(kernel * residual) - squares) / squares);
  }

  /// visitor(z, first) for blocks of samples: z(r, i) = w_r.x_{first + i}.
  template <class Visitor> void visit_pre_activations(const Vector<Scalar>& w, const Visitor& visitor) const {
    const auto& inputs = instance_.data().inputs();
    const auto weights = instance_.network().weights(w);
    for (Index first = 0; first < inputs.cols(); first += block_size) {
      const Index width = std::min(block_size, inputs.cols() - first);
      ScratchFrame<Scalar> frame;
      auto z = frame.matrix(weights.cols(), width);
      z.noalias() = product(weights.transpose(), inputs.middleCols(first, width));
      visitor(z, first);
    }
  }

  OverParameterized<Net> instance_;
  Vector<Scalar> w0_;
  LazyTrainingSettings settings_;
  Eigen::Matrix<unsigned char, Eigen::Dynamic, Eigen::Dynamic> patterns_;
  std::vector<LazyTrainingRow> rows_;
};

template <class Net, class Derived>
LazyTrainingRecorder(OverParameterized<Net>, const Eigen::MatrixBase<Derived>&, LazyTrainingSettings = {})
    -> LazyTrainingRecorder<Net>;

}  // namespace proxcvx
