// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/hessian_bound.hpp>
#include <proxcvx/properties/hoelder_gradient.hpp>
#include <proxcvx/properties/open_claim.hpp>
#include <proxcvx/properties/special_cases.hpp>
#include <utility>

// The constants of the library's properties, one at a time, left open for `fit`. The others stay as they are in the
// property that is handed in.
//
//   largest_mu, smallest_xi               proxy PL (Frei & Gu 2021, Definition 1.2), the other one given
//   largest_pl_modulus                    PL: mu = 4m, alpha = 2, xi = f*
//   smallest_slack, smallest_factor       proxy convexity with h + slack, with factor h (Definition 1.1)
//   largest_quasar_convexity              zeta of <grad f(w), w - w*> >= zeta (f(w) - f*)
//   largest_restricted_secant             nu of <grad f(w), w - w*> >= nu ||w - w*||^2
//   smallest_A, smallest_B                gradient growth, the other one given
//   smallest_L                            Hoelder gradients of order a, over pairs; bounded Hessians, over points

namespace proxcvx {

namespace detail {

/// a - b, both with their bounds.
template <class Scalar>
[[nodiscard]] BoundedValue<Scalar> difference(const BoundedValue<Scalar>& a, const BoundedValue<Scalar>& b) {
  using std::abs;
  const Scalar value = a.value - b.value;
  return {value, a.error + b.error + unit_roundoff<Scalar>() * Scalar(abs(value))};
}

/// factor * (a + offset), factor and offset doubles that a narrow scalar may round.
template <class Scalar>
[[nodiscard]] BoundedValue<Scalar> scaled(double factor, const BoundedValue<Scalar>& a, double offset = 0) {
  using std::abs;
  const auto by = static_cast<Scalar>(factor);
  const auto shift = static_cast<Scalar>(offset);
  const Scalar value = by * (a.value + shift);
  const Scalar u = unit_roundoff<Scalar>();
  return {value, Scalar(abs(by)) * (a.error + u * Scalar(abs(shift))) + Scalar(4) * u * Scalar(abs(value))};
}

}  // namespace detail

/// The largest mu of ||grad f(w)||^alpha >= (mu/2)(g(w) - xi), alpha and xi those of `property`.
template <class F, class G> [[nodiscard]] OpenClaim<ProxyPL<F, G>> largest_mu(const ProxyPL<F, G>& property) {
  using Scalar = typename F::Scalar;
  OpenClaim<ProxyPL<F, G>> claim;
  claim.constant = "mu";
  claim.initial = property.mu();
  claim.with = [property](double mu) {
    return ProxyPL<F, G>(property.objective(), property.proxy(),
                         {.alpha = property.alpha(), .mu = mu, .xi = property.xi()});
  };
  claim.slope = [property](ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> /*v*/) {
    return detail::scaled(-0.5, bounded_proxy_value<Scalar>(property.proxy(), w), -property.xi());
  };
  return claim;
}

/// The smallest xi of ||grad f(w)||^alpha >= (mu/2)(g(w) - xi), alpha and mu those of `property`.
template <class F, class G> [[nodiscard]] OpenClaim<ProxyPL<F, G>> smallest_xi(const ProxyPL<F, G>& property) {
  using Scalar = typename F::Scalar;
  OpenClaim<ProxyPL<F, G>> claim;
  claim.constant = "xi";
  claim.sharpest = Sharpest::smallest;
  claim.initial = property.xi();
  claim.lowest = -std::numeric_limits<double>::infinity();
  claim.with = [property](double xi) {
    return ProxyPL<F, G>(property.objective(), property.proxy(),
                         {.alpha = property.alpha(), .mu = property.mu(), .xi = xi});
  };
  claim.slope = [property](ConstVectorRef<Scalar> /*w*/, ConstVectorRef<Scalar> /*v*/) {
    const auto half_mu = static_cast<Scalar>(property.mu() / 2);
    return BoundedValue<Scalar>{half_mu, unit_roundoff<Scalar>() * half_mu};
  };
  return claim;
}

/// The largest modulus m of (1/2)||grad f||^2 >= m (f - minimum).
template <class F> [[nodiscard]] OpenClaim<ProxyPL<F, F>> largest_pl_modulus(const F& f, double minimum) {
  using Scalar = typename F::Scalar;
  OpenClaim<ProxyPL<F, F>> claim;
  claim.constant = "m";
  claim.with = [f, minimum](double modulus) { return polyak_lojasiewicz(f, minimum, modulus); };
  claim.slope = [f, minimum](ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> /*v*/) {
    return detail::scaled(-2, bounded_proxy_value<Scalar>(f, w), -minimum);
  };
  return claim;
}

/// The smallest slack of <grad f(w), w - v> >= g(w) - (h(v) + slack); it may be negative. h must be an objective or
/// one of the library's proxies.
template <class F, class G, class H>
[[nodiscard]] OpenClaim<ProxyConvexity<F, G, Affine<H>>> smallest_slack(const ProxyConvexity<F, G, H>& property) {
  using Scalar = typename F::Scalar;
  OpenClaim<ProxyConvexity<F, G, Affine<H>>> claim;
  claim.constant = "slack";
  claim.sharpest = Sharpest::smallest;
  claim.initial = 0;
  claim.lowest = -std::numeric_limits<double>::infinity();
  claim.with = [property](double slack) {
    return ProxyConvexity<F, G, Affine<H>>(property.objective(), property.proxy(), {1.0, property.reference(), slack});
  };
  claim.slope = [](ConstVectorRef<Scalar> /*w*/, ConstVectorRef<Scalar> /*v*/) {
    return BoundedValue<Scalar>{Scalar(1), Scalar(0)};
  };
  return claim;
}

/// The smallest factor of <grad f(w), w - v> >= g(w) - factor h(v), h >= 0.
template <class F, class G, class H>
[[nodiscard]] OpenClaim<ProxyConvexity<F, G, Affine<H>>> smallest_factor(const ProxyConvexity<F, G, H>& property) {
  using Scalar = typename F::Scalar;
  OpenClaim<ProxyConvexity<F, G, Affine<H>>> claim;
  claim.constant = "factor";
  claim.sharpest = Sharpest::smallest;
  claim.lowest_included = true;
  claim.with = [property](double factor) {
    return ProxyConvexity<F, G, Affine<H>>(property.objective(), property.proxy(), {factor, property.reference(), 0.0});
  };
  claim.slope = [property](ConstVectorRef<Scalar> /*w*/, ConstVectorRef<Scalar> v) {
    return bounded_proxy_value<Scalar>(property.reference(), v);
  };
  return claim;
}

/// The largest zeta of <grad f(w), w - w*> >= zeta (f(w) - f(w*)); w* is a vector.
template <class F>
[[nodiscard]] auto largest_quasar_convexity(const F& f, const Vector<typename F::Scalar>& minimizer) {
  using Scalar = typename F::Scalar;
  OpenClaim<AtReference<ProxyConvexity<F, Affine<F>, Affine<F>>>> claim;
  claim.constant = "zeta";
  claim.with = [f, minimizer](double zeta) { return quasar_convexity(f, minimizer, zeta); };
  const BoundedValue<Scalar> minimum = bounded_proxy_value<Scalar>(f, minimizer);
  claim.slope = [f, minimum](ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> /*v*/) {
    return detail::difference(minimum, bounded_proxy_value<Scalar>(f, w));
  };
  return claim;
}

/// The largest nu of <grad f(w), w - w*> >= nu ||w - w*||^2.
template <class F>
[[nodiscard]] auto largest_restricted_secant(const F& f, const Vector<typename F::Scalar>& minimizer) {
  using Scalar = typename F::Scalar;
  OpenClaim<AtReference<ProxyConvexity<F, DistanceSquared<Scalar>, Constant<Scalar>>>> claim;
  claim.constant = "nu";
  claim.with = [f, minimizer](double nu) { return restricted_secant(f, minimizer, nu); };
  const DistanceSquared<Scalar> distance{minimizer, 1.0};
  claim.slope = [distance](ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> /*v*/) {
    return detail::scaled(-1, bounded_proxy_value<Scalar>(distance, w));
  };
  return claim;
}

/// The smallest A >= 0 of E||grad f_z(w)||^2 <= A + B g(w), B and the noise those of `property`.
template <class F, class G>
[[nodiscard]] OpenClaim<GradientGrowth<F, G>> smallest_A(const GradientGrowth<F, G>& property) {
  using Scalar = typename F::Scalar;
  OpenClaim<GradientGrowth<F, G>> claim;
  claim.constant = "A";
  claim.sharpest = Sharpest::smallest;
  claim.initial = property.A();
  claim.lowest_included = true;
  claim.with = [property](double A) {
    return GradientGrowth<F, G>(property.objective(), property.proxy(), {A, property.B(), property.noise()});
  };
  claim.slope = [](ConstVectorRef<Scalar> /*w*/, ConstVectorRef<Scalar> /*v*/) {
    return BoundedValue<Scalar>{Scalar(1), Scalar(0)};
  };
  return claim;
}

/// The smallest B >= 0 of E||grad f_z(w)||^2 <= A + B g(w), A and the noise those of `property`.
template <class F, class G>
[[nodiscard]] OpenClaim<GradientGrowth<F, G>> smallest_B(const GradientGrowth<F, G>& property) {
  using Scalar = typename F::Scalar;
  OpenClaim<GradientGrowth<F, G>> claim;
  claim.constant = "B";
  claim.sharpest = Sharpest::smallest;
  claim.initial = property.B();
  claim.lowest_included = true;
  claim.with = [property](double B) {
    return GradientGrowth<F, G>(property.objective(), property.proxy(), {property.A(), B, property.noise()});
  };
  claim.slope = [property](ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> /*v*/) {
    return bounded_proxy_value<Scalar>(property.proxy(), w);
  };
  return claim;
}

/// The smallest L of ||grad f(w) - grad f(v)|| <= L ||w - v||^a, a that of `property`.
template <class F> [[nodiscard]] OpenClaim<HoelderGradient<F>> smallest_L(const HoelderGradient<F>& property) {
  using Scalar = typename F::Scalar;
  OpenClaim<HoelderGradient<F>> claim;
  claim.constant = "L";
  claim.sharpest = Sharpest::smallest;
  claim.initial = property.L();
  claim.with = [property](double L) { return HoelderGradient<F>(property.objective(), {.a = property.a(), .L = L}); };
  claim.slope = [property](ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> v) { return property.reach(w, v); };
  return claim;
}

/// The smallest L of ||Hess f(w)|| <= L, by power iteration: the smoothness of f on a convex region.
template <class F> [[nodiscard]] OpenClaim<HessianBound<F>> smallest_L(const HessianBound<F>& property) {
  using Scalar = typename F::Scalar;
  OpenClaim<HessianBound<F>> claim;
  claim.constant = "L";
  claim.sharpest = Sharpest::smallest;
  claim.initial = property.L();
  claim.with = [property](double L) { return HessianBound<F>(property.objective(), L, property.iteration()); };
  claim.slope = [](ConstVectorRef<Scalar> /*w*/, ConstVectorRef<Scalar> /*v*/) {
    return BoundedValue<Scalar>{Scalar(1), Scalar(0)};
  };
  return claim;
}

}  // namespace proxcvx
