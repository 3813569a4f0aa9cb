// SPDX-License-Identifier: MIT
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/networks/activations.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/proxies/worst_slope_risk.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/falsify.hpp>

#include "support/catch2.hpp"

namespace pc = proxcvx;

TEST_CASE("the leaky network with slope 1.5 gamma: found on 20 of 20 instances, where sampling finds few") {
  // h(V) = E l(sum_j min(t_j, s t_j)): true with s = gamma, false with s = 1.5 gamma on inputs of one half-space.
  int found = 0;
  int sampled = 0;
  for (std::uint64_t instance = 0; instance < 20; ++instance) {
    pc::RandomStream stream{pc::Seed{34}, instance};
    const pc::Index d = 2 + stream.below(6);
    const pc::Index n = 10 + stream.below(40);
    const pc::Index hidden = 1 + stream.below(16);
    const double slope = stream.uniform(0.1, 0.6);
    const auto raw = pc::noisy_halfspace({.samples = n, .dimension = d, .margin = 0.1}, pc::Seed{500 + instance});
    pc::Matrix<double> x(d + 1, n);
    x.topRows(d) = raw.inputs();
    x.row(d).setOnes();
    const pc::Dataset<double> data(x, raw.targets());
    const auto risk = [&](double s) {
      return pc::EmpiricalRisk{pc::TwoLayer({.inputs = d + 1, .hidden = hidden}, pc::LeakyReLU{s}), pc::LogisticLoss{},
                               data};
    };
    const auto f = risk(slope);
    const pc::ProxyConvexity truth{f, f, pc::WorstSlopeRisk{f}};
    const pc::ProxyConvexity planted{f, f, pc::WorstSlopeRisk{risk(1.5 * slope)}};
    INFO("instance " << instance << ": d " << d << ", n " << n << ", m " << hidden << ", slope " << slope);

    // It is false: all units barely inactive, V_j = a_j mean(y x)/2 without the constant input.
    pc::Vector<double> w = pc::Vector<double>::Zero(f.dimension());
    pc::Vector<double> v = w;
    const pc::Vector<double> teacher = raw.inputs() * raw.targets().row(0).transpose() / static_cast<double>(n);
    for (pc::Index j = 0; j < hidden; ++j) {
      w[j * (d + 1) + d] = -1e-6;
      v.segment(j * (d + 1), d) = 0.5 * f.network().outer_weights()[j] * teacher;
    }
    const auto margin = planted.margin(w, v);
    REQUIRE(margin.value < -8 * margin.error);

    const pc::Ball ball(pc::Vector<double>::Zero(f.dimension()), 10.0);
    const pc::FalsifySettings settings{.seed = pc::Seed{instance + 1}};
    const auto report = pc::falsify(planted, ball, settings);
    CHECK(report.verdict() == pc::Verdict::violated);
    CHECK(pc::falsify(planted, ball, {.starts = 64, .seed = pc::Seed{instance + 1}}).verdict() ==
          pc::Verdict::violated);
    found += report.verdict() == pc::Verdict::violated ? 1 : 0;
    sampled += pc::check(planted, ball, {.samples = 3000}).statistics.independent_failures > 0 ? 1 : 0;
    const auto honest = pc::falsify(truth, ball, settings);
    INFO(honest);
    CHECK(honest.verdict() != pc::Verdict::violated);
    CHECK(honest.candidates.violated == 0);
  }
  CAPTURE(sampled);
  CHECK(found == 20);
  CHECK(sampled <= 10);
}
