// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/properties/margin.hpp>
#include <utility>

// The (g, xi, alpha, mu)-proxy PL inequality (Frei & Gu 2021, Definition 1.2): for all w in W
//     ||grad f(w)||^alpha >= (mu/2)(g(w) - xi),     margin(w) = ||grad f(w)||^alpha - (mu/2)(g(w) - xi).

namespace proxcvx {

/// What a proxy PL inequality claims: alpha > 0, mu > 0, any finite xi (the level down to which g is driven).
struct ProxyPLConstants {
  double alpha = 1;
  double mu = 1;
  double xi = 0;
};

/// f satisfies ||grad f(w)||^alpha >= (mu/2)(g(w) - xi). `g` is an objective, a proxy or any callable on a vector.
/// Throws std::invalid_argument unless alpha > 0, mu > 0 and xi are finite. margin: one gradient and one g.
template <class F, class G> class ProxyPL {
  static_assert(expect_differentiable<F>());

 public:
  using Scalar = typename F::Scalar;

  ProxyPL(F f, G g, ProxyPLConstants constants) : f_{std::move(f)}, g_{std::move(g)}, constants_{constants} {
    require(constants.alpha > 0 && is_finite(constants.alpha), "alpha", "a finite number > 0", constants.alpha);
    require(constants.mu > 0 && is_finite(constants.mu), "mu", "a finite number > 0", constants.mu);
    require(is_finite(constants.xi), "xi", "a finite number", constants.xi);
  }

  [[nodiscard]] Index dimension() const { return f_.dimension(); }
  [[nodiscard]] const F& objective() const { return f_; }
  [[nodiscard]] const G& proxy() const { return g_; }
  [[nodiscard]] double alpha() const { return constants_.alpha; }
  [[nodiscard]] double mu() const { return constants_.mu; }
  [[nodiscard]] double xi() const { return constants_.xi; }

  [[nodiscard]] std::string name() const { return "proxy-pl"; }
  [[nodiscard]] std::string statement() const {
    return "||grad f(w)||^alpha >= (mu/2)(g(w) - xi), g = " + detail::name_of(g_, "user's g");
  }
  [[nodiscard]] Constants constants() const {
    return {{"alpha", constants_.alpha}, {"mu", constants_.mu}, {"xi", constants_.xi}};
  }

  /// margin(w) with its rounding bound: with n the computed norm, e = gamma_{d+3} + ||E_grad||/n and p = n^alpha,
  ///   p max(expm1(alpha log1p(e)), -expm1(alpha log1p(-e))) + 8up + (mu/2)(E_g + 3u|g - xi|) + 2u|m|;
  /// the second entry is 1 when e >= 1; the first term is ||E_grad||^alpha when n = 0. Constants are doubles, whose
  /// rounding to a narrower scalar is counted too.
  [[nodiscard]] Margin<Scalar> margin(ConstVectorRef<Scalar> w) const {
    using std::abs;
    using std::expm1;
    using std::log1p;
    using std::max;
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    const auto [at_w, g] = bounded_gradient_and_proxy(f_, g_, w, gradient);
    const Scalar gradient_error = at_w.gradient_error;
    const Scalar u = unit_roundoff<Scalar>();
    const Scalar tiny = std::numeric_limits<Scalar>::denorm_min();
    const auto half_mu = static_cast<Scalar>(constants_.mu / 2);
    const auto xi = static_cast<Scalar>(constants_.xi);
    const auto alpha = static_cast<Scalar>(constants_.alpha);

    const Scalar norm = scaled_norm(gradient);
    const Scalar power = raised(norm);
    const Scalar excess = g.value - xi;
    const Scalar value = power - half_mu * excess;

    Scalar power_error(0);
    if (norm > Scalar(0)) {
      const Scalar relative = gamma<Scalar>(w.size() + 3) + gradient_error / norm;
      const Scalar up = expm1(Scalar(alpha * Scalar(log1p(relative))));
      const Scalar down =
          relative < Scalar(1) ? Scalar(-expm1(Scalar(alpha * Scalar(log1p(Scalar(-relative)))))) : Scalar(1);
      power_error = power * max(up, down) + Scalar(8) * u * power;
    } else {
      power_error = raised(gradient_error);
    }
    const Scalar constants_error = u * (Scalar(2) * Scalar(abs(excess)) + Scalar(abs(xi)));
    const Scalar error = power_error + half_mu * (g.error + Scalar(3) * u * Scalar(abs(excess)) + constants_error) +
                         Scalar(2) * u * Scalar(abs(value)) + Scalar(4) * tiny;
    const Scalar scale = power + half_mu * (Scalar(abs(g.value)) + Scalar(abs(xi)));
    return {value, error, scale, g.value <= xi};
  }

  /// The margin as a formula alone, in a scalar that encloses what it rounds (SlopeForm).
  [[nodiscard]] Scalar margin_value(ConstVectorRef<Scalar> w) const {
    using std::abs;
    using std::pow;
    using std::sqrt;
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    gradient_alone(f_, w, gradient);
    const auto power = [&]() -> Scalar {
      if (constants_.alpha == 2) return gradient.squaredNorm();
      if (w.size() == 1) return pow(Scalar(abs(gradient[0])), constants_.alpha);
      const Scalar squares = gradient.squaredNorm();
      const double half = constants_.alpha / 2;
      if (constants_.alpha != 1 && 2 * half == constants_.alpha) return pow(squares, half);
      return pow(Scalar(sqrt(squares)), constants_.alpha);
    };
    return power() - Scalar(0.5) * Scalar(constants_.mu) * (proxy_value<Scalar>(g_, w) - Scalar(constants_.xi));
  }

  /// Where f and g declare that f has a minimizer at which g takes the value xi, its minimum: there the margin is 0,
  /// and for alpha > 1 so is its derivative.
  [[nodiscard]] Matrix<double> exact_zeros() const requires detail::DeclaresMinimum<F> && detail::DeclaresMinimum<G> {
    const Vector<double> zero = f_.minimizer().template cast<double>();
    const Vector<double> of_g = g_.minimizer().template cast<double>();
    if (constants_.alpha > 1 && g_.minimum() == constants_.xi && zero == of_g) return zero;
    return Matrix<double>(f_.dimension(), 0);
  }

  /// The exact gradient of the margin: alpha ||grad f||^{alpha-2} Hess f(w) grad f(w) - (mu/2) grad g(w); its first
  /// term is 0 where grad f = 0. Cost: a gradient and a Hessian-vector product of f, a gradient of g.
  void margin_gradient(ConstVectorRef<Scalar> w,
                       VectorRef<Scalar> out) const requires TwiceDifferentiableObjective<F> && detail::HasGradient<G> {
    weighted_gradient(w, out, false);
  }

  static constexpr Index margin_gradient_cost = 5;

  /// The exact gradient of value/scale, scale = ||grad f(w)||^alpha + (mu/2)(|g(w)| + |xi|). The same cost.
  void scale_free_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const requires
      TwiceDifferentiableObjective<F> && detail::HasGradient<G> {
    weighted_gradient(w, out, true);
  }

  /// The same claim in another scalar.
  template <class Other>
  requires CastableTo<F, Other> && CastableTo<G, Other>
  [[nodiscard]] auto cast() const {
    return proxcvx::ProxyPL(f_.template cast<Other>(), g_.template cast<Other>(), constants_);
  }

  static constexpr bool rigorous_rounding() { return BoundsItsGradient<F> && detail::bounds_itself<G>; }

 private:
  void weighted_gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out, bool scale_free) const {
    using std::abs;
    ScratchFrame<Scalar> frame;
    auto gradient = frame.vector(w.size());
    auto curved = frame.vector(w.size());
    gradient_alone(f_, w, gradient);
    f_.hessian_vector(w, gradient, curved);
    const Scalar g = g_.gradient(w, out);
    const auto half_mu = static_cast<Scalar>(constants_.mu / 2);
    const auto xi = static_cast<Scalar>(constants_.xi);
    const Scalar norm = scaled_norm(gradient);
    const Scalar power = raised(norm);
    Scalar power_weight(1);
    Scalar g_weight = -half_mu;
    if (scale_free) {
      const Scalar scale = power + half_mu * (Scalar(abs(g)) + Scalar(abs(xi)));
      const Scalar level = scale > Scalar(0) ? Scalar((power - half_mu * (g - xi)) / scale) : Scalar(0);
      power_weight = scale > Scalar(0) ? Scalar((Scalar(1) - level) / scale) : Scalar(0);
      g_weight = scale > Scalar(0) ? Scalar(half_mu * (Scalar(-1) - level * detail::sign_of(g)) / scale) : Scalar(0);
    }
    // d norm^alpha = alpha (norm^alpha / norm) Hess grad / norm
    const auto alpha = static_cast<Scalar>(constants_.alpha);
    const Scalar slope = norm > Scalar(0) ? Scalar(power_weight * alpha * (power / norm) / norm) : Scalar(0);
    out = slope * curved + g_weight * out;
  }

  /// norm^alpha, by multiplication in the two cases that occur most.
  [[nodiscard]] Scalar raised(const Scalar& norm) const {
    using std::pow;
    if (constants_.alpha == 1) return norm;
    if (constants_.alpha == 2) return norm * norm;
    return norm > Scalar(0) ? Scalar(pow(norm, static_cast<Scalar>(constants_.alpha))) : norm;
  }

  F f_;
  G g_;
  ProxyPLConstants constants_;
};

}  // namespace proxcvx
