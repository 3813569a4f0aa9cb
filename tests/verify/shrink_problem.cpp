// SPDX-License-Identifier: MIT
#include <algorithm>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/proxies/worst_slope_risk.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/falsify.hpp>
#include <proxcvx/verify/shrink_problem.hpp>
#include <stdexcept>

#include "support/catch2.hpp"
#include "support/counts.hpp"

// The leaky network's claim with slope 1.5 gamma (falsify_network.cpp), made false by one sample and one unit alone.

namespace pc = proxcvx;

namespace {

namespace smaller {

using Network = pc::TwoLayer<pc::LeakyReLU>;
using Risk = pc::EmpiricalRisk<Network, pc::LogisticLoss>;

/// <grad F(W), W - V> >= F(W) - h(V), `factor` gamma the slope in h; both of the risk handed in.
auto claim(const Risk& f, double factor) {
  const double slope = factor * f.network().activation().smallest_slope();
  const Network steeper({.inputs = f.network().inputs(), .hidden = f.network().hidden()}, pc::LeakyReLU{slope},
                        f.network().outer_weights());
  return pc::ProxyConvexity{f, f, pc::WorstSlopeRisk{Risk{steeper, f.loss(), f.data()}}};
}

Risk risk(std::uint64_t instance) {
  pc::RandomStream stream{pc::Seed{345}, instance};
  const pc::Index d = 4 + stream.below(7);
  const auto data = pc::noisy_halfspace({.samples = 3 + stream.below(6), .dimension = d, .margin = 0.1, .noise = 0.1},
                                        pc::Seed{instance});
  return {Network({.inputs = d, .hidden = 2 + stream.below(9)}, pc::LeakyReLU{stream.uniform(0.1, 0.5)}),
          pc::LogisticLoss{}, data};
}

pc::Ball<double> ball_of(const Risk& f) { return {pc::Vector<double>::Zero(f.dimension()), 10.0}; }

std::vector<pc::Index> all_but(pc::Index count, pc::Index left_out) {
  std::vector<pc::Index> kept;
  for (pc::Index i = 0; i < count; ++i) {
    if (i != left_out) kept.push_back(i);
  }
  return kept;
}

/// What is left of 0, ..., count - 1.
std::vector<pc::Index> complement(pc::Index count, const std::vector<pc::Index>& dropped) {
  std::vector<pc::Index> kept;
  for (pc::Index i = 0; i < count; ++i) {
    if (!std::binary_search(dropped.begin(), dropped.end(), i)) kept.push_back(i);
  }
  return kept;
}

bool violated(const Risk& f, double factor, const pc::Vector<double>& w, const pc::Vector<double>& v) {
  const auto margin =
      claim(f, factor).template cast<pc::FiftyDigits>().margin(w.cast<pc::FiftyDigits>(), v.cast<pc::FiftyDigits>());
  return margin.value < -margin.error;
}

pc::Witness witness_of(const Risk& f, double factor, std::uint64_t seed) {
  const auto report = pc::falsify(claim(f, factor), ball_of(f), {.seed = pc::Seed{seed}});
  REQUIRE(report.verdict() == pc::Verdict::violated);
  return *report.witness;
}

}  // namespace smaller

}  // namespace

TEST_CASE("a problem shrinks to one of which its claim is violated, and to no larger one than it must") {
  pc::Index examples = 0, neurons = 0, count = 0;
  for (std::uint64_t instance = 1; instance <= (tests::long_run() ? 40 : 8); ++instance) {
    const auto f = smaller::risk(instance);
    const auto found = smaller::witness_of(f, 1.5, instance);
    const auto made = [](const smaller::Risk& on) { return smaller::claim(on, 1.5); };
    const auto less = pc::shrink_problem(f, made, smaller::ball_of(f), found);
    CAPTURE(instance, f.terms(), f.network().hidden(), less.evaluations, less.objective.terms());
    CHECK(less.minimal);
    CHECK(less.evaluations <= 5000);

    // What is left is what was not dropped, and nothing else was touched.
    const auto kept_examples = smaller::complement(f.terms(), less.dropped_examples);
    const auto kept_neurons = smaller::complement(f.network().hidden(), less.dropped_neurons);
    const auto kept_data = f.data().subset(kept_examples);
    CHECK(less.objective.data().inputs() == kept_data.inputs());
    CHECK(less.objective.data().targets() == kept_data.targets());
    REQUIRE(less.objective.network().hidden() == static_cast<pc::Index>(kept_neurons.size()));
    for (std::size_t j = 0; j < kept_neurons.size(); ++j) {
      CHECK(less.objective.network().outer_weights()[static_cast<pc::Index>(j)] ==
            f.network().outer_weights()[kept_neurons[j]]);
    }

    // The claim on it is violated at its witness, in its region.
    const pc::Vector<double>& w = less.witness.w;
    const pc::Vector<double>& v = less.witness.v;
    CHECK(less.witness.stands);
    CHECK(smaller::violated(less.objective, 1.5, w, v));
    CHECK(less.points.contains(w));
    CHECK(less.references.contains(v));
    CHECK(less.points.dimension() == less.objective.dimension());

    // No further drop leaves it violated there.
    const pc::Index n = less.objective.terms();
    const pc::Index m = less.objective.network().hidden();
    for (pc::Index i = 0; n > 1 && i < n; ++i) {
      CHECK_FALSE(smaller::violated(less.objective.on_examples(smaller::all_but(n, i)), 1.5, w, v));
    }
    for (pc::Index j = 0; m > 1 && j < m; ++j) {
      const auto kept = smaller::all_but(m, j);
      const auto entries = less.objective.entries_of_neurons(kept);
      CHECK_FALSE(smaller::violated(less.objective.with_neurons(kept), 1.5, w(entries), v(entries)));
    }
    examples += n;
    neurons += m;
    ++count;
  }
  CHECK(examples <= 2 * count);  // one sample and one unit are enough for a violation (falsify_network.cpp)
  CHECK(neurons <= 2 * count);
}

