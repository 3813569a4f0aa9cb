// SPDX-License-Identifier: MIT
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/two_layer.hpp>

#include "support/catch2.hpp"

namespace pc = proxcvx;
using Catch::Matchers::ContainsSubstring;

namespace {

/// sum_j a_j s(sum_k x_k w[j d + k]), term by term.
template <class A>
double by_loops(const A& activation, const pc::Vector<double>& w, const pc::Vector<double>& a,
                const pc::Vector<double>& x) {
  double sum = 0;
  for (pc::Index j = 0; j < a.size(); ++j) {
    double z = 0;
    for (pc::Index k = 0; k < x.size(); ++k) z += x[k] * w[j * x.size() + k];
    sum += a[j] * activation.value(z);
  }
  return sum;
}

}  // namespace

TEST_CASE("outer weights alternate between 1/sqrt(m) and -1/sqrt(m)") {
  const pc::TwoLayer network{{.inputs = 2, .hidden = 5}, pc::ReLU{}};
  const double size = 1 / std::sqrt(5.0);
  CHECK(network.outer_weights() == pc::Vector<double>{{size, -size, size, -size, size}});
  CHECK(network.outer_weights().norm() == Approx(1));
  const pc::Vector<double> own{{1.0, 2.0}};
  CHECK(pc::TwoLayer({.inputs = 2, .hidden = 2}, pc::ReLU{}, own).outer_weights() == own);
}

TEST_CASE("a two-layer network's parameters lie as documented") {
  const pc::TwoLayer first{{.inputs = 3, .hidden = 4}, pc::Tanh{}};
  const pc::TwoLayer all{{.inputs = 3, .hidden = 4, .train = pc::Train::all}, pc::Tanh{}};
  CHECK(first.parameters() == 12);
  CHECK(all.parameters() == 16);
  CHECK(all.initialize(pc::Seed{1}).head(12) == first.initialize(pc::Seed{1}));
  CHECK(all.initialize(pc::Seed{1}).tail(4) == all.outer_weights());
  const pc::Vector<double> w = pc::Vector<double>::LinSpaced(12, 0, 11);
  CHECK(first.weights(w).col(2) == pc::Vector<double>{{6.0, 7.0, 8.0}});
  CHECK(first.name() == "two-layer(4 tanh, first layer trained)");
  CHECK(all.name() == "two-layer(4 tanh, all trained)");
}

TEST_CASE("a two-layer network is its formula") {
  pc::RandomStream stream{pc::Seed{2}};
  const pc::LeakyReLU activation{0.25};
  const pc::TwoLayer first{{.inputs = 3, .hidden = 4}, activation};
  const pc::TwoLayer all{{.inputs = 3, .hidden = 4, .train = pc::Train::all}, activation};
  pc::Matrix<double> inputs(3, 6);
  stream.fill_normal(inputs);
  pc::Vector<double> w(16);
  stream.fill_normal(w);
  pc::Matrix<double> outputs(1, 6);
  for (pc::Index i = 0; i < 6; ++i) {
    first.forward(w.head(12), inputs, outputs);
    CHECK(outputs(0, i) == Approx(by_loops(activation, w.head(12), first.outer_weights(), inputs.col(i))));
    all.forward(w, inputs, outputs);
    CHECK(outputs(0, i) == Approx(by_loops(activation, w.head(12), w.tail(4), inputs.col(i))));
  }
}

TEST_CASE("with one unit of outer weight 1, a two-layer network is a neuron") {
  const pc::TwoLayer network({.inputs = 3, .hidden = 1}, pc::Swish{}, pc::Vector<double>::Ones(1));
  const pc::Neuron neuron{{.inputs = 3}, pc::Swish{}};
  pc::RandomStream stream{pc::Seed{3}};
  pc::Matrix<double> inputs(3, 5);
  stream.fill_normal(inputs);
  const auto w = neuron.initialize(pc::Seed{4});
  pc::Matrix<double> outputs(1, 5);
  pc::Matrix<double> expected(1, 5);
  network.forward(w, inputs, outputs);
  neuron.forward(w, inputs, expected);
  CHECK((outputs - expected).norm() <= 1e-15 * expected.norm());
  CHECK(neuron.name() == "neuron(swish)");
  CHECK(neuron.parameters() == 3);
}

TEST_CASE("the starts of a search: teacher directions, all units active or inactive, one on its kink") {
  // y x has a positive first entry: the inputs with y = 1 and the mirrored others lie in one half-space.
  const pc::Matrix<double> x{{1.0, 2.0, 3.0}, {0.5, -1.0, 0.25}};
  const pc::Matrix<double> y{{1.0, -1.0, 1.0}};
  const pc::TwoLayer network{{.inputs = 2, .hidden = 3, .train = pc::Train::all}, pc::ReLU{}};
  const pc::Matrix<double> starts = network.starts(x, y);
  REQUIRE(starts.rows() == network.parameters());
  REQUIRE(starts.allFinite());
  const pc::Vector<double> teacher = (x.col(0) - x.col(1) + x.col(2)) / 3;
  for (pc::Index j = 0; j < 3; ++j) {
    const auto unit = [&](pc::Index column) -> pc::Vector<double> { return starts.col(column).segment(2 * j, 2); };
    CHECK((unit(0) - network.outer_weights()[j] * teacher).norm() <= 1e-15);
    CHECK(unit(1) == -unit(0));
    CHECK(((unit(4).transpose() * x).array() > 0).all());
    CHECK(((unit(5).transpose() * x).array() < 0).all());
    CHECK(((unit(7).transpose() * x).array() < 0).all());
    CHECK((unit(7) - unit(5) / 1024).norm() == 0);
    CHECK(((unit(8).transpose() * x).array() * y.array() * network.outer_weights()[j] > 0).all());
  }
  CHECK(std::abs(starts.col(6).head(2).dot(x.col(0))) <= 1e-15);
  for (pc::Index k = 0; k < starts.cols(); ++k) CHECK(starts.col(k).tail(3) == network.outer_weights());
}

TEST_CASE("two-layer networks and neurons reject settings that are none") {
  CHECK_THROWS_WITH((pc::TwoLayer{{.inputs = 0, .hidden = 2}, pc::ReLU{}}),
                    ContainsSubstring("inputs: expected a number >= 1, got 0"));
  CHECK_THROWS_WITH((pc::TwoLayer{{.inputs = 2, .hidden = -1}, pc::ReLU{}}),
                    ContainsSubstring("hidden: expected a number >= 1, got -1"));
  CHECK_THROWS_WITH((pc::TwoLayer({.inputs = 2, .hidden = 2}, pc::ReLU{}, pc::Vector<double>::Ones(3))),
                    ContainsSubstring("outer_weights: expected 2 entries"));
  const pc::Vector<double> nothing = pc::Vector<double>::Constant(2, std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_WITH((pc::TwoLayer({.inputs = 2, .hidden = 2}, pc::ReLU{}, nothing)),
                    ContainsSubstring("outer_weights: expected finite entries"));
  CHECK_THROWS_WITH((pc::Neuron{{.inputs = 0}, pc::ReLU{}}), ContainsSubstring("inputs: expected a number >= 1"));
}
