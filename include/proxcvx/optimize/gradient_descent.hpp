// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/optimize/result.hpp>
#include <proxcvx/optimize/step_sizes.hpp>
#include <utility>

// Full-batch gradient descent w_{t+1} = P(w_t - eta_t grad f(w_t)), P the projection onto a region or nothing.

namespace proxcvx {

/// When gradient descent ends and what it keeps.
struct GDSettings {
  Index iterations = 1000;        ///< T >= 0
  double gradient_tolerance = 0;  ///< converged when ||grad f(w_t)|| <= this
  bool average = false;           ///< keep the mean of w_0, ..., w_{T-1}, T the steps that were made
};

/// All of R^p: no projection.
struct Everywhere {
  template <class W> void project(W&& /*w*/) const {}
};

namespace detail {

/// The mean of w_0, ..., w_{T-1} from their sum; w_0 where no step was made.
template <class Scalar> void finish_average(const Vector<Scalar>& last, Index steps, Vector<Scalar>& average) {
  if (steps > 0) {
    average /= static_cast<Scalar>(steps);
  } else {
    average = last;
  }
}

}  // namespace detail

/// Gradient descent with a step size and, if given, a region that iterates are projected onto.
/// An iteration costs one gradient and O(p); nothing is allocated after the first.
template <class Step = ConstantStep, class Domain = Everywhere> class GD {
  static_assert(StepSize<Step>, "proxcvx::GD: the step size must be a callable t -> eta_t, such as ConstantStep{0.1}");

 public:
  /// Throws std::invalid_argument unless iterations >= 0 and gradient_tolerance >= 0.
  explicit GD(Step step_size, GDSettings settings = {}, Domain domain = {})
      : step_size_{std::move(step_size)}, settings_{settings}, domain_{std::move(domain)} {
    require(settings.iterations >= 0, "iterations", "a number >= 0", settings.iterations);
    require(settings.gradient_tolerance >= 0, "gradient_tolerance", "a number >= 0", settings.gradient_tolerance);
  }

  /// Minimises f from w0. Observers see w_t before its step, t = 0, 1, ...; each may stop the run before that step.
  /// Eigen's products run on one thread meanwhile, so that a run's bits do not depend on the number of threads.
  /// Throws std::invalid_argument when w0 has another dimension than f or is not finite.
  template <class F, class... Observers>
  [[nodiscard]] Result<typename F::Scalar> minimize(const F& f, ConstVectorRef<typename F::Scalar> w0,
                                                    Observers&&... observers) const {
    static_assert(expect_differentiable<F>());
    using Scalar = typename F::Scalar;
    require(w0.size() == f.dimension(), "w0", "dimension " + std::to_string(f.dimension()), w0.size());
    require(w0.allFinite(), "w0: expected finite entries");
    const SingleThreadedEigen guard;
    Result<Scalar> result;
    Vector<Scalar> w = w0;
    Vector<Scalar> gradient(w.size());
    result.best = w;
    if (settings_.average) result.average = Vector<Scalar>::Zero(w.size());
    Index t = 0;
    bool in_best = false;  // w_t is in result.best alone: the next w is made from there, and nothing is copied
    for (; t < settings_.iterations; ++t) {
      in_best = false;
      const Scalar value = f.gradient(w, gradient);
      ++result.gradient_evaluations;
      const Scalar norm = scaled_norm(gradient);
      if (!is_finite(value) || !is_finite(norm)) {
        result.status = Status::non_finite;
        break;
      }
      if (value < result.best_value) {
        result.best_value = value;
        result.best.swap(w);
        in_best = true;
      }
      const Vector<Scalar>& at = in_best ? result.best : w;
      const auto eta = static_cast<Scalar>(step_size_(t));
      if (detail::any_wants_to_stop(Iterate<Scalar>{t, at, value, gradient, eta}, observers...)) {
        result.status = Status::stopped_by_observer;
        break;
      }
      if (norm <= static_cast<Scalar>(settings_.gradient_tolerance)) {
        result.status = Status::converged;
        break;
      }
      if (settings_.average) result.average += at;
      w.noalias() = at - eta * gradient;
      domain_.project(VectorRef<Scalar>(w));
    }
    if (in_best && t < settings_.iterations) w = result.best;
    finish(f, w, t, result);
    return result;
  }

  /// One step in place, bit for bit that of `minimize` where Eigen runs on one thread (SingleThreadedEigen); `gradient`
  /// is the caller's buffer and holds grad f at the old w afterwards. Returns f(old w).
  template <class F>
  typename F::Scalar step(const F& f, VectorRef<typename F::Scalar> w, VectorRef<typename F::Scalar> gradient,
                          Index t = 0) const {
    const auto value = f.gradient(w, gradient);
    w.noalias() -= static_cast<typename F::Scalar>(step_size_(t)) * gradient;
    domain_.project(w);
    return value;
  }

 private:
  template <class F, class Scalar> void finish(const F& f, Vector<Scalar>& w, Index t, Result<Scalar>& result) const {
    result.iterations = t;
    if (settings_.average) detail::finish_average(w, t, result.average);
    result.last_value = f.value(w);
    ++result.value_evaluations;
    if (!is_finite(result.last_value) && result.status == Status::iteration_limit) result.status = Status::non_finite;
    if (result.last_value < result.best_value) {
      result.best_value = result.last_value;
      result.best = w;
    }
    result.last = std::move(w);
  }

  Step step_size_;
  GDSettings settings_;
  Domain domain_;
};

GD(double)->GD<ConstantStep>;
GD(double, GDSettings)->GD<ConstantStep>;
template <class Domain> GD(double, GDSettings, Domain) -> GD<ConstantStep, Domain>;

}  // namespace proxcvx