TEST_CASE("constants that depend on the data are those of the smaller data, and a claim without premises is none") {
  const auto f = smaller::risk(3);
  const pc::Index least = f.terms() - 1;
  REQUIRE(least >= 3);
  const auto found = smaller::witness_of(f, 1.5, 3);
  // On fewer than `least` examples the factor is 1: a theorem. With the constants of the whole data it would be false.
  const auto of_size = [&](const smaller::Risk& on) { return smaller::claim(on, on.terms() < least ? 1 : 1.5); };
  CHECK(pc::shrink_problem(f, of_size, smaller::ball_of(f), found).objective.terms() == least);
  const auto with_premise = [&](const smaller::Risk& on) {
    if (on.network().hidden() < 2) throw std::invalid_argument("hidden: expected 2 units");
    return smaller::claim(on, 1.5);
  };
  const auto wide = pc::shrink_problem(f, with_premise, smaller::ball_of(f), found);
  CHECK(wide.objective.network().hidden() >= 2);
  CHECK(wide.minimal);
}

TEST_CASE("without evaluations nothing is dropped, and what is not violated is refused") {
  const auto f = smaller::risk(3);
  const auto found = smaller::witness_of(f, 1.5, 3);
  const auto made = [](const smaller::Risk& on) { return smaller::claim(on, 1.5); };
  for (const pc::Index evaluations : {0, 1, 7, 30}) {
    const auto some = pc::shrink_problem(f, made, smaller::ball_of(f), found, {.evaluations = evaluations});
    CHECK(some.evaluations <= evaluations);
    CHECK(smaller::violated(some.objective, 1.5, some.witness.w, some.witness.v));
    if (evaluations == 0) {
      CHECK(some.dropped_examples.empty());
      CHECK(some.dropped_neurons.empty());
      CHECK(some.witness.w == found.w);
      CHECK_FALSE(some.minimal);
    }
  }
  const auto theorem = [](const smaller::Risk& on) { return smaller::claim(on, 1); };
  CHECK_THROWS_AS(pc::shrink_problem(f, theorem, smaller::ball_of(f), found), std::invalid_argument);
}

TEST_CASE("a network is the sum of its neurons, with the first layer trained or all") {
  pc::RandomStream stream{pc::Seed{81}};
  for (const pc::Train train : {pc::Train::first, pc::Train::all}) {
    const smaller::Network network({.inputs = 3, .hidden = 5, .train = train}, pc::LeakyReLU{0.25});
    pc::Vector<double> w(network.parameters());
    stream.fill_normal(w);
    pc::Matrix<double> inputs(3, 4);
    for (auto column : inputs.colwise()) stream.fill_normal(column);
    const auto outputs_of = [&](const std::vector<pc::Index>& kept) {
      pc::Matrix<double> outputs(1, 4);
      const auto part = network.with_neurons(kept);
      CHECK(part.parameters() == static_cast<pc::Index>(network.entries_of_neurons(kept).size()));
      part.forward(w(network.entries_of_neurons(kept)), inputs, outputs);
      return outputs;
    };
    pc::Matrix<double> whole(1, 4);
    network.forward(w, inputs, whole);
    CHECK((outputs_of({0, 3}) + outputs_of({1, 2, 4}) - whole).norm() <= 1e-14 * whole.norm());
    CHECK(outputs_of({0, 1, 2, 3, 4}) == whole);
    CHECK_THROWS_AS(network.with_neurons(std::vector<pc::Index>{}), std::invalid_argument);
    CHECK_THROWS_AS(network.with_neurons(std::vector<pc::Index>{5}), std::invalid_argument);
    CHECK_THROWS_AS(network.entries_of_neurons(std::vector<pc::Index>{-1}), std::invalid_argument);
  }
}
