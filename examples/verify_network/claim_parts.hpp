// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <proxcvx/io/witness_file.hpp>
#include <proxcvx/verify/monitor.hpp>

#include "claim.hpp"

// What claims are made of whatever their property offers: included where one is made, so that a verb is compiled once
// for each type of property.

namespace verify_network {

/// A theorem as what a monitor holds a proxy against.
struct Promise {
  Theorem promised;
  bool in_expectation = false;

  [[nodiscard]] double bound(pc::Index T) const { return promised.bound(T); }
  [[nodiscard]] pc::Measured measured() const { return promised.measured; }
  [[nodiscard]] std::string theorem() const { return promised.name; }
  [[nodiscard]] bool expectation() const { return in_expectation; }
};

/// A monitor of the property and of a proxy; a pair property's is set against `v`.
template <class Property, class Bound>
Watch watched(const Property& property, [[maybe_unused]] const Vector& v, const pc::WatchedProxy<Proxy, Bound>& proxy,
              pc::Index every) {
  using Monitor = pc::Monitor<Property, Proxy, Bound>;
  const pc::MonitorSettings settings{.every = every};
  std::shared_ptr<Monitor> monitor;
  if constexpr (pc::PairProperty<Property>) {
    monitor = std::make_shared<Monitor>(property, v, proxy, settings);
  } else {
    monitor = std::make_shared<Monitor>(property, proxy, settings);
  }
  return {[monitor](const pc::Iterate<double>& iterate) { (void)(*monitor)(iterate); },
          [monitor] { return monitor->report(); }};
}

/// The claim by its margin alone: check and replay; g and its level.
template <class Property>
Claim examined(const Property& property, const pc::Ball<double>& region, const Proxy& g, double level) {
  Claim claim;
  claim.check = [property, region](const pc::CheckSettings& settings, const CheckObserver& observer,
                                   const pc::TimeLimit* limit, const Processes& processes) {
    return limit == nullptr ? pc::check(property, region, settings, observer, processes)
                            : pc::check(property, region, settings, observer, *limit, processes);
  };
  claim.replay = [property](const std::filesystem::path& file) { return pc::replay(property, file); };
  claim.variables = region.dimension() * (pc::PairProperty<Property> ? 2 : 1);
  claim.name = property.name();
  claim.proxy_name = g.name();
  claim.proxy = [g](const Vector& w) { return g.value(w); };
  claim.level = level;
  return claim;
}

/// A search for a violation of the property.
template <class Property> auto searched(const Property& property, const pc::Ball<double>& region) {
  return [property, region](const pc::FalsifySettings& settings, const SearchObserver& observer,
                            const pc::TimeLimit* limit, const Processes& processes) {
    const auto stop = [limit](const pc::FalsifyReport& report) {
      return limit == nullptr ? pc::Flow::proceed : (*limit)(report);
    };
    return pc::falsify(property, region, settings, observer, stop, processes);
  };
}

/// A monitor of the property, against `v`, and of g beside the theorem where there is one.
template <class Property> auto monitored(const Property& property, const Vector& v, const Proxy& g) {
  return [property, v, g](const std::optional<Theorem>& theorem, pc::Index every, bool expectation) {
    return theorem ? watched(property, v, pc::WatchedProxy<Proxy, Promise>(g, Promise{*theorem, expectation}), every)
                   : watched(property, v, pc::WatchedProxy<Proxy>(g), every);
  };
}

}  // namespace verify_network
