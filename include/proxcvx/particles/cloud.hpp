// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/optimize/result.hpp>
#include <proxcvx/optimize/step_sizes.hpp>
#include <proxcvx/particles/target.hpp>
#include <string>
#include <utility>

// What every run of particles has in common: a cloud is a d x n matrix, a particle per column; what a run shows to its
// observers and what it leaves behind.

namespace proxcvx {

/// A run at time t, before its step.
template <class Scalar> struct CloudIterate {
  Index t;
  const Matrix<Scalar>& particles;  ///< d x n
  const Matrix<Scalar>& direction;  ///< d x n: what a step adds in the mean, divided by the step size
  Scalar step_size;                 ///< of the step that comes next
};

/// What a run of particles returns.
template <class Scalar> struct CloudResult {
  Status status = Status::iteration_limit;
  Matrix<Scalar> last;   ///< d x n, finite: the cloud after `iterations` steps
  Index iterations = 0;  ///< steps made
  Index failed_particle =
      -1;  ///< where the status is non_finite: whose score, log density, distance or step was so at `last`
  Index evaluations = 0;  ///< of the target's score, all particles together
  Index proposed = 0;     ///< moves that MALA proposed
  Index accepted = 0;     ///< and accepted

  /// The share of proposed moves that were accepted; NaN where nothing was proposed.
  [[nodiscard]] double acceptance() const { return static_cast<double>(accepted) / static_cast<double>(proposed); }
};

namespace detail {

/// The first column with an entry that is not finite; -1 where there is none.
template <class Scalar> [[nodiscard]] Index first_not_finite(const Matrix<Scalar>& columns) {
  if (columns.allFinite()) return -1;
  Index i = 0;
  while (columns.col(i).allFinite()) ++i;
  return i;
}

/// The first particle so far off that squared distances from it may overflow; -1 where there is none. O(nd).
template <class Scalar> [[nodiscard]] Index first_too_far(const Matrix<Scalar>& particles) {
  const Vector<Scalar> center = particles.rowwise().mean();
  for (Index i = 0; i < particles.cols(); ++i) {
    const Scalar most = Scalar(4) * Scalar((particles.col(i) - center).squaredNorm());
    if (!is_finite(most)) return i;
  }
  return -1;
}

/// score(particle i, out) for each column, on all threads; returns the first particle whose score is not finite or
/// whose log density is NaN, -1 where there is none.
template <class Scalar, class Score>
[[nodiscard]] Index scores_by(const Matrix<Scalar>& particles, Matrix<Scalar>& scores, Vector<Scalar>& log_densities,
                              const Score& score) {
  const Index n = particles.cols();
  scores.resize(particles.rows(), n);
  log_densities.resize(n);
  detail::for_each_vector(n, [&](Index i) { log_densities[i] = score(i, scores.col(i)); });
  const Index failed = first_not_finite(scores);
  for (Index i = 0; i < n; ++i) {
    const Scalar& value = log_densities[i];
    if (value != value) return failed < 0 ? i : std::min(i, failed);
  }
  return failed;
}

/// Throws std::invalid_argument unless the particles fit the target, are finite, and there is one.
template <class T> void require_cloud(const T& target, ConstMatrixRef<typename T::Scalar> particles) {
  static_assert(expect_target<T>());
  require(particles.cols() >= 1, "particles", "at least one column", particles.cols());
  require(particles.rows() == target.dimension(), "particles",
          "columns of dimension " + std::to_string(target.dimension()), particles.rows());
  require(particles.allFinite(), "particles: expected finite entries");
}

inline void require_iterations(Index iterations) {
  require(iterations >= 0, "iterations", "a number >= 0", iterations);
}

/// The run of a dynamics, which has
///   evaluate(t, particles) -> index   prepares direction() at x_t; >= 0: the particle that is not finite
///   advance(t, eta, particles, next) -> index   x_{t+1} into `next`; likewise
///   count(result)                     adds what it counted
/// Throws std::invalid_argument where the step size is not finite and > 0.
template <class Scalar, class Dynamics, class Step, class... Observers>
[[nodiscard]] CloudResult<Scalar> run_cloud(Dynamics& dynamics, Matrix<Scalar> particles, Index iterations,
                                            const Step& step_size, Observers&... observers) {
  const SingleThreadedEigen guard;
  CloudResult<Scalar> result;
  Matrix<Scalar> next(particles.rows(), particles.cols());
  Index t = 0;
  for (; t < iterations; ++t) {
    result.failed_particle = dynamics.evaluate(t, particles);
    if (result.failed_particle >= 0) break;
    const double eta = step_size(t);
    if (!(eta > 0 && std::isfinite(eta))) require(false, "step_size", "a finite number > 0", eta);
    const CloudIterate<Scalar> now{t, particles, dynamics.direction(), static_cast<Scalar>(eta)};
    if (any_wants_to_stop(now, observers...)) {
      result.status = Status::stopped_by_observer;
      break;
    }
    result.failed_particle = dynamics.advance(t, static_cast<Scalar>(eta), particles, next);
    if (result.failed_particle < 0) result.failed_particle = first_not_finite(next);
    if (result.failed_particle >= 0) break;
    particles.swap(next);
  }
  if (result.failed_particle >= 0) result.status = Status::non_finite;
  result.iterations = t;
  result.last = std::move(particles);
  dynamics.count(result);
  return result;
}

}  // namespace detail

}  // namespace proxcvx
