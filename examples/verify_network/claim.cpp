// SPDX-License-Identifier: MIT
#include "claim.hpp"

namespace verify_network {

namespace {

template <class Property>
Claim made(const Property& property, const pc::Ball<double>& region, const Proxy& g, double level) {
  Claim claim;
  claim.check = [property, region](const pc::CheckSettings& settings, const CheckObserver& observer) {
    return pc::check(property, region, settings, observer);
  };
  claim.name = property.name();
  claim.proxy_name = g.name();
  claim.proxy = [g](const Vector& w) { return g.value(w); };
  claim.level = level;
  return claim;
}

}  // namespace

Claim claim(const ProxyPL& property, const pc::Ball<double>& region, const Proxy& g, double level) {
  return made(property, region, g, level);
}
Claim claim(const ProxyConvexity& property, const pc::Ball<double>& region, const Proxy& g, double level) {
  return made(property, region, g, level);
}
Claim claim(const ConvexityAtReference& property, const pc::Ball<double>& region, const Proxy& g, double level) {
  return made(property, region, g, level);
}

}  // namespace verify_network
