// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <proxcvx/core/interval_functions.hpp>
#include <proxcvx/core/measured.hpp>
#include <proxcvx/core/slope_functions.hpp>
#include <proxcvx/optimize/observer.hpp>
#include <proxcvx/properties/erased.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/check.hpp>
#include <string>

// A claim is a property on a region with what the verbs do to it, free of types: the networks and losses of the program
// stand behind Objective and Proxy, so that each verb is compiled for three properties, in claim.cpp, and for no more.

namespace verify_network {

namespace pc = proxcvx;

using Form = pc::SlopeForm<pc::Interval>;
using Objective = pc::AnyObjective<double, Form>;
using Proxy = pc::AnyProxy<double, Form>;
using ProxyPL = pc::AnyProxyPL<double, Form>;
using ProxyConvexity = pc::AnyProxyConvexity<double, Form>;
using ConvexityAtReference = pc::AtReference<ProxyConvexity>;

using Vector = pc::Vector<double>;
using CheckObserver = std::function<void(const pc::CheckReport&)>;

/// A guarantee of any kind.
struct Theorem {
  std::string name;
  pc::Measured measured;
  std::function<double(pc::Index)> bound;
};

/// A property on a region, the proxy that its guarantee speaks of, and the guarantee or why there is none.
struct Claim {
  std::string name;
  std::function<pc::CheckReport(const pc::CheckSettings&, const CheckObserver&)> check;
  std::string proxy_name;
  std::function<double(const Vector&)> proxy;
  double level = 0;  ///< xi, or the reference level: what the guarantee tends to
  std::optional<Theorem> theorem;
  std::string note;
};

/// The claim that the property holds on `region`, about the proxy g.
[[nodiscard]] Claim claim(const ProxyPL& property, const pc::Ball<double>& region, const Proxy& g, double level);
[[nodiscard]] Claim claim(const ProxyConvexity& property, const pc::Ball<double>& region, const Proxy& g, double level);
[[nodiscard]] Claim claim(const ConvexityAtReference& property, const pc::Ball<double>& region, const Proxy& g,
                          double level);

}  // namespace verify_network
