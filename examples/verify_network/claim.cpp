// SPDX-License-Identifier: MIT
#include "claim.hpp"

#include <cmath>
#include <limits>
#include <proxcvx/properties/open_constants.hpp>
#include <proxcvx/regions/box.hpp>
#include <proxcvx/verify/prove.hpp>
#include <utility>

#include "claim_parts.hpp"

namespace verify_network {

namespace {

using Ball = pc::Ball<double>;

/// The slack of <grad f(w), w - v> >= g(w) - (h(v) + slack), left open within the type of the property.
pc::OpenClaim<ProxyConvexity> slack(const ProxyConvexity& property) {
  pc::OpenClaim<ProxyConvexity> claim;
  claim.constant = "slack";
  claim.sharpest = pc::Sharpest::smallest;
  claim.initial = 0;
  claim.lowest = -std::numeric_limits<double>::infinity();
  claim.with = [property](double slack) {
    return ProxyConvexity(property.objective(), property.proxy(),
                          Proxy(pc::Affine<Proxy>(1.0, property.reference(), slack)));
  };
  claim.slope = [](pc::ConstVectorRef<double>, pc::ConstVectorRef<double>) { return pc::BoundedValue<double>{1, 0}; };
  return claim;
}

pc::OpenClaim<ConvexityAtReference> slack(const ConvexityAtReference& property) {
  const pc::OpenClaim<ProxyConvexity> pairs = slack(property.property());
  pc::OpenClaim<ConvexityAtReference> claim;
  claim.constant = pairs.constant;
  claim.sharpest = pairs.sharpest;
  claim.initial = pairs.initial;
  claim.lowest = pairs.lowest;
  claim.with = [pairs, v = property.reference()](double slack) { return ConvexityAtReference(pairs.with(slack), v); };
  claim.slope = pairs.slope;
  return claim;
}

using Seconds = std::function<double()>;  ///< that are left

template <class Property>
Fitted fitted(const Property& property, const Ball& region, pc::FitSettings settings, const Seconds& left) {
  settings.seconds = left();
  return {{pc::fit(slack(property), region, settings)}, std::nullopt};
}

Fitted fitted(const ProxyPL& property, const Ball& region, pc::FitSettings settings, const Seconds& left) {
  Fitted found;
  settings.seconds = left();
  found.constants.push_back(pc::fit(pc::largest_mu(property), region, settings));
  settings.seconds = left();
  found.constants.push_back(pc::fit(pc::smallest_xi(property), region, settings));
  if (settings.samples >= 2 && left() > 0) {
    found.frontier = pc::fit_frontier(property.objective(), property.proxy(), property.alpha(), region,
                                      {.samples = settings.samples,
                                       .seed = settings.seed,
                                       .threads = settings.threads,
                                       .confidence = settings.confidence});
  }
  return found;
}

template <class Property> Claim made(const Property& property, const Ball& region, const Proxy& g, double level) {
  Claim claim = examined(property, region, g, level);
  claim.falsify = searched(property, region);
  claim.monitor = monitored(property, region.center(), g);
  claim.fit = [property, region](const pc::FitSettings& settings, const pc::TimeLimit* limit) {
    return fitted(property, region, settings,
                  [limit] { return limit == nullptr ? std::numeric_limits<double>::infinity() : limit->left(); });
  };
  const double half = region.radius() / std::sqrt(static_cast<double>(region.dimension())) * (1 - 1e-15);
  claim.prove = [property, region, half](double seconds, int threads) {
    const pc::Box<double> cube(region.center().array() - half, region.center().array() + half);
    return pc::prove(property, cube, {.seconds = seconds, .threads = threads});
  };
  claim.cube = "the cube of half width " + pc::detail::shortest(half, 4) + " about the initial weights";
  return claim;
}

}  // namespace

Claim claim(const ProxyPL& property, const Ball& region, const Proxy& g, double level) {
  return made(property, region, g, level);
}
Claim claim(const ProxyConvexity& property, const Ball& region, const Proxy& g, double level) {
  return made(property, region, g, level);
}
Claim claim(const ConvexityAtReference& property, const Ball& region, const Proxy& g, double level) {
  return made(property, region, g, level);
}

}  // namespace verify_network
