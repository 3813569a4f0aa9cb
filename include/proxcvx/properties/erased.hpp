// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/properties/at_reference.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/any_proxy.hpp>
#include <proxcvx/proxies/any_reference.hpp>

// The same claims about objectives and proxies of any type (AnyObjective, AnyProxy): claims about different networks
// become values of one type, for which each verb is compiled once. Margins and reports are the same, bit for bit.
// What is declared of exact zeros of the margin, and that a claim is convexity, is forgotten.

namespace proxcvx {

/// ||grad f||^alpha >= (mu/2)(g - xi) for an f and a g of any type.
template <class Scalar = double, class... Enclosing>
using AnyProxyPL = ProxyPL<AnyObjective<Scalar, Enclosing...>, AnyProxy<Scalar, Enclosing...>>;

/// <grad f(w), w - v> >= g(w) - h(v) for an f, a g and an h of any type.
template <class Scalar = double, class... Enclosing>
using AnyProxyConvexity =
    ProxyConvexity<AnyObjective<Scalar, Enclosing...>, AnyProxy<Scalar, Enclosing...>, AnyProxy<Scalar, Enclosing...>>;

/// <grad f(w), w - v> >= g(w) - h(v; w) for an f, a g and a moving h of any type.
template <class Scalar = double, class... Enclosing>
using AnyMovingConvexity =
    ProxyConvexity<AnyObjective<Scalar, Enclosing...>, AnyProxy<Scalar, Enclosing...>, AnyReference<Scalar>>;

/// The property without the types of its parts. `Enclosing`: SlopeForm<Interval> for a claim that is to be proved.
template <class... Enclosing, class F, class G> [[nodiscard]] auto erased(const ProxyPL<F, G>& property) {
  using Scalar = typename F::Scalar;
  return AnyProxyPL<Scalar, Enclosing...>(AnyObjective<Scalar, Enclosing...>(property.objective()),
                                          AnyProxy<Scalar, Enclosing...>(property.proxy(), property.objective()),
                                          {.alpha = property.alpha(), .mu = property.mu(), .xi = property.xi()});
}

template <class... Enclosing, class F, class G, class H>
[[nodiscard]] auto erased(const ProxyConvexity<F, G, H>& property) {
  using Scalar = typename F::Scalar;
  return AnyProxyConvexity<Scalar, Enclosing...>(AnyObjective<Scalar, Enclosing...>(property.objective()),
                                                 AnyProxy<Scalar, Enclosing...>(property.proxy(), property.objective()),
                                                 AnyProxy<Scalar, Enclosing...>(property.reference()));
}

/// The same for a reference that moves with w. There is no formula of it to be proved: `Enclosing` serves f and g.
template <class... Enclosing, class F, class G, MovingReference H>
[[nodiscard]] auto erased(const ProxyConvexity<F, G, H>& property) {
  using Scalar = typename F::Scalar;
  return AnyMovingConvexity<Scalar, Enclosing...>(
      AnyObjective<Scalar, Enclosing...>(property.objective()),
      AnyProxy<Scalar, Enclosing...>(property.proxy(), property.objective()),
      AnyReference<Scalar>(property.reference()));
}

template <class... Enclosing, class Property> [[nodiscard]] auto erased(const AtReference<Property>& property) {
  return AtReference(erased<Enclosing...>(property.property()), property.reference());
}

static_assert(PointProperty<AnyProxyPL<>> && HasMarginGradient<AnyProxyPL<>> && AllPairsProperty<AnyProxyConvexity<>> &&
              HasMarginGradient<AnyProxyConvexity<>> && AllPairsProperty<AnyMovingConvexity<>>);

}  // namespace proxcvx
