// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/objectives/logistic_regression.hpp>
#include <proxcvx/particles/normal_targets.hpp>
#include <proxcvx/particles/target.hpp>
#include <span>
#include <string>
#include <utility>

// The posterior of parameters: a particle is a parameter vector, a likelihood is the exponential of minus a loss.

namespace proxcvx {

/// p(w) ~ prior(w) exp(-n f(w)) of a finite sum f, the mean of n losses: the posterior of a network's parameters under
/// an EmpiricalRisk (the logistic and the softmax loss are minus log likelihoods; the squared one is that of outputs
/// with noise of variance 1). score = -n grad f + grad log prior: one gradient of f.
template <class F, class Prior> class Posterior {
  static_assert(FiniteSumObjective<F>,
                "proxcvx::Posterior: the first argument must be a mean of losses: `terms()` and "
                "`gradient(w, batch, out)`");
  static_assert(expect_target<Prior>());

 public:
  using Scalar = typename F::Scalar;

  /// Throws std::invalid_argument unless f and prior have the same dimension.
  Posterior(F f, Prior prior) : f_{std::move(f)}, prior_{std::move(prior)} {
    require(prior_.dimension() == f_.dimension(), "prior", "dimension " + std::to_string(f_.dimension()),
            prior_.dimension());
  }

  [[nodiscard]] const F& objective() const { return f_; }
  [[nodiscard]] const Prior& prior() const { return prior_; }
  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  /// n.
  [[nodiscard]] Index terms() const { return f_.terms(); }

  [[nodiscard]] Scalar log_density(ConstVectorRef<Scalar> w) const {
    return prior_.log_density(w) - count() * f_.value(w);
  }
  Scalar score(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    const Scalar risk = f_.gradient(w, gradient);
    const Scalar prior = prior_.score(w, out);
    out -= count() * gradient;
    return prior - count() * risk;
  }
  /// The same with the mean over the batch in the place of f. Throws std::invalid_argument on an empty batch.
  Scalar score(ConstVectorRef<Scalar> w, std::span<const Index> batch, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    const Scalar risk = f_.gradient(w, batch, gradient);
    const Scalar prior = prior_.score(w, out);
    out -= count() * gradient;
    return prior - count() * risk;
  }

  template <class Other>
  requires requires(const F& f, const Prior& prior) {
    f.template cast<Other>();
    prior.template cast<Other>();
  }
  [[nodiscard]] auto cast() const {
    return proxcvx::Posterior(f_.template cast<Other>(), prior_.template cast<Other>());
  }

 private:
  [[nodiscard]] Scalar count() const { return static_cast<Scalar>(f_.terms()); }

  F f_;
  Prior prior_;
};

/// Bayesian logistic regression, w ~ N(0, deviation^2 I), labels -1 and +1, without intercept.
/// Throws std::invalid_argument unless the targets are one row of -1 and +1, and deviation > 0 is finite.
template <class Scalar>
[[nodiscard]] auto bayesian_logistic_regression(const Dataset<Scalar>& data, double deviation = 1) {
  return Posterior{LogisticRegression<Scalar>{data}, IsotropicNormal<Scalar>{data.dimension(), deviation}};
}

static_assert(FiniteSumTarget<Posterior<LogisticRegression<>, IsotropicNormal<>>>);

}  // namespace proxcvx
