// SPDX-License-Identifier: MIT
#include <proxcvx/networks/mlp.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>

#include "objectives/laws.hpp"

namespace pc = proxcvx;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The network with no linear algebra: a cursor walks through the parameters in the documented order.
template <class A>
std::vector<double> by_loops(const std::vector<std::size_t>& sizes, const A& activation, const pc::Vector<double>& w,
                             std::vector<double> values) {
  pc::Index cursor = 0;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    std::vector<double> next(sizes[l + 1], 0.0);
    for (std::size_t k = 0; k < sizes[l]; ++k) {
      for (double& z : next) z += w[cursor++] * values[k];
    }
    for (double& z : next) z += w[cursor++];
    if (l + 2 < sizes.size()) {
      for (double& z : next) z = activation.value(z);
    }
    values = next;
  }
  REQUIRE(cursor == w.size());
  return values;
}

template <class A> void is_its_formula(const std::vector<std::size_t>& sizes, const A& activation) {
  pc::MLPSettings settings{.inputs = static_cast<pc::Index>(sizes.front()), .outputs = 1};
  settings.outputs = static_cast<pc::Index>(sizes.back());
  for (std::size_t l = 1; l + 1 < sizes.size(); ++l) settings.hidden.push_back(static_cast<pc::Index>(sizes[l]));
  const pc::MLP network{settings, activation};
  INFO(network.name());
  pc::RandomStream stream{pc::Seed{8}};
  const auto w = laws::random_vector<double>(stream, network.parameters());
  const auto inputs = laws::random_matrix<double>(stream, network.inputs(), 5);
  pc::Matrix<double> outputs(network.outputs(), 5);
  network.forward(w, inputs, outputs);
  for (pc::Index i = 0; i < 5; ++i) {
    const auto expected =
        by_loops(sizes, activation, w, std::vector<double>(inputs.col(i).data(), inputs.col(i).data() + inputs.rows()));
    for (pc::Index k = 0; k < network.outputs(); ++k) {
      CHECK(outputs(k, i) == Approx(expected[static_cast<std::size_t>(k)]).epsilon(1e-13).margin(1e-13));
    }
  }
}

}  // namespace

TEST_CASE("a small perceptron by hand") {
  // x = (1, 2); z = (1*1 + 2*3 + 5, 1*2 - 2*4 - 1) = (12, -7); ReLU: (12, 0); N = (10*12 + 1, -1*12 + 2).
  const pc::MLP network{{.inputs = 2, .hidden = {2}, .outputs = 2}, pc::ReLU{}};
  const pc::Vector<double> w{{1.0, 2.0, 3.0, -4.0, 5.0, -1.0, 10.0, -1.0, 20.0, 30.0, 1.0, 2.0}};
  const pc::Matrix<double> input{{1.0}, {2.0}};
  pc::Matrix<double> outputs(2, 1);
  network.forward(w, input, outputs);
  CHECK(outputs == pc::Matrix<double>{{121.0}, {-10.0}});

  // s = (1, 2): back at z: (10*1 - 1*2, 0) = (8, 0); at W_0 (8, 0) x^T, at b_0 (8, 0); at W_1 s (12, 0), at b_1 s.
  pc::Vector<double> gradient = pc::Vector<double>::Ones(12);
  network.pull_back(
      w, input, [](pc::MatrixRef<double> signals) { signals << 1, 2; }, gradient);
  CHECK(gradient == pc::Vector<double>{{9.0, 1.0, 17.0, 1.0, 9.0, 1.0, 13.0, 25.0, 1.0, 1.0, 2.0, 3.0}});

  // Along the second column of W_0, (1, 1): z' = (2, 2), N' = (10, -1) * 2.
  pc::Vector<double> direction = pc::Vector<double>::Zero(12);
  direction.segment(2, 2).setOnes();
  network.push_forward(w, direction, input, outputs);
  CHECK(outputs == pc::Matrix<double>{{20.0}, {-2.0}});
}

