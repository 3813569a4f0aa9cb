// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/one_term.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/stochastic_run.hpp>
#include <span>
#include <type_traits>
#include <utility>

// Stochastic gradient descent w_{t+1} = P(w_t - eta_t grad f_B(w_t)), B a batch of terms of the finite sum.

namespace proxcvx {

/// SGD over a finite sum with a step size and, if given, a region that iterates are projected onto.
/// A step costs the gradient of one batch and O(p); nothing is allocated after the first. A run that nobody observes or
/// averages does not form the gradient of a batch of one term where f can do without (TermDescentObjective).
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
    return detail::run_on_batches(f, w0, settings_, step_size_, Move<Scalar>{domain_}, observers...);
  }

  /// One step on a batch, in place, bit for bit that of `minimize` where Eigen runs on one thread
  /// (SingleThreadedEigen); `gradient` is the caller's buffer. Returns the batch's value at the old w.
  template <class F>
  typename F::Scalar step(const F& f, std::span<const Index> batch, VectorRef<typename F::Scalar> w,
                          VectorRef<typename F::Scalar> gradient, Index t = 0) const {
    using Scalar = typename F::Scalar;
    const Scalar value = f.gradient(w, batch, gradient);
    Move<Scalar>{domain_}(w, gradient, static_cast<Scalar>(step_size_(t)));
    return value;
  }

  /// The same step where nobody looks at the gradient: a batch of one term moves w in place where f offers that
  /// (TermDescentObjective).
  template <class F>
  void step(const F& f, std::span<const Index> batch, VectorRef<typename F::Scalar> w, Index t = 0) const {
    using Scalar = typename F::Scalar;
    if constexpr (TermDescentObjective<F>) {
      if (batch.size() == 1 && f.descend(w, batch[0], static_cast<Scalar>(step_size_(t)))) return domain_.project(w);
    }
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    gradient_alone(f, w, batch, gradient);
    Move<Scalar>{domain_}(w, gradient, static_cast<Scalar>(step_size_(t)));
  }

  /// Steps t, t + 1, ... on one of these terms each, in this order: bit for bit those of `step`, and faster, for what
  /// comes next is known: its data are there in time, and a network's weights are gone through once a step.
  template <class F>
  void steps(const F& f, std::span<const Index> terms, VectorRef<typename F::Scalar> w, Index t = 0) const {
    using Scalar = typename F::Scalar;
    if constexpr (TermDescentObjective<F>) {
      const Move<Scalar> move{domain_};
      constexpr std::size_t ahead = detail::terms_ahead;
      for (std::size_t k = 0; k < std::min(ahead, terms.size()); ++k) f.prefetch(terms[k]);
      auto walk = detail::walk_by_terms(f, w);
      for (std::size_t k = 0; k < terms.size(); ++k, ++t) {
        if (k + ahead < terms.size()) f.prefetch(terms[k + ahead]);
        if (walk.step(terms[k], static_cast<Scalar>(step_size_(t)))) {
          move.after(walk, w);
        } else {
          step(f, terms.subspan(k, 1), w, t);
        }
      }
      walk.finish();
    } else {
      for (std::size_t k = 0; k < terms.size(); ++k, ++t) step(f, terms.subspan(k, 1), w, t);
    }
  }

 private:
  /// What a gradient, or the term that has it, does to w.
  template <class Scalar> struct Move {
    const Domain& domain;
    void operator()(VectorRef<Scalar> w, ConstVectorRef<Scalar> gradient, const Scalar& eta) const {
      detail::subtract_multiple(w.data(), gradient.data(), eta, w.size());
      domain.project(w);
    }
    /// What follows a step of a walk (walk_by_terms), which may leave w to the next one where no projection reads it.
    template <class Walk> void after(Walk& walk, VectorRef<Scalar> w) const {
      if constexpr (!std::is_same_v<Domain, Everywhere>) {
        walk.finish();
        domain.project(w);
      }
    }
  };

  Step step_size_;
  SGDSettings settings_;
  Domain domain_;
};

SGD(double)->SGD<ConstantStep>;
SGD(double, SGDSettings)->SGD<ConstantStep>;
template <class Domain> SGD(double, SGDSettings, Domain) -> SGD<ConstantStep, Domain>;

}  // namespace proxcvx
