// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/guarantees/proxy_pl.hpp>
#include <proxcvx/instances/instance.hpp>
#include <proxcvx/instances/plan.hpp>
#include <proxcvx/instances/premises.hpp>
#include <proxcvx/objectives/matrix_factorization.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <proxcvx/proxies/local_modulus.hpp>
#include <utility>

// Matrix factorisation f(U, V) = ||UV^T - M||^2/2, a two-layer linear network, is not convex and yet PL where neither
// factor is degenerate: with E = UV^T - M, ||grad f||^2 = ||EV||^2 + ||E^T U||^2, so that
//     ||grad f||^2 >= 2 m(U, V) f,   m(U, V) = lambda_min(VV^T) + lambda_min(UU^T),
// at every (U, V); at the saddle U = V = 0 m is 0. Smallest singular values are 1-Lipschitz: within r of (U_0, V_0)
// m >= (sqrt(m_0) - r)^2, and the Hessian's norm is at most ||U||^2 + ||V||^2 + ||E||.

namespace proxcvx {

/// Matrix factorisation as an instance.
template <class Scalar_ = double> class FactorizedMatrix : public InstanceDefaults<FactorizedMatrix<Scalar_>> {
 public:
  using Scalar = Scalar_;
  using Risk = MatrixFactorization<Scalar>;

  explicit FactorizedMatrix(Risk f) : f_{std::move(f)} {}

  [[nodiscard]] const Risk& objective() const { return f_; }
  /// ||grad f(w)||^2 >= 2 m(w) f(w), for all w: proxy PL with g = m f.
  [[nodiscard]] auto property() const { return ProxyPL{f_, LocalModulus<Risk>{f_}, {.alpha = 2, .mu = 4, .xi = 0}}; }
  /// A modulus of PL on ||w - w0|| <= radius: (sqrt(m(w0)) - radius)^2, rounded down; 0 where the radius is too large.
  [[nodiscard]] double modulus(ConstVectorRef<Scalar> w0, double radius) const {
    require(radius >= 0, "radius", "a number >= 0", radius);
    const double left = std::sqrt(f_.pl_modulus_at(w0)) * (1 - 0x1p-50) - radius;
    return left > 0 ? left * left * (1 - 0x1p-50) : 0;
  }
  /// PL with f* = 0 on that ball. Throws std::invalid_argument where the radius is too large.
  [[nodiscard]] auto property_within(ConstVectorRef<Scalar> w0, double radius) const {
    return polyak_lojasiewicz(f_, 0, modulus(w0, radius));
  }
  /// An upper bound on the Hessian's norm on that ball, with Frobenius norms:
  /// (||w0|| + r)^2 + ||E_0|| + r (||U_0|| + ||V_0||) + r^2/2, since ||U||^2 + ||V||^2 = ||w||^2.
  [[nodiscard]] double smoothness(ConstVectorRef<Scalar> w0, double radius) const {
    require(radius >= 0, "radius", "a number >= 0", radius);
    const auto u = static_cast<double>(scaled_norm(f_.left(w0)));
    const auto v = static_cast<double>(scaled_norm(f_.right(w0)));
    const double residual = std::sqrt(2 * detail::upper(f_.bounded_value(w0)));
    const double outer = std::hypot(u, v) + radius;
    return (outer * outer + residual + radius * (u + v) + radius * radius / 2) * (1 + 0x1p-40);
  }

  /// Gradient descent from w0 with eta <= 1/L, end to end: it stays within `radius` of w0, since its way is at most
  /// sqrt(8 f(w0)/m) long (sqrt(f_t) falls by at least eta ||grad f|| sqrt(2m)/4 a step), and there f is PL and smooth;
  /// `last_iterate_excess(f(w0), T)` = (1 - eta m)^T f(w0). Throws std::invalid_argument where the way may be longer
  /// than the radius, for single-example noise, or as ProxyPLGuarantee does.
  [[nodiscard]] ProxyPLGuarantee guarantee(ConstVectorRef<Scalar> w0, double radius, const GuaranteePlan& plan) const {
    require(plan.noise == Noise::full_batch, "noise: expected full_batch");
    const double start = detail::upper(f_.bounded_value(w0));
    const double m = modulus(w0, radius);
    const double way = std::sqrt(8 * start / m) * (1 + 0x1p-40);
    require(m > 0 && way <= radius, "radius",
            "one that the way of descent, at most sqrt(8 f(w0)/m) = " + detail::in_words(way) + ", does not leave",
            radius);
    return ProxyPLGuarantee({.alpha = 2,
                             .mu = 4 * m,
                             .xi = 0,
                             .smoothness = smoothness(w0, radius),
                             .gap = start,
                             .accuracy = plan.accuracy,
                             .step_size = plan.step_size,
                             .iterations = plan.iterations});
  }

  /// The property as a theorem for `prove`: the target is finite, which the objective's constructor asks. O(1).
  [[nodiscard]] Theorem theorem() const requires detail::ExactInDouble<Scalar> {
    Theorem theorem = detail::theorem_about(property(), detail::all_of_space(f_.dimension()));
    theorem.citation = "||EV||^2 >= lambda_min(VV^T)||E||^2, as derived in instances/factorized_matrix.hpp";
    theorem.premises = {Premise::fact("target", "finite entries", f_.target().allFinite())};
    theorem.constants = detail::proxy_pl_constants<ProxyPLConstants>(2, 4, 0, nullptr);
    return theorem;
  }

 private:
  Risk f_;
};

template <class Scalar> FactorizedMatrix(MatrixFactorization<Scalar>) -> FactorizedMatrix<Scalar>;

static_assert(Instance<FactorizedMatrix<>>);

}  // namespace proxcvx