TEST_CASE("a perceptron's parameters lie as documented") {
  const pc::MLP network{{.inputs = 10, .hidden = {64, 32}, .outputs = 3}, pc::Tanh{}};
  CHECK(network.parameters() == 64 * 11 + 32 * 65 + 3 * 33);
  CHECK(network.inputs() == 10);
  CHECK(network.outputs() == 3);
  CHECK(network.width() == 64);
  CHECK(network.layers() == 3);
  CHECK(network.hidden() == std::vector<pc::Index>{64, 32});
  CHECK(network.name() == "mlp(64-32 tanh)");
  const pc::Vector<double> w = pc::Vector<double>::LinSpaced(network.parameters(), 0, 2882);
  CHECK(network.weights(w, 0).rows() == 64);
  CHECK(network.weights(w, 0).cols() == 10);
  CHECK(network.weights(w, 0)(3, 2) == 2 * 64 + 3);
  CHECK(network.bias(w, 0)[1] == 641);
  CHECK(network.weights(w, 1)(0, 0) == 704);
  CHECK(network.bias(w, 1).size() == 32);
  CHECK(network.weights(w, 2)(2, 31) == 704 + 2080 + 95);
  CHECK(network.bias(w, 2)[2] == 2882);
}

TEST_CASE("a perceptron is its formula at every depth") {
  is_its_formula({3, 2}, pc::Tanh{});
  is_its_formula({3, 5, 1}, pc::LeakyReLU{0.25});
  is_its_formula({1, 1, 1, 1}, pc::Sigmoid{});
  is_its_formula({4, 6, 3, 5, 2}, pc::Softplus{});
  is_its_formula({2, 7, 7, 7, 7, 3}, pc::Swish{});
}

TEST_CASE("without hidden layers a perceptron is a linear map with a bias") {
  const pc::MLP network{{.inputs = 2, .hidden = {}, .outputs = 2}, pc::ReLU{}};
  CHECK(network.parameters() == 6);
  CHECK(network.width() == 2);
  CHECK(network.name() == "mlp(linear)");
  const pc::Vector<double> w{{1.0, 2.0, 3.0, 4.0, 5.0, -6.0}};
  const pc::Matrix<double> inputs{{1.0, 0.0, -1.0}, {0.0, 1.0, -1.0}};
  pc::Matrix<double> outputs(2, 3);
  network.forward(w, inputs, outputs);
  CHECK(outputs == pc::Matrix<double>{{6.0, 8.0, 1.0}, {-4.0, -2.0, -12.0}});
  CHECK(network.rounding(w, 1.0).kink_threshold == 0);
  CHECK(network.rounding(w, 1.0).kink_jump == 0);
}

TEST_CASE("without biases, a perceptron of one layer is a two-layer network") {
  const pc::TwoLayer two_layer{{.inputs = 4, .hidden = 5, .train = pc::Train::all}, pc::Swish{}};
  const pc::MLP network{{.inputs = 4, .hidden = {5}}, pc::Swish{}};
  const auto w = two_layer.initialize(pc::Seed{7});
  pc::Vector<double> same = pc::Vector<double>::Zero(network.parameters());
  Eigen::Map<pc::Matrix<double>>(same.data(), 5, 4) = two_layer.weights(w).transpose();
  same.segment(25, 5) = w.tail(5);
  pc::RandomStream stream{pc::Seed{9}};
  const auto inputs = laws::random_matrix<double>(stream, 4, 6);
  pc::Matrix<double> expected(1, 6);
  pc::Matrix<double> outputs(1, 6);
  two_layer.forward(w, inputs, expected);
  network.forward(same, inputs, outputs);
  CHECK((outputs - expected).norm() <= 1e-15 * expected.norm());
}

TEST_CASE("a bounded gradient covers the other slope of a unit in any layer") {
  // The second hidden layer's z = 0.1 + 0.2 - 0.3: not 0 in doubles, and its exact sum has a sign of its own.
  const pc::MLP network{{.inputs = 3, .hidden = {3, 1}}, pc::ReLU{}};
  pc::Vector<double> w = pc::Vector<double>::Zero(network.parameters());
  Eigen::Map<pc::Matrix<double>>(w.data(), 3, 3).setIdentity();
  w.segment(12, 3).setOnes();
  w[16] = 1;
  const pc::Matrix<double> targets = pc::Matrix<double>::Ones(1, 1);
  const auto error = [&](const pc::Matrix<double>& input) {
    const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, pc::Dataset<double>(input, targets)};
    pc::Vector<double> slope(f.dimension());
    return f.bounded_gradient(w, slope).gradient_error;
  };
  w[14] = -1;
  CHECK(error(pc::Matrix<double>{{0.1}, {0.2}, {0.3}}) > 0.1);
  CHECK(error(pc::Matrix<double>{{0.1}, {0.2}, {0.5}}) < 1e-13);
  CHECK(error(pc::Matrix<double>{{-0.1}, {-0.2}, {-0.3}}) < 1e-13);  // exactly on it: every product is 0
  CHECK(error(pc::Matrix<double>{{0.1}, {0.2}, {-1e-17}}) > 0.1);  // in the first layer: too near for a bound by norms
}

