// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/concepts.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/stochastic_run.hpp>
#include <span>
#include <utility>

// Stochastic gradient descent w_{t+1} = P(w_t - eta_t grad f_B(w_t)), B a batch of terms of the finite sum.

namespace proxcvx {

/// SGD over a finite sum with a step size and, if given, a region that iterates are projected onto.
/// A step costs the gradient of one batch and O(p), without replacement O(n) too; nothing is allocated after the first.
template <class Step = ConstantStep, class Domain = Everywhere> class SGD {
  static_assert(StepSize<Step>, "proxcvx::SGD: the step size must be a callable t -> eta_t, such as ConstantStep{0.1}");

 public:
  /// Throws std::invalid_argument unless iterations >= 0, batch >= 1 and evaluate_every >= 0.
  explicit SGD(Step step_size, SGDSettings settings = {}, Domain domain = {})
      : step_size_{std::move(step_size)}, settings_{settings}, domain_{std::move(domain)} {
    detail::require_settings(settings);
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
    const auto move = [this](VectorRef<Scalar> w, const Vector<Scalar>& gradient, Scalar eta) {
      w.noalias() -= eta * gradient;
      domain_.project(w);
    };
    return detail::run_on_batches(f, w0, settings_, step_size_, move, observers...);
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
  Step step_size_;
  SGDSettings settings_;
  Domain domain_;
};

SGD(double)->SGD<ConstantStep>;
SGD(double, SGDSettings)->SGD<ConstantStep>;
template <class Domain> SGD(double, SGDSettings, Domain) -> SGD<ConstantStep, Domain>;

}  // namespace proxcvx
