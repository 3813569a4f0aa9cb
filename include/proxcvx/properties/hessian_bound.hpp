// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/properties/margin.hpp>
#include <utility>

// Smoothness, point by point: for all w in W, ||Hess f(w)|| <= L, which on a convex W is the Lipschitz constant of the
// gradient where f is twice differentiable. The norm is computed from below, by power iteration on Hessian-vector
// products: margin(w) = L - ||Hess f(w) d||, ||d|| = 1.

namespace proxcvx {

/// How the norm of a Hessian is computed.
struct PowerIteration {
  Index products = 100;      ///< at most, >= 1
  double tolerance = 1e-12;  ///< relative growth of the norm at which the iteration ends, >= 0
};

/// ||Hess f(w)|| <= L. A violation is one; what is satisfied may be a norm that the power iteration did not reach.
/// Throws std::invalid_argument unless L > 0 is finite and the power iteration makes sense.
/// margin: up to `products` Hessian-vector products. Its rounding bound is assumed.
template <class F> class HessianBound {
  static_assert(TwiceDifferentiableObjective<F>,
                "proxcvx::HessianBound: the objective needs hessian_vector(w, d, out)");

 public:
  using Scalar = typename F::Scalar;

  explicit HessianBound(F f, double L = 1, PowerIteration iteration = {})
      : f_{std::move(f)}, L_{L}, iteration_{iteration} {
    require(L > 0 && is_finite(L), "L", "a finite number > 0", L);
    require(iteration.products >= 1, "products", "a number >= 1", iteration.products);
    require(iteration.tolerance >= 0, "tolerance", "a number >= 0", iteration.tolerance);
  }

  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  [[nodiscard]] const F& objective() const { return f_; }
  [[nodiscard]] double L() const { return L_; }
  [[nodiscard]] const PowerIteration& iteration() const { return iteration_; }
  [[nodiscard]] std::string name() const { return "hessian-bound"; }
  [[nodiscard]] std::string statement() const { return "||Hess f(w)|| <= L"; }
  [[nodiscard]] Constants constants() const { return {{"L", L_}}; }

  /// The norm of the Hessian at w, from below. The first direction is the same everywhere.
  [[nodiscard]] Scalar norm(ConstVectorRef<Scalar> w) const {
    using std::abs;
    ScratchFrame<Scalar> frame;
    auto direction = frame.vector(w.size());
    auto image = frame.vector(w.size());
    RandomStream stream{Seed{1}, 0, Purpose::search};
    stream.fill_normal(direction);
    direction /= scaled_norm(direction);
    Scalar largest(0);
    for (Index product = 0; product < iteration_.products; ++product) {
      f_.hessian_vector(w, direction, image);
      const Scalar length = scaled_norm(image);
      if (!is_finite(length) || !(length > Scalar(0))) return length > largest ? length : largest;
      const bool settled = length <= largest * (Scalar(1) + static_cast<Scalar>(iteration_.tolerance));
      largest = std::max(largest, length);
      if (settled) break;
      direction = image / length;
    }
    return largest;
  }

  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w) const {
    const Scalar found = norm(w);
    const auto l = static_cast<Scalar>(L_);
    return {l - found, detail::assumed_gamma<Scalar>(w.size()) * (found + l), l + found, false};
  }

  template <class Other>
  requires CastableTo<F, Other>
  [[nodiscard]] auto cast() const { return proxcvx::HessianBound(f_.template cast<Other>(), L_, iteration_); }

  static constexpr bool rigorous_rounding() { return false; }

 private:
  F f_;
  double L_;
  PowerIteration iteration_;
};

}  // namespace proxcvx
