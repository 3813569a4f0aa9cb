// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/random.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/types.hpp>

// Steps of length h of an equation dX = b(X) dt + dM, d<M> = D(X) dt, that offers `drift(w, out)` and
// `increment(w, h, stream, sign, out)`. Weak errors at a fixed time:
//   EulerMaruyama   O(h)
//   SplitStep       O(h^2) where D is constant; O(h^2 eps + h eps^2) where it varies and D = O(eps), which with eps = h
//                   = eta, one step of the integrator to a step of SGD, is O(eta^3)

namespace proxcvx {

/// X += h b(X) + increment (Maruyama 1955).
struct EulerMaruyama {
  template <class Equation>
  void step(const Equation& equation, typename Equation::Scalar h, RandomStream& stream,
            VectorRef<typename Equation::Scalar> w, typename Equation::Scalar sign = 1) const {
    using Scalar = typename Equation::Scalar;
    ScratchFrame<Scalar> frame;
    auto drift = frame.vector(w.size());
    auto kick = frame.vector(w.size());
    equation.drift(w, drift);
    equation.increment(w, h, stream, sign, kick);
    w += h * drift + kick;
  }
};

/// Strang's splitting: the drift's flow over h/2 by a step of the classical Runge-Kutta method, the noise of h, the
/// flow over h/2. Eight drifts (Milstein & Tretyakov 1997, "Numerical methods in the weak sense for stochastic
/// differential equations with small noise", on why Runge-Kutta drifts with a simple noise serve a small one).
struct SplitStep {
  template <class Equation>
  void step(const Equation& equation, typename Equation::Scalar h, RandomStream& stream,
            VectorRef<typename Equation::Scalar> w, typename Equation::Scalar sign = 1) const {
    using Scalar = typename Equation::Scalar;
    flow(equation, h / 2, w);
    ScratchFrame<Scalar> frame;
    auto kick = frame.vector(w.size());
    equation.increment(w, h, stream, sign, kick);
    w += kick;
    flow(equation, h / 2, w);
  }

  /// The drift's flow alone: error O(h^5) a step (Kutta 1901).
  template <class Equation>
  static void flow(const Equation& equation, typename Equation::Scalar h, VectorRef<typename Equation::Scalar> w) {
    using Scalar = typename Equation::Scalar;
    ScratchFrame<Scalar> frame;
    auto at = frame.vector(w.size());
    auto slope = frame.vector(w.size());
    auto sum = frame.vector(w.size());
    equation.drift(w, sum);
    at = w + h / 2 * sum;
    equation.drift(at, slope);
    sum += Scalar(2) * slope;
    at = w + h / 2 * slope;
    equation.drift(at, slope);
    sum += Scalar(2) * slope;
    at = w + h * slope;
    equation.drift(at, slope);
    sum += slope;
    w += h / 6 * sum;
  }
};

}  // namespace proxcvx
