// SPDX-License-Identifier: MIT
#include "claim.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <proxcvx/io/witness_file.hpp>
#include <proxcvx/properties/open_constants.hpp>
#include <proxcvx/regions/box.hpp>
#include <proxcvx/verify/monitor.hpp>
#include <proxcvx/verify/prove.hpp>
#include <utility>

namespace verify_network {

namespace {

using Ball = pc::Ball<double>;

/// A theorem as what a monitor holds a proxy against.
struct Promise {
  Theorem promised;
  bool in_expectation = false;

  [[nodiscard]] double bound(pc::Index T) const { return promised.bound(T); }
  [[nodiscard]] pc::Measured measured() const { return promised.measured; }
  [[nodiscard]] std::string theorem() const { return promised.name; }
  [[nodiscard]] bool expectation() const { return in_expectation; }
};

template <class Property, class Bound>
Watch watched(const Property& property, const Ball& region, const pc::WatchedProxy<Proxy, Bound>& proxy,
              pc::Index every) {
  using Monitor = pc::Monitor<Property, Proxy, Bound>;
  const pc::MonitorSettings settings{.every = every};
  std::shared_ptr<Monitor> monitor;
  if constexpr (pc::PairProperty<Property>) {
    monitor = std::make_shared<Monitor>(property, region.center(), proxy, settings);
  } else {
    monitor = std::make_shared<Monitor>(property, proxy, settings);
  }
  return {[monitor](const pc::Iterate<double>& iterate) { (void)(*monitor)(iterate); },
          [monitor] { return monitor->report(); }};
}

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
  Claim claim;
  claim.check = [property, region](const pc::CheckSettings& settings, const CheckObserver& observer,
                                   const pc::TimeLimit* limit, const Processes& processes) {
    return limit == nullptr ? pc::check(property, region, settings, observer, processes)
                            : pc::check(property, region, settings, observer, *limit, processes);
  };
  claim.falsify = [property, region](const pc::FalsifySettings& settings, const SearchObserver& observer,
                                     const pc::TimeLimit* limit, const Processes& processes) {
    const auto stop = [limit](const pc::FalsifyReport& report) {
      return limit == nullptr ? pc::Flow::proceed : (*limit)(report);
    };
    return pc::falsify(property, region, settings, observer, stop, processes);
  };
  claim.fit = [property, region](const pc::FitSettings& settings, const pc::TimeLimit* limit) {
    return fitted(property, region, settings,
                  [limit] { return limit == nullptr ? std::numeric_limits<double>::infinity() : limit->left(); });
  };
  const double half = region.radius() / std::sqrt(static_cast<double>(region.dimension())) * (1 - 1e-15);
  claim.prove = [property, region, half](double seconds, int threads) {
    const pc::Box<double> cube(region.center().array() - half, region.center().array() + half);
    return pc::prove(property, cube, {.seconds = seconds, .threads = threads});
  };
  claim.variables = region.dimension() * (pc::PairProperty<Property> ? 2 : 1);
  claim.cube = "the cube of half width " + pc::detail::shortest(half, 4) + " about the initial weights";
  claim.monitor = [property, region, g](const std::optional<Theorem>& theorem, pc::Index every, bool expectation) {
    return theorem
               ? watched(property, region, pc::WatchedProxy<Proxy, Promise>(g, Promise{*theorem, expectation}), every)
               : watched(property, region, pc::WatchedProxy<Proxy>(g), every);
  };
  claim.replay = [property](const std::filesystem::path& file) { return pc::replay(property, file); };
  claim.name = property.name();
  claim.proxy_name = g.name();
  claim.proxy = [g](const Vector& w) { return g.value(w); };
  claim.level = level;
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
