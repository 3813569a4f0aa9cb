// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <numeric>
#include <proxcvx/optimize/adaptive.hpp>
#include <proxcvx/particles/cloud.hpp>
#include <proxcvx/particles/langevin.hpp>
#include <proxcvx/particles/stein_loss.hpp>
#include <utility>
#include <vector>

// Neural variational gradient descent (di Langosco, Fortuin & Strathmann 2021): x_i += eta f_theta(x_i), where before
// each step some of the particles train the witness f_theta on its regularised Stein loss from where the step before
// left it, until the loss of the others stops falling.

namespace proxcvx {

/// How a divergence is computed.
enum class Divergence {
  automatic,  ///< exact for d <= 10
  exact,      ///< d tangents a particle
  hutchinson  ///< one random probe a particle, fresh in every step of training
};

/// When NVGD ends and how its witness is trained.
struct NVGDSettings {
  Index iterations = 1000;               ///< >= 0
  double lambda = 0.5;                   ///< > 0; the witness tends to (grad log p - grad log q)/(2 lambda)
  std::vector<Index> hidden = {32, 32};  ///< units of the witness' hidden layers
  double learning_rate = 1e-4;           ///< > 0, of Adam
  double training = 2.0 / 3;             ///< in (0, 1): the share of particles that train; a fresh split each step
  Index training_steps = 50;             ///< >= 1: of Adam, at most, before a step of the particles
  Index patience = 15;                   ///< >= 1: steps of Adam without a new lowest validation loss that end training
  Divergence divergence = Divergence::automatic;
  Seed seed{1};
};

/// NVGD{1e-2, {.iterations = 1000}}.
/// A step costs n scores and up to `training_steps` gradients and values of the loss; see SteinLoss. One thread.
template <class Step = ConstantStep, class A = Swish> class NVGD {
  static_assert(StepSize<Step>,
                "proxcvx::NVGD: the step size must be a callable t -> eta_t, such as ConstantStep{0.1}");

 public:
  /// Throws std::invalid_argument where a setting is out of the range that its comment names.
  explicit NVGD(Step step_size, NVGDSettings settings = {}, A activation = {})
      : step_size_{std::move(step_size)}, settings_{std::move(settings)}, activation_{std::move(activation)} {
    detail::require_iterations(settings_.iterations);
    require(settings_.lambda > 0 && std::isfinite(settings_.lambda), "lambda", "a finite number > 0", settings_.lambda);
    require(settings_.training > 0 && settings_.training < 1, "training", "a number in (0, 1)", settings_.training);
    require(settings_.training_steps >= 1, "training_steps", "a number >= 1", settings_.training_steps);
    require(settings_.patience >= 1, "patience", "a number >= 1", settings_.patience);
    (void)ConstantStep{settings_.learning_rate};
    (void)SteinWitness<A>{1, settings_.hidden, activation_};
  }

  /// Moves the particles (d x n, a column each) from a fresh witness. Observers see the cloud before each step; each
  /// may end the run. Throws std::invalid_argument on particles that do not fit the target, are not finite or too few
  /// for one on either side of the split, or on a step size that is not finite and > 0.
  template <class T, class... Observers>
  [[nodiscard]] CloudResult<typename T::Scalar> run(const T& target, ConstMatrixRef<typename T::Scalar> particles,
                                                    Observers&&... observers) const {
    detail::require_cloud(target, particles);
    const auto training = static_cast<Index>(std::lround(settings_.training * static_cast<double>(particles.cols())));
    require(training >= 1 && training < particles.cols(), "particles",
            "enough columns for one in training and one in validation", particles.cols());
    Dynamics<T> dynamics{target, *this, training};
    return detail::run_cloud<typename T::Scalar>(dynamics, particles, settings_.iterations, step_size_, observers...);
  }

 private:
  template <class T> class Dynamics {
   public:
    using Scalar = typename T::Scalar;

    Dynamics(const T& target, const NVGD& method, Index training)
        : target_{target},
          settings_{method.settings_},
          witness_{target.dimension(), settings_.hidden, method.activation_},
          adam_{ConstantStep{settings_.learning_rate}},
          theta_{witness_.initialize(settings_.seed)},
          memory_{adam_.template start<Scalar>(theta_.size())},
          gradient_(theta_.size()),
          training_{static_cast<std::size_t>(training)} {}

    [[nodiscard]] const Matrix<Scalar>& direction() const { return field_; }
    void count(CloudResult<Scalar>& result) const { result.evaluations = evaluations_; }

    [[nodiscard]] Index evaluate(Index t, const Matrix<Scalar>& particles) {
      const Index failed = detail::scores_by(particles, scores_, log_densities_, [&](Index i, VectorRef<Scalar> out) {
        return target_.score(particles.col(i), out);
      });
      evaluations_ += particles.cols();
      if (failed >= 0) return failed;
      shuffle(t, particles.cols());
      train(t, particles);
      field_.resize(particles.rows(), particles.cols());
      witness_.forward(theta_, particles, field_);
      return detail::first_not_finite(field_);
    }
    [[nodiscard]] Index advance(Index /*t*/, Scalar eta, const Matrix<Scalar>& particles, Matrix<Scalar>& next) const {
      next = particles + eta * field_;
      return -1;
    }

   private:
    void shuffle(Index t, Index n) {
      order_.resize(static_cast<std::size_t>(n));
      std::iota(order_.begin(), order_.end(), Index{0});
      RandomStream stream{settings_.seed, static_cast<std::uint64_t>(t), Purpose::split};
      for (std::size_t i = 0; i + 1 < order_.size(); ++i) {  // Fisher & Yates 1938
        std::swap(order_[i], order_[i + static_cast<std::size_t>(stream.below(n - static_cast<Index>(i)))]);
      }
    }

    void train(Index t, const Matrix<Scalar>& particles) {
      const std::span<const Index> all{order_};
      const auto training = all.first(training_);
      const auto validation = all.subspan(training_);
      const Index d = particles.rows();
      const bool exact =
          settings_.divergence == Divergence::exact || (settings_.divergence == Divergence::automatic && d <= 10);
      SteinLoss<A, Scalar> loss{witness_, particles, scores_, settings_.lambda};
      Scalar least = std::numeric_limits<Scalar>::infinity();
      Index waited = 0;
      for (Index k = 0; k < settings_.training_steps && waited < settings_.patience; ++k) {
        if (!exact) loss = {witness_, particles, scores_, settings_.lambda, probes(t, k, d, particles.cols())};
        adam_.step(loss, training, theta_, gradient_, memory_);
        const Scalar now = loss.value(theta_, validation);
        ++waited;
        if (now < least) {
          least = now;
          waited = 0;
        }
      }
    }

    [[nodiscard]] Matrix<Scalar> probes(Index t, Index k, Index d, Index n) const {
      Matrix<Scalar> z(d, n);
      RandomStream stream = detail::stream_of_move(settings_.seed, t, k, Purpose::noise);
      stream.fill_normal(z);
      return z;
    }

    const T& target_;
    const NVGDSettings& settings_;
    SteinWitness<A, Scalar> witness_;
    Adam<ConstantStep> adam_;
    Vector<Scalar> theta_;
    GradientMemory<Scalar> memory_;
    Vector<Scalar> gradient_;
    std::size_t training_;
    Matrix<Scalar> scores_;
    Vector<Scalar> log_densities_;
    Matrix<Scalar> field_;
    std::vector<Index> order_;
    Index evaluations_ = 0;
  };

  Step step_size_;
  NVGDSettings settings_;
  A activation_;
};

NVGD(double)->NVGD<ConstantStep>;
NVGD(double, NVGDSettings)->NVGD<ConstantStep>;
template <class A> NVGD(double, NVGDSettings, A) -> NVGD<ConstantStep, A>;

}  // namespace proxcvx
