// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/optimize/batches.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <span>
#include <utility>

// Stochastic gradient descent w_{t+1} = P(w_t - eta_t grad f_B(w_t)), B a batch of terms of the finite sum.

namespace proxcvx {

/// When SGD ends, what a step sees and what is kept.
struct SGDSettings {
  Index iterations = 1000;                         ///< T >= 0 steps
  Index batch = 1;                                 ///< samples in a step
  Sampling sampling = Sampling::with_replacement;  ///< what the theorems assume
  Seed seed{1};                                    ///< step t sees a pure function of (seed, t)
  bool average = false;                            ///< keep the mean of w_0, ..., w_{T-1}, T the steps that were made
  Index evaluate_every = 0;  ///< evaluate f every so many steps to track the best iterate; 0: at the end only
};

/// SGD over a finite sum with a step size and, if given, a region that iterates are projected onto.
/// A step costs the gradient of one batch and O(p), without replacement O(n) too; nothing is allocated after the first.
template <class Step = ConstantStep, class Domain = Everywhere> class SGD {
  static_assert(StepSize<Step>, "proxcvx::SGD: the step size must be a callable t -> eta_t, such as ConstantStep{0.1}");

 public:
  /// Throws std::invalid_argument unless iterations >= 0, batch >= 1 and evaluate_every >= 0.
  explicit SGD(Step step_size, SGDSettings settings = {}, Domain domain = {})
      : step_size_{std::move(step_size)}, settings_{settings}, domain_{std::move(domain)} {
    require(settings.iterations >= 0, "iterations", "a number >= 0", settings.iterations);
    require(settings.batch >= 1, "batch", "a number >= 1", settings.batch);
    require(settings.evaluate_every >= 0, "evaluate_every", "a number >= 0", settings.evaluate_every);
  }

  /// Minimises f from w0. Observers see w_t before its step, t = 0, 1, ...; each may stop the run before that step.
  /// Eigen's products run on one thread meanwhile, so that a run's bits do not depend on the number of threads.
  /// Throws std::invalid_argument when w0 has another dimension than f or is not finite, or the batch does not fit.
  template <class F, class... Observers>
  [[nodiscard]] Result<typename F::Scalar> minimize(const F& f, ConstVectorRef<typename F::Scalar> w0,
                                                    Observers&&... observers) const {
    static_assert(expect_differentiable<F>());
    static_assert(FiniteSumObjective<F>,
                  "proxcvx::SGD: the objective must be a finite sum: `terms()` and `gradient(w, batch, out)`, batch a "
                  "std::span<const Index>");
    using Scalar = typename F::Scalar;
    require(w0.size() == f.dimension(), "w0", "dimension " + std::to_string(f.dimension()), w0.size());
    require(w0.allFinite(), "w0: expected finite entries");
    const SingleThreadedEigen guard;
    Batches batches{f.terms(), settings_.batch, settings_.sampling, settings_.seed};
    Result<Scalar> result;
    Vector<Scalar> w = w0;
    Vector<Scalar> gradient(w.size());
    result.best = w;
    if (settings_.average) result.average = Vector<Scalar>::Zero(w.size());
    Index t = 0;
    for (; t < settings_.iterations; ++t) {
      if (settings_.evaluate_every > 0 && t % settings_.evaluate_every == 0) remember_if_best(f, w, result);
      const Scalar value = f.gradient(w, batches.draw(t), gradient);
      ++result.gradient_evaluations;
      if (!is_finite(value) || !gradient.allFinite()) {
        result.status = Status::non_finite;
        break;
      }
      const auto eta = static_cast<Scalar>(step_size_(t));
      if (detail::any_wants_to_stop(Iterate<Scalar>{t, w, value, gradient, eta}, observers...)) {
        result.status = Status::stopped_by_observer;
        break;
      }
      if (settings_.average) result.average += w;
      w.noalias() -= eta * gradient;
      domain_.project(VectorRef<Scalar>(w));
    }
    if (settings_.average) detail::finish_average(w, t, result.average);
    result.iterations = t;
    result.last_value = remember_if_best(f, w, result);
    if (!is_finite(result.last_value) && result.status == Status::iteration_limit) result.status = Status::non_finite;
    result.last = std::move(w);
    return result;
  }

  /// One step on a batch, in place, bit for bit that of `minimize` where Eigen runs on one thread
  /// (SingleThreadedEigen); `gradient` is the caller's buffer. Returns the batch's value at the old w.
  template <class F>
  typename F::Scalar step(const F& f, std::span<const Index> batch, VectorRef<typename F::Scalar> w,
                          VectorRef<typename F::Scalar> gradient, Index t = 0) const {
    const auto value = f.gradient(w, batch, gradient);
    w.noalias() -= static_cast<typename F::Scalar>(step_size_(t)) * gradient;
    domain_.project(w);
    return value;
  }

 private:
  template <class F, class Scalar>
  static Scalar remember_if_best(const F& f, const Vector<Scalar>& w, Result<Scalar>& result) {
    const Scalar value = f.value(w);
    ++result.value_evaluations;
    if (value < result.best_value) {
      result.best_value = value;
      result.best = w;
    }
    return value;
  }

  Step step_size_;
  SGDSettings settings_;
  Domain domain_;
};

SGD(double)->SGD<ConstantStep>;
SGD(double, SGDSettings)->SGD<ConstantStep>;
template <class Domain> SGD(double, SGDSettings, Domain) -> SGD<ConstantStep, Domain>;

}  // namespace proxcvx
