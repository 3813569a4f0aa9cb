// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/particles/cloud.hpp>
#include <utility>
#include <vector>

// Langevin dynamics, a chain per particle: with tau = eta/(2 lambda) and xi ~ N(0, I),
//   ULA    x += tau s(x) + sqrt(2 tau) xi,  s = grad log p                    (Roberts & Tweedie 1996)
//   SGLD   the same with s from a few terms of the target                     (Welling & Teh 2011)
//   MALA   the move of ULA, accepted with probability min(1, p(x') q(x|x')/(p(x) q(x'|x)))   (Besag 1994)
// The draws of particle i in step t are a function of (seed, t, i), t and i below 2^32.

namespace proxcvx {

/// When ULA and MALA end and what they draw.
struct LangevinSettings {
  Index iterations = 1000;  ///< >= 0
  double lambda = 0.5;      ///< > 0; tau = eta/(2 lambda)
  Seed seed{1};
};

/// The same for SGLD.
struct SGLDSettings {
  Index iterations = 1000;  ///< >= 0
  Index batch = 32;         ///< >= 1: terms of the target in a step of a particle, drawn with replacement
  double lambda = 0.5;      ///< > 0; tau = eta/(2 lambda)
  Seed seed{1};
};

namespace detail {

[[nodiscard]] inline RandomStream stream_of_move(Seed seed, Index t, Index particle, Purpose purpose) {
  return RandomStream{seed, (static_cast<std::uint64_t>(t) << 32U) | static_cast<std::uint64_t>(particle), purpose};
}

/// The move x + tau s(x) + sqrt(2 tau) xi of every particle, given the scores by score(t, i, x, out).
template <class Scalar, class Score> class LangevinMove {
 public:
  LangevinMove(Score score, double lambda, Seed seed) : score_{std::move(score)}, lambda_{lambda}, seed_{seed} {
    require(lambda > 0 && std::isfinite(lambda), "lambda", "a finite number > 0", lambda);
  }

  [[nodiscard]] const Matrix<Scalar>& direction() const { return direction_; }
  void count(CloudResult<Scalar>& result) const { result.evaluations = evaluations_; }

  [[nodiscard]] Index evaluate(Index t, const Matrix<Scalar>& particles) {
    const Index failed = scores_at(t, particles, direction_, log_densities_);
    direction_ /= Scalar(2) * static_cast<Scalar>(lambda_);
    return failed;
  }
  [[nodiscard]] Index advance(Index t, Scalar eta, const Matrix<Scalar>& particles, Matrix<Scalar>& next) const {
    using std::sqrt;
    const Scalar spread = sqrt(Scalar(eta / static_cast<Scalar>(lambda_)));
    for (Index i = 0; i < particles.cols(); ++i) {
      RandomStream stream = stream_of_move(seed_, t, i, Purpose::particles);
      auto column = next.col(i);
      stream.fill_normal(column);
      column = particles.col(i) + eta * direction_.col(i) + spread * column;
    }
    return -1;
  }

 protected:
  [[nodiscard]] Index scores_at(Index t, const Matrix<Scalar>& particles, Matrix<Scalar>& scores,
                                Vector<Scalar>& log_densities) {
    evaluations_ += particles.cols();
    return scores_by(particles, scores, log_densities,
                     [&](Index i, VectorRef<Scalar> out) { return score_(t, i, particles.col(i), out); });
  }
  [[nodiscard]] double lambda() const { return lambda_; }
  [[nodiscard]] Seed seed() const { return seed_; }
  [[nodiscard]] Matrix<Scalar>& directions() { return direction_; }
  [[nodiscard]] Vector<Scalar>& log_densities() { return log_densities_; }

 private:
  Matrix<Scalar> direction_;
  Vector<Scalar> log_densities_;
  Score score_;
  double lambda_;
  Seed seed_;
  Index evaluations_ = 0;
};

/// The same with Metropolis & Hastings' correction; a score is evaluated once for each proposal.
template <class Scalar, class Score> class CorrectedMove : public LangevinMove<Scalar, Score> {
  using Base = LangevinMove<Scalar, Score>;

 public:
  using Base::Base;

  void count(CloudResult<Scalar>& result) const {
    Base::count(result);
    result.proposed = proposed_moves_;
    result.accepted = accepted_;
  }
  [[nodiscard]] Index evaluate(Index t, const Matrix<Scalar>& particles) {
    return t == 0 ? Base::evaluate(t, particles) : -1;  // later on, advance has found them already
  }
  [[nodiscard]] Index advance(Index t, Scalar eta, const Matrix<Scalar>& particles, Matrix<Scalar>& next) {
    using std::log;
    (void)Base::advance(t, eta, particles, next);
    const Index overflowed = first_not_finite(next);
    if (overflowed >= 0) return overflowed;
    const Index failed = this->scores_at(t + 1, next, proposed_, proposed_log_densities_);
    if (failed >= 0) return failed;
    proposed_ /= Scalar(2) * static_cast<Scalar>(this->lambda());
    const Scalar variance = eta / static_cast<Scalar>(this->lambda());
    proposed_moves_ += particles.cols();
    for (Index i = 0; i < particles.cols(); ++i) {
      // log q(x|x') - log q(x'|x), q(.|x) = N(x + eta direction(x), variance I)
      const Scalar forth = (next.col(i) - particles.col(i) - eta * this->directions().col(i)).squaredNorm();
      const Scalar back = (particles.col(i) - next.col(i) - eta * proposed_.col(i)).squaredNorm();
      const Scalar ratio =
          proposed_log_densities_[i] - this->log_densities()[i] + (forth - back) / (Scalar(2) * variance);
      RandomStream stream = stream_of_move(this->seed(), t, i, Purpose::search);
      if (static_cast<Scalar>(log(stream.uniform())) < ratio) {
        ++accepted_;
        this->log_densities()[i] = proposed_log_densities_[i];
        this->directions().col(i) = proposed_.col(i);
      } else {
        next.col(i) = particles.col(i);
      }
    }
    return -1;
  }

 private:
  Matrix<Scalar> proposed_;
  Vector<Scalar> proposed_log_densities_;
  Index proposed_moves_ = 0;
  Index accepted_ = 0;
};

/// What ULA and MALA share.
template <template <class, class> class Move, class Step> class FullLangevin {
  static_assert(StepSize<Step>, "proxcvx: the step size must be a callable t -> eta_t, such as ConstantStep{0.1}");

 public:
  /// Throws std::invalid_argument unless iterations >= 0 and lambda > 0 is finite.
  explicit FullLangevin(Step step_size, LangevinSettings settings = {})
      : step_size_{std::move(step_size)}, settings_{settings} {
    require_iterations(settings.iterations);
    require(settings.lambda > 0 && std::isfinite(settings.lambda), "lambda", "a finite number > 0", settings.lambda);
  }

  /// Moves the particles (d x n, a column each). Observers see the cloud before each step; each may end the run.
  /// A step costs n scores and O(nd). Throws std::invalid_argument on particles that do not fit the target or are not
  /// finite, on none, or on a step size that is not finite and > 0.
  template <class T, class... Observers>
  [[nodiscard]] CloudResult<typename T::Scalar> run(const T& target, ConstMatrixRef<typename T::Scalar> particles,
                                                    Observers&&... observers) const {
    using Scalar = typename T::Scalar;
    require_cloud(target, particles);
    const auto score = [&](Index, Index, ConstVectorRef<Scalar> x, VectorRef<Scalar> out) {
      return target.score(x, out);
    };
    Move<Scalar, decltype(score)> move{score, settings_.lambda, settings_.seed};
    return run_cloud<Scalar>(move, particles, settings_.iterations, step_size_, observers...);
  }

 private:
  Step step_size_;
  LangevinSettings settings_;
};

}  // namespace detail

/// The unadjusted Langevin algorithm: ULA{1e-2, {.iterations = 5000}}. Its stationary law is p up to an error of the
/// order of the step size.
template <class Step = ConstantStep> class ULA : public detail::FullLangevin<detail::LangevinMove, Step> {
 public:
  using detail::FullLangevin<detail::LangevinMove, Step>::FullLangevin;
};

/// The Metropolis-adjusted Langevin algorithm, whose stationary law is p: MALA{0.5, {.iterations = 5000}}; the result
/// tells its acceptance. A proposal of density 0 (log density -infinity) is refused.
template <class Step = ConstantStep> class MALA : public detail::FullLangevin<detail::CorrectedMove, Step> {
 public:
  using detail::FullLangevin<detail::CorrectedMove, Step>::FullLangevin;
};

/// Stochastic gradient Langevin dynamics: SGLD{1e-4, {.iterations = 5000, .batch = 32}}; each particle has batches of
/// its own. A schedule such as PolynomialStep makes it converge.
template <class Step = ConstantStep> class SGLD {
  static_assert(StepSize<Step>, "proxcvx: the step size must be a callable t -> eta_t, such as ConstantStep{0.1}");

 public:
  /// Throws std::invalid_argument unless iterations >= 0, batch >= 1 and lambda > 0 is finite.
  explicit SGLD(Step step_size, SGLDSettings settings = {}) : step_size_{std::move(step_size)}, settings_{settings} {
    detail::require_iterations(settings.iterations);
    require(settings.batch >= 1, "batch", "a number >= 1", settings.batch);
    require(settings.lambda > 0 && std::isfinite(settings.lambda), "lambda", "a finite number > 0", settings.lambda);
  }

  /// As ULA's run; a step costs n scores of one batch each. Throws std::invalid_argument on a target without terms,
  /// too.
  template <class T, class... Observers>
  [[nodiscard]] CloudResult<typename T::Scalar> run(const T& target, ConstMatrixRef<typename T::Scalar> particles,
                                                    Observers&&... observers) const {
    static_assert(FiniteSumTarget<T>,
                  "proxcvx::SGLD: the target needs `terms()` and `score(x, batch, out)`, batch a "
                  "std::span<const Index>");
    using Scalar = typename T::Scalar;
    detail::require_cloud(target, particles);
    require(target.terms() >= 1, "target", "at least one term", target.terms());
    const auto score = [&](Index t, Index i, ConstVectorRef<Scalar> x, VectorRef<Scalar> out) {
      RandomStream stream = detail::stream_of_move(settings_.seed, t, i, Purpose::batches);
      thread_local std::vector<Index> batch;
      batch.resize(static_cast<std::size_t>(settings_.batch));
      for (Index& term : batch) term = stream.below(target.terms());
      return target.score(x, std::span<const Index>{batch}, out);
    };
    detail::LangevinMove<Scalar, decltype(score)> move{score, settings_.lambda, settings_.seed};
    return detail::run_cloud<Scalar>(move, particles, settings_.iterations, step_size_, observers...);
  }

 private:
  Step step_size_;
  SGLDSettings settings_;
};

ULA(double, LangevinSettings = {})->ULA<ConstantStep>;
template <StepSize Step> ULA(Step, LangevinSettings = {}) -> ULA<Step>;
MALA(double, LangevinSettings = {})->MALA<ConstantStep>;
template <StepSize Step> MALA(Step, LangevinSettings = {}) -> MALA<Step>;
SGLD(double, SGLDSettings = {})->SGLD<ConstantStep>;
template <StepSize Step> SGLD(Step, SGLDSettings = {}) -> SGLD<Step>;

}  // namespace proxcvx
