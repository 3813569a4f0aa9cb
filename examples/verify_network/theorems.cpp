// SPDX-License-Identifier: MIT
#include "theorems.hpp"

namespace verify_network {

namespace {

/// The theorem beside the constants of the property at hand, g = c times a proxy and h = `level`: it certifies others,
/// to the safe side.
pc::TheoremReport beside(pc::Theorem theorem, double c, double level) {
  theorem.constants[0].claimed = c;
  theorem.constants[1].claimed = level;
  return pc::prove(std::move(theorem));
}

}  // namespace

pc::TheoremReport proved_pl(const LeakyNetwork& instance, const pc::ProxyPLConstants& claimed) {
  return pc::prove(instance.theorem(claimed));
}

pc::TheoremReport proved_convexity(const LeakyNetwork& instance) {
  return pc::prove(instance.proxy_convexity_theorem());
}

pc::TheoremReport proved_pl(const AgnosticNeuron& instance, double rho, const pc::ProxyPLConstants& claimed) {
  return pc::prove(instance.theorem(rho, claimed));
}

pc::TheoremReport proved_convexity(const AgnosticNeuron& instance, double rho) {
  if (instance.leaky()) {
    const auto property = instance.leaky_proxy_convexity();
    return beside(instance.leaky_theorem(), property.proxy().factor(), property.reference().factor());
  }
  const auto property = instance.proxy_convexity(rho);
  const auto& pairs = property.property();
  return beside(instance.proxy_convexity_theorem(rho), pairs.proxy().factor(),
                pairs.reference().value(instance.reference()));
}

}  // namespace verify_network
