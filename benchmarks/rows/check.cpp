// SPDX-License-Identifier: MIT

// check, end to end: samples of a ball about the initial weights, gradients, proxies, all pairs of each block where the
// property has pairs, and the report. The time is that of one sample. It has no peer: what matters is that two threads
// take half the time of one.

#include "fixtures.hpp"

namespace {

namespace pc = proxcvx;

constexpr rows::NetworkShape shape{"check", 500, 10, 64};
constexpr pc::Index samples = 5120;  // 20 blocks

template <class Property> void register_property(const std::string& name, const Property& property) {
  const auto text = name + " " + shape.text() + ", " + std::to_string(samples) + " samples";
  rows::add<double>(shape.row, text, "proxcvx", [property](benchmark::State& state) {
    const pc::Ball ball(property.objective().network().initialize(pc::Seed{2}), 5.0);
    for (auto _ : state) {
      const auto report = pc::check(property, ball, {.samples = samples});
      if (report.verdict() != pc::Verdict::no_violation_found) state.SkipWithError("the inequality is a theorem");
    }
    rows::count_each(state, samples);
  });
}

const bool registered = [] {
  const auto f = rows::network_risk<double>(shape);
  register_property("proxy PL", pc::LeakyNetwork{f.network(), f.data()}.proxy_pl());
  register_property("proxy convexity", pc::ProxyConvexity{f, f, pc::WorstSlopeRisk{f}});
  return true;
}();

}  // namespace
