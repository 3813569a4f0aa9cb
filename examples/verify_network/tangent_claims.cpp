// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "claim_parts.hpp"

// The claims of tangents, apart from the others: what their properties do not admit is not compiled for them.

namespace verify_network {

Claim claim(const MovingConvexity& property, const pc::Ball<double>& region, const Proxy& g) {
  Claim claim = examined(property, region, g, 0);
  claim.falsify = searched(property, region);
  // Against the start itself both sides are equal at t = 0, to every digit: against a point half the radius away.
  const double step = region.radius() / 2 / std::sqrt(static_cast<double>(region.dimension()));
  claim.monitor = monitored(property, Vector(region.center().array() + step), g);
  claim.unavailable = {{"fit", "the inequality has no constants"},
                       {"prove", "a reference that moves with w has no interval form"}};
  return claim;
}

Claim claim(const LocalClaim& property, const pc::Ball<double>& region, const Proxy& g, pc::Index affordable) {
  Claim claim = examined(property, region, g, 0);
  claim.monitor = [property, g, affordable](const std::optional<Theorem>&, pc::Index every, bool) {
    Watch all = watched(property, Vector(), pc::WatchedProxy<Proxy>(g), 1);
    const pc::Index stride = std::max(every, (100 * every + affordable - 1) / affordable);
    all.see = [see = all.see, stride](const pc::Iterate<double>& iterate) {
      if (iterate.t % stride == 0) see(iterate);
    };
    return all;
  };
  claim.affordable = affordable;
  const std::string why = "its constants depend on w and have no ";
  claim.unavailable = {{"falsify", why + "gradient, and each costs a matrix of all samples"},
                       {"fit", "its constants depend on w and are computed"},
                       {"prove", why + "interval form"}};
  return claim;
}

}  // namespace verify_network
