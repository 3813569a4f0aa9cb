// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/one_term.hpp>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/optimize/batches.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/optimize/result.hpp>
#include <string>
#include <utility>

// What a run over batches of a finite sum is, whatever the gradient of a batch does to w: SGD, momentum, RMSprop, Adam.

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

namespace detail {

inline void require_settings(const SGDSettings& settings) {
  require(settings.iterations >= 0, "iterations", "a number >= 0", settings.iterations);
  require(settings.batch >= 1, "batch", "a number >= 1", settings.batch);
  require(settings.evaluate_every >= 0, "evaluate_every", "a number >= 0", settings.evaluate_every);
}

/// f(w), and w where it is the best so far.
template <class F, class Scalar> Scalar remember_if_best(const F& f, const Vector<Scalar>& w, Result<Scalar>& result) {
  const Scalar value = f.value(w);
  ++result.value_evaluations;
  if (value < result.best_value) {
    result.best_value = value;
    result.best = w;
  }
  return value;
}

/// How many steps before it is used a term is asked for.
inline constexpr std::size_t terms_ahead = 4;

/// The terms of a run's steps, one each, drawn some steps ahead so that their data are there when they are used.
template <class F> class UpcomingTerms {
 public:
  /// Of the steps before `end`.
  UpcomingTerms(const F& f, Batches& batches, Index end) : f_{f}, batches_{batches}, end_{end} {}

  /// The term of step t; steps are asked for in order.
  [[nodiscard]] Index at(Index t) {
    for (; drawn_ < end_ && drawn_ < t + ahead; ++drawn_) {
      const Index i = batches_.draw(drawn_)[0];
      f_.prefetch(i);
      terms_[static_cast<std::size_t>(drawn_ % ahead)] = i;
    }
    return terms_[static_cast<std::size_t>(t % ahead)];
  }

 private:
  static constexpr auto ahead = static_cast<Index>(terms_ahead);

  const F& f_;
  Batches& batches_;
  Index end_;
  Index drawn_ = 0;
  std::array<Index, terms_ahead> terms_{};
};

/// A move that can make the step of one term in place: after(walk, w) is what follows a step of walk_by_terms(f, w).
template <class Move, class F>
concept MovesByTerm = TermDescentObjective<F> &&
    requires(const Move& move, VectorRef<typename F::Scalar> w, StepByStep<F>& walk) {
  move.after(walk, w);
};

/// The run from w0; move(w, gradient, eta) is the step. Nothing is allocated after the first. Where nobody looks at
/// gradients and a move can do without, a step on one term does: with the same bits.
/// Throws std::invalid_argument when w0 has another dimension than f or is not finite, or the batch does not fit.
template <class F, class Step, class Move, class... Observers>
[[nodiscard]] Result<typename F::Scalar> run_on_batches(const F& f, ConstVectorRef<typename F::Scalar> w0,
                                                        const SGDSettings& settings, const Step& step_size,
                                                        const Move& move, Observers&... observers) {
  using Scalar = typename F::Scalar;
  require(w0.size() == f.dimension(), "w0", "dimension " + std::to_string(f.dimension()), w0.size());
  require(w0.allFinite(), "w0: expected finite entries");
  const SingleThreadedEigen guard;
  Batches batches{f.terms(), settings.batch, settings.sampling, settings.seed};
  Result<Scalar> result;
  Vector<Scalar> w = w0;
  Vector<Scalar> gradient(w.size());
  result.best = w;
  if (settings.average) result.average = Vector<Scalar>::Zero(w.size());
  constexpr bool in_place = sizeof...(Observers) == 0 && MovesByTerm<Move, F>;
  UpcomingTerms terms{f, batches, settings.iterations};
  auto walk = [&] {
    if constexpr (in_place)
      return walk_by_terms(f, VectorRef<Scalar>(w));
    else
      return 0;
  }();
  Index t = 0;
  for (; t < settings.iterations; ++t) {
    if (settings.evaluate_every > 0 && t % settings.evaluate_every == 0) {
      if constexpr (in_place) walk.finish();
      remember_if_best(f, w, result);
    }
    if constexpr (in_place) {
      if (settings.batch == 1 && !settings.average && walk.step(terms.at(t), static_cast<Scalar>(step_size(t)))) {
        move.after(walk, w);
        ++result.gradient_evaluations;
        continue;
      }
    }
    const Scalar value = f.gradient(w, batches.draw(t), gradient);
    ++result.gradient_evaluations;
    if (!is_finite(value) || !gradient.allFinite()) {
      result.status = Status::non_finite;
      break;
    }
    const auto eta = static_cast<Scalar>(step_size(t));
    if (detail::any_wants_to_stop(Iterate<Scalar>{t, w, value, gradient, eta}, observers...)) {
      result.status = Status::stopped_by_observer;
      break;
    }
    if (settings.average) result.average += w;
    move(VectorRef<Scalar>(w), gradient, eta);
  }
  if constexpr (in_place) walk.finish();
  if (settings.average) detail::finish_average(w, t, result.average);
  result.iterations = t;
  result.last_value = remember_if_best(f, w, result);
  if (!is_finite(result.last_value) && result.status == Status::iteration_limit) result.status = Status::non_finite;
  result.last = std::move(w);
  return result;
}

}  // namespace detail

}  // namespace proxcvx
