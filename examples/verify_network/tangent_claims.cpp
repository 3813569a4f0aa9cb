// SPDX-License-Identifier: MIT
#include "claim_parts.hpp"

// The claims of tangents, apart from the others: what their properties do not admit is not compiled for them.

namespace verify_network {

Claim claim(const MovingConvexity& property, const pc::Ball<double>& region, const Proxy& g) {
  Claim claim = examined(property, region, g, 0);
  claim.falsify = searched(property, region);
  claim.monitor = monitored(property, region, g);
  claim.unavailable = {{"fit", "the inequality has no constants"},
                       {"prove", "a reference that moves with w has no interval form"}};
  return claim;
}

Claim claim(const LocalClaim& property, const pc::Ball<double>& region, const Proxy& g, pc::Index affordable) {
  Claim claim = examined(property, region, g, 0);
  const auto watch = monitored(property, region, g);
  claim.monitor = [watch, affordable](const std::optional<Theorem>& theorem, pc::Index every, bool expectation) {
    Watch all = watch(theorem, 1, expectation);
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