TEST_CASE("bounds hold where a signal underflows and the layer below is huge") {
  pc::RandomStream stream{pc::Seed{36}};
  laws::Sharpness sharpness;
  const pc::MLP network{{.inputs = 2, .hidden = {3, 3}}, pc::Identity{}};
  for (int i = 0; i < 300; ++i) {
    // No kinks to hide behind. Tiny inputs, a huge W_1, a small W_2: what underflows in W_2^T s is multiplied by W_1 on
    // its way to b_0.
    const double scale = std::exp2(stream.uniform(100, 400));
    pc::Vector<double> w = laws::random_vector<double>(stream, network.parameters());
    for (const pc::Index bias : {6, 18}) w.segment(bias, 3).setZero();
    w.segment(9, 9) *= scale;
    w.segment(21, 3) *= 0x1p-40;
    w[24] = 0;
    const pc::Matrix<double> input = laws::random_matrix<double>(stream, 2, 1) / scale;
    pc::Matrix<double> output(1, 1);
    network.forward(w, input, output);
    // An output of about 720: the slope of the loss is among the smallest numbers there are.
    w.segment(9, 9) *= stream.uniform(690, 745) / std::abs(output(0, 0));
    const pc::Matrix<double> label = output.cwiseSign();
    const pc::EmpiricalRisk f{network, pc::LogisticLoss{}, pc::Dataset<double>(input, label)};
    laws::gradient_is_within_its_bound<long double>(f, w, sharpness);
  }
}

TEST_CASE("bounds of deep perceptrons hold at many scales and stay useful") {
  pc::RandomStream stream{pc::Seed{37}};
  laws::Sharpness sharpness;
  for (int i = 0; i < 300; ++i) {
    pc::MLPSettings settings{.inputs = 1 + stream.below(5)};
    for (pc::Index depth = stream.below(4); depth > 0; --depth) settings.hidden.push_back(1 + stream.below(5));
    const auto draw = [&](const auto& activation) {
      const pc::MLP network{settings, activation};
      const auto inputs = laws::random_matrix<double>(stream, settings.inputs, 1 + stream.below(6));
      const pc::Matrix<double> targets = laws::random_matrix<double>(stream, 1, inputs.cols());
      const pc::EmpiricalRisk f{network, pc::SquaredLoss{}, pc::Dataset<double>(inputs, targets)};
      laws::gradient_is_within_its_bound<long double>(f, laws::random_vector<double>(stream, f.dimension(), i % 12),
                                                      sharpness);
    };
    if (i % 3 == 0) draw(pc::Tanh{});
    if (i % 3 == 1) draw(pc::ReLU{});
    if (i % 3 == 2) draw(pc::SmoothLeakyReLU{0.25, 2});
  }
  CHECK(laws::Sharpness::median(sharpness.values) < 1e4);
  CHECK(laws::Sharpness::median(sharpness.gradients) < 1e4);
}

TEST_CASE("perceptrons reject settings that are none") {
  CHECK_THROWS_WITH((pc::MLP{{.inputs = 0, .hidden = {2}}, pc::ReLU{}}),
                    ContainsSubstring("inputs: expected a number >= 1, got 0"));
  CHECK_THROWS_WITH((pc::MLP{{.inputs = 1, .hidden = {2, 0, 3}}, pc::ReLU{}}),
                    ContainsSubstring("hidden: expected layers of >= 1 units, got 0"));
  CHECK_THROWS_WITH((pc::MLP{{.inputs = 1, .hidden = {2}, .outputs = -1}, pc::ReLU{}}),
                    ContainsSubstring("outputs: expected a number >= 1, got -1"));
  const pc::Index huge = pc::Index{1} << 40;
  CHECK_THROWS_WITH((pc::MLP{{.inputs = huge, .hidden = {huge}}, pc::ReLU{}}),
                    ContainsSubstring("hidden: expected layers whose weights can be counted"));
  const pc::Index largest = std::numeric_limits<pc::Index>::max();
  CHECK_THROWS_AS((pc::MLP{{.inputs = largest}, pc::ReLU{}}), std::invalid_argument);
  CHECK_THROWS_AS((pc::MLP{{.inputs = 1, .hidden = {largest}}, pc::ReLU{}}), std::invalid_argument);
}
