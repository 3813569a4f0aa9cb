// SPDX-License-Identifier: MIT
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <sstream>

#include "prove/functions.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"

// Pair properties over boxes of (w, v): the agnostic neuron with a kinked activation, convexity with its zeros on the
// diagonal, and what is false of either.

namespace pc = proxcvx;
using pc::Verdict;
using proving::Function;
using proving::interval;
using proving::Kind;
using proving::square;

namespace {

/// Six Gaussian samples with Gaussian labels.
auto leaky_neuron(pc::Index dimension, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{seed}, 0};
  pc::Matrix<double> inputs(dimension, 6), targets(1, 6);
  for (double& x : inputs.reshaped()) x = stream.normal();
  for (double& y : targets.reshaped()) y = stream.normal();
  return pc::EmpiricalRisk{pc::Neuron({.inputs = dimension}, pc::LeakyReLU{0.5}), pc::SquaredLoss{},
                           pc::Dataset<double>(inputs, targets)};
}

/// g = g_factor F, h = h_factor F.
template <class Risk> auto scaled(const Risk& risk, double g_factor, double h_factor) {
  return pc::ProxyConvexity{risk, pc::Affine{g_factor, risk}, pc::Affine{h_factor, risk}};
}

}  // namespace

TEST_CASE("prove: the agnostic neuron's loose pair over boxes of (w, v), not term by term") {
  const double gamma = 0.5;
  for (pc::Index dimension = 1; dimension <= (tests::long_run() ? 4 : 3); ++dimension) {
    const auto property = scaled(leaky_neuron(dimension, 1), gamma / 2, gamma + 1 / (gamma * gamma));
    const auto report = pc::prove(property, proving::cube(dimension, 1), {.seconds = 60, .rectangles = 0});
    INFO(report);
    CHECK(report.verdict() == Verdict::proved_on_box);
    CHECK(report.pairs);
  }
}

TEST_CASE("prove: false pairs of the neuron are refuted") {
  const auto risk = leaky_neuron(2, 1);
  for (const auto& [g, h] : {std::pair{4.0, 0.1}, std::pair{0.5, 0.01}, std::pair{1.0, 1.0}}) {
    const auto property = scaled(risk, g, h);
    const auto report = pc::prove(property, proving::cube(2, 3), {.boxes = 200'000});
    INFO(report);
    CHECK(report.verdict() == Verdict::violated);
    REQUIRE(report.witness);
    const auto margin = property.margin(report.witness->w, report.witness->v);
    CHECK(margin.value < margin.error);
    std::ostringstream printed;
    printed << report;
    CHECK_THAT(printed.str(), Catch::Matchers::ContainsSubstring(", v = ("));
  }
}

TEST_CASE("prove: convexity, whose margins on the diagonal are 0") {
  const auto proved = [](const Function<>& f, const pc::Box<double>& box) {
    const auto report = pc::prove(pc::convexity(f), box, {.boxes = 20'000});
    INFO(report);
    CHECK(report.declared_zeros == 0);
    return report.verdict();
  };
  CHECK(proved(Function<>(Kind::soft), interval(-3, 5)) == Verdict::proved_on_box);
  CHECK(proved(Function<>(Kind::bowl, 0.3), square(-1, 1)) == Verdict::proved_on_box);
  CHECK(proved(Function<>(Kind::quartic), interval(0.1, 2)) == Verdict::proved_on_box);
  CHECK(proved(Function<>(Kind::saddle), square(-1, 1.1)) == Verdict::violated);
  CHECK(proved(Function<>(Kind::logarithm), interval(0.5, 2)) == Verdict::violated);
  // not convex beyond |z| = 1/sqrt 3, and there by little
  CHECK(proved(Function<>(Kind::bump, 0, 1), interval(-2, 2)) == Verdict::violated);
  CHECK(proved(Function<>(Kind::bump, 0, 1), interval(0.57, 0.58)) != Verdict::proved_on_box);
  CHECK(proved(Function<>(Kind::bump, 0, 1), interval(0.578, 2)) == Verdict::proved_on_box);
  // the slope jumps at 0: neither an enclosure nor a second derivative
  CHECK(proved(Function<>(Kind::absolute), interval(-1, 1.5)) == Verdict::inconclusive);

  // Two functions of one type are not one function.
  const Function<> here(Kind::bowl, 0.3), there(Kind::bowl, 0.3 + 1e-9);
  const pc::ProxyConvexity mixed{here, here, there};
  CHECK(!mixed.is_convexity());
  CHECK(pc::prove(mixed, square(-1, 1), {.boxes = 20'000}).verdict() != Verdict::proved_on_box);
}

TEST_CASE("prove: a neuron whose slope jumps is not convex, though its second derivatives are positive") {
  // f(w) = (max(w/2, w) - 1)^2/2: f' falls from -1/2 to -1 at 0.
  const auto one = pc::Matrix<double>::Ones(1, 1).eval();
  const pc::EmpiricalRisk risk{pc::Neuron({.inputs = 1}, pc::LeakyReLU{0.5}), pc::SquaredLoss{},
                               pc::Dataset<double>(one, one)};
  for (const double half_width : {2.0, 1e-3, 1e-6}) {
    const auto report = pc::prove(pc::convexity(risk), interval(-half_width, 0.9 * half_width), {.boxes = 20'000});
    INFO(report);
    CHECK(report.verdict() == Verdict::violated);
  }
  CHECK(pc::prove(pc::convexity(risk), interval(0.1, 3)).verdict() == Verdict::proved_on_box);
  CHECK(pc::prove(pc::convexity(risk), interval(-3, -0.1)).verdict() == Verdict::proved_on_box);
}

TEST_CASE("prove: w in one box and v in another") {
  // a convex function, and a concave one, of which the inequality is false wherever w != v
  const auto property = pc::convexity(Function<>(Kind::soft));
  CHECK(pc::prove(property, interval(-3, -1), interval(1, 2)).verdict() == Verdict::proved_on_box);
  const auto concave = pc::convexity(Function<>(Kind::logarithm));
  const auto report = pc::prove(concave, interval(1, 2), interval(3, 4));
  CHECK(report.verdict() == Verdict::violated);
  CHECK(report.witness->w[0] <= 2);
  CHECK(report.witness->v[0] >= 3);
  CHECK_THROWS_AS(pc::prove(property, interval(0, 1), square(0, 1)), std::invalid_argument);
}
