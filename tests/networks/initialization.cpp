// SPDX-License-Identifier: MIT
#include <proxcvx/networks/initialization.hpp>
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/two_layer.hpp>

#include "support/catch2.hpp"

namespace pc = proxcvx;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Whether N entries look like N(0, deviation^2): mean and mean square within 5 standard errors of theirs.
template <class Entries> void have_deviation(const Entries& entries, double deviation) {
  const auto count = static_cast<double>(entries.size());
  const double mean = entries.sum() / count;
  const double variance = entries.squaredNorm() / count;
  CAPTURE(count, mean, variance, deviation);
  CHECK(std::abs(mean) <= 5 * deviation / std::sqrt(count));
  CHECK(std::abs(variance - deviation * deviation) <= 5 * std::sqrt(2 / count) * deviation * deviation);
}

}  // namespace

TEST_CASE("deviations are those of the papers") {
  CHECK(pc::Initialization::gaussian(0.25).deviation(7, 9) == 0.25);
  CHECK(pc::Initialization::lecun().deviation(16, 9) == 0.25);
  CHECK(pc::Initialization::he().deviation(32, 9) == 0.25);
  CHECK(pc::Initialization::truncated_he().deviation(32, 9) == 0.25);
  CHECK(pc::Initialization::glorot().deviation(20, 12) == 0.25);
}

TEST_CASE("a filled layer has the deviation of its fans") {
  pc::Matrix<double> layer(200, 300);
  for (const pc::Initialization& kind :
       {pc::Initialization::gaussian(0.3), pc::Initialization::lecun(), pc::Initialization::he(),
        pc::Initialization::truncated_he(), pc::Initialization::glorot()}) {
    pc::RandomStream stream{pc::Seed{3}};
    kind.fill(layer, 300, 200, stream);
    have_deviation(layer, kind.deviation(300, 200));
  }
  pc::RandomStream stream{pc::Seed{3}};
  pc::Initialization::truncated_he().fill(layer, 300, 200,
                                          stream);  // no entry beyond two deviations before the scaling
  CHECK(layer.cwiseAbs().maxCoeff() <= 2 * std::sqrt(2.0 / 300) / 0.8796);
  CHECK(layer.cwiseAbs().maxCoeff() >= 1.99 * std::sqrt(2.0 / 300) / 0.8797);
  pc::Initialization::gaussian(0).fill(layer, 300, 200, stream);
  CHECK((layer.array() == 0).all());
}

TEST_CASE("networks draw their weights as documented") {
  const pc::TwoLayer two_layer{{.inputs = 100, .hidden = 300}, pc::ReLU{}};
  have_deviation(two_layer.initialize(pc::Seed{1}), 0.1);
  have_deviation(two_layer.initialize(pc::Seed{1}, pc::Initialization::gaussian(2)), 2);
  have_deviation(pc::Neuron{{.inputs = 10'000}, pc::ReLU{}}.initialize(pc::Seed{1}), 0.01);

  const pc::MLPSettings settings{.inputs = 150, .hidden = {250, 50}, .outputs = 100};
  const pc::MLP rectifier{settings, pc::LeakyReLU{0.1}};
  const pc::MLP smooth{settings, pc::Tanh{}};
  const auto he = rectifier.initialize(pc::Seed{2});
  const auto glorot = smooth.initialize(pc::Seed{2});
  const std::vector<double> fan_in{150, 250, 50};
  const std::vector<double> fan_out{250, 50, 100};
  for (pc::Index l = 0; l < 3; ++l) {
    const auto i = static_cast<std::size_t>(l);
    have_deviation(rectifier.weights(he, l), std::sqrt(2 / fan_in[i]));
    have_deviation(smooth.weights(glorot, l), std::sqrt(2 / (fan_in[i] + fan_out[i])));
    CHECK((rectifier.bias(he, l).array() == 0).all());
    CHECK((smooth.bias(glorot, l).array() == 0).all());
  }
}

TEST_CASE("a seed reproduces weights, another one draws others") {
  const pc::MLP network{{.inputs = 3, .hidden = {5}, .outputs = 2}, pc::Tanh{}};
  CHECK(network.initialize(pc::Seed{4}) == network.initialize(pc::Seed{4}));
  CHECK(network.initialize(pc::Seed{4}) != network.initialize(pc::Seed{5}));
  const pc::TwoLayer two_layer{{.inputs = 3, .hidden = 5}, pc::Tanh{}};
  CHECK(two_layer.initialize(pc::Seed{4}) == two_layer.initialize(pc::Seed{4}));
  CHECK(two_layer.initialize(pc::Seed{4}) != two_layer.initialize(pc::Seed{5}));
}

TEST_CASE("initializations reject deviations that are none") {
  CHECK_THROWS_WITH(pc::Initialization::gaussian(-1), ContainsSubstring("deviation: expected a finite number >= 0"));
  CHECK_THROWS_AS(pc::Initialization::gaussian(std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
  CHECK_THROWS_AS(pc::Initialization::gaussian(std::numeric_limits<double>::infinity()), std::invalid_argument);
}
