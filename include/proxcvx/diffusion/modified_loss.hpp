// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <string>
#include <utility>

// The loss that gradient descent with step size eta follows: F + (eta/4)||grad F||^2, whose gradient flow stays within
// O(eta^2) of the iterates at a fixed time t = n eta (backward error analysis; "implicit gradient regularisation" of
// Barrett & Dherin 2021), where that of F is O(eta) away.

namespace proxcvx {

/// F(w) + (eta/4) ||grad F(w)||^2, of gradient grad F + (eta/2) Hess F grad F. A call costs a gradient of F, and a
/// Hessian-vector product where a gradient is asked for.
template <class F> class ModifiedLoss {
  static_assert(TwiceDifferentiableObjective<F>,
                "proxcvx::ModifiedLoss: the objective needs `hessian_vector(w, direction, out)`");

 public:
  using Scalar = typename F::Scalar;

  /// Throws std::invalid_argument unless step >= 0 is finite.
  ModifiedLoss(F f, double step) : f_{std::move(f)}, step_{step} {
    require(step >= 0 && std::isfinite(step), "step", "a finite number >= 0", step);
  }

  [[nodiscard]] const F& objective() const { return f_; }
  [[nodiscard]] double step() const { return step_; }
  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  [[nodiscard]] std::string name() const { return "modified loss"; }

  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    ScratchFrame<Scalar> frame;
    auto slope = frame.vector(dimension());
    const Scalar value = f_.gradient(w, slope);
    return value + static_cast<Scalar>(step_ / 4) * slope.squaredNorm();
  }

  /// The value, and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto slope = frame.vector(dimension());
    const Scalar value = f_.gradient(w, slope);
    f_.hessian_vector(w, slope, out);
    out = slope + static_cast<Scalar>(step_ / 2) * out;
    return value + static_cast<Scalar>(step_ / 4) * slope.squaredNorm();
  }

  template <class Other>
  requires requires(const F& f) { f.template cast<Other>(); }
  [[nodiscard]] auto cast() const { return proxcvx::ModifiedLoss(f_.template cast<Other>(), step_); }

 private:
  F f_;
  double step_;
};

}  // namespace proxcvx
