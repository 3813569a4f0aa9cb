// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/random.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/diffusion/gradient_noise.hpp>
#include <proxcvx/diffusion/modified_loss.hpp>
#include <span>
#include <utility>

// The stochastic differential equations that SGD with step size eta follows in law (Li, Tai & E 2017; Feng, Gao, Li,
// Liu & Lu 2019), time t = n eta, Ito:
//   order 0   dX = -grad F dt                                                       weak error O(eta)
//   order 1   dX = -grad F dt + sqrt(eta Sigma) dB                                  weak error O(eta)
//   order 2   dX = -grad(F + (eta/4)||grad F||^2) dt + sqrt(eta Sigma) dB           weak error O(eta^2)
// up to a fixed time; uniformly in time where F is strongly convex.

namespace proxcvx {

/// What stands for the increments of the equation's Brownian motion over a step h.
enum class NoiseLaw {
  gaussian,           ///< a Gaussian combination of centred gradients of terms: exactly N(0, eta h Sigma); n gradients
  cholesky,           ///< the same law by a factor of Sigma: for small dimensions
  signed_minibatches  ///< a minibatch's noise times a random sign: the moments of N(0, eta h Sigma) up to the third, at
                      ///< the price of a minibatch; the fourth is off by O(eta^2 h^2) (Milstein & Tretyakov 1997)
};

/// Which equation, and of which SGD.
struct EquationSettings {
  double step = 0.1;                               ///< eta > 0, SGD's step size
  int order = 2;                                   ///< 0, 1 or 2
  Index batch = 1;                                 ///< SGD's batch
  Sampling sampling = Sampling::with_replacement;  ///< and how it is drawn
  NoiseLaw noise = NoiseLaw::gaussian;
};

/// The modified equation of SGD on a finite sum. Order 2 needs `hessian_vector`. Keeps a copy of f.
template <class F> class ModifiedEquation {
 public:
  using Scalar = typename F::Scalar;

  /// Throws std::invalid_argument unless step > 0 is finite, order is 0, 1 or 2, f is twice differentiable where it is
  /// 2, and the batch fits.
  explicit ModifiedEquation(F f, EquationSettings settings = {})
      : settings_{settings}, noise_{std::move(f), {settings.batch, settings.sampling}} {
    require(settings.step > 0 && std::isfinite(settings.step), "step", "a finite number > 0", settings.step);
    require(settings.order >= 0 && settings.order <= 2, "order", "0, 1 or 2", settings.order);
    require(settings.order < 2 || TwiceDifferentiableObjective<F>,
            "order: expected 0 or 1, as the objective has no `hessian_vector`; got 2");
  }

  [[nodiscard]] const EquationSettings& settings() const { return settings_; }
  [[nodiscard]] const F& objective() const { return noise_.objective(); }
  [[nodiscard]] const GradientNoise<F>& gradient_noise() const { return noise_; }
  [[nodiscard]] Index dimension() const { return objective().dimension(); }
  [[nodiscard]] bool has_noise() const { return settings_.order > 0; }

  /// The drift at w into `out`: a gradient, and at order 2 a Hessian-vector product.
  void drift(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    if (settings_.order < 2) {
      gradient_alone(objective(), w, out);
      out = -out;
      return;
    }
    if constexpr (TwiceDifferentiableObjective<F>) {
      ScratchFrame<Scalar> frame;
      auto slope = frame.vector(dimension());
      gradient_alone(objective(), w, slope);
      objective().hessian_vector(w, slope, out);
      out = -slope - static_cast<Scalar>(settings_.step / 2) * out;
    }
  }

  /// The covariance of the equation's noise per unit of time: eta Sigma(w), 0 at order 0. O(n p^2).
  [[nodiscard]] Matrix<Scalar> diffusion(ConstVectorRef<Scalar> w) const {
    if (!has_noise()) return Matrix<Scalar>::Zero(dimension(), dimension());
    return static_cast<Scalar>(settings_.step) * noise_.covariance(w);
  }

  /// An increment over h of the noise at w, of covariance eta h Sigma(w), into `out`; `sign` = -1 mirrors it.
  void increment(ConstVectorRef<Scalar> w, Scalar h, RandomStream& stream, Scalar sign, VectorRef<Scalar> out) const {
    if (!has_noise()) {
      out.setZero();
      return;
    }
    switch (settings_.noise) {
      case NoiseLaw::gaussian:
        noise_.gaussian(w, stream, out);
        break;
      case NoiseLaw::cholesky:
        noise_.gaussian_by_cholesky(w, stream, out);
        break;
      case NoiseLaw::signed_minibatches:
        noise_.minibatch(w, stream, out);
        if (stream() % 2 == 0) sign = -sign;
        break;
    }
    using std::sqrt;
    out *= sign * sqrt(static_cast<Scalar>(settings_.step) * h);
  }

 private:
  EquationSettings settings_;
  GradientNoise<F> noise_;
};

}  // namespace proxcvx
