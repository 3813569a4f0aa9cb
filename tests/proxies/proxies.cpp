// SPDX-License-Identifier: MIT
#include <proxcvx/networks/neuron.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/proxies/affine.hpp>
#include <proxcvx/proxies/classification_error.hpp>
#include <proxcvx/proxies/constant.hpp>
#include <proxcvx/proxies/distance_squared.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/proxies/neuron_proxy.hpp>

#include "objectives/models.hpp"

namespace pc = proxcvx;

namespace {

template <class S> using AnyTwoLayer = pc::TwoLayer<pc::AnyActivation, S>;

/// A random risk with the logistic loss: small shapes, any activation, data and weights of matching scales.
template <class S> auto random_risk(pc::RandomStream& stream, int i) {
  const pc::Index d = 1 + stream.below(5);
  const double scale = std::exp2(stream.uniform(-30, 30));
  const pc::LogisticLoss loss;
  const auto data = models::random_data<S>(loss, stream, d, 1, 1 + stream.below(8), scale);
  const auto activation = models::all_activations()[static_cast<std::size_t>(stream.below(8))];
  const AnyTwoLayer<S> network(
      {.inputs = d, .hidden = 1 + stream.below(5), .train = i % 2 == 0 ? pc::Train::first : pc::Train::all},
      activation);
  return std::pair{pc::EmpiricalRisk(network, loss, data),
                   pc::Vector<S>(static_cast<S>(1 / scale) * laws::random_vector<S>(stream, network.parameters(), 3))};
}

template <class S, class W> void bounds_hold(int instances) {
  pc::RandomStream stream{pc::Seed{61}};
  laws::Sharpness slope;
  laws::Sharpness rest;
  for (int i = 0; i < instances; ++i) {
    const auto [f, w] = random_risk<S>(stream, i);
    const pc::LossDerivative g{f};
    laws::value_is_within_its_bound<W>(g, w, slope);
    laws::value_is_within_its_bound<W>(pc::ClassificationError{f}, w, rest);
    laws::value_is_within_its_bound<W>(pc::Affine{stream.normal(), g, stream.normal()}, w, rest);
    laws::value_is_within_its_bound<W>(pc::Sum{g, pc::Affine{0.5, f}}, w, rest);
    laws::value_is_within_its_bound<W>(pc::DistanceSquared<S>(pc::Vector<S>(S(1.5) * w), std::exp2(stream.normal())), w,
                                       rest);
  }
  CHECK(laws::Sharpness::median(slope.values) < 1e4);
}

template <class S, class W> void neuron_bounds_hold(int instances) {
  pc::RandomStream stream{pc::Seed{62}};
  laws::Sharpness sharpness;
  for (int i = 0; i < instances; ++i) {
    const pc::Index d = 1 + stream.below(5);
    const auto data = models::random_data<S>(pc::SquaredLoss{}, stream, d, 1, 1 + stream.below(8));
    const pc::Neuron<pc::AnyActivation, S> neuron({.inputs = d},
                                                  models::all_activations()[static_cast<std::size_t>(i % 8)]);
    const auto v = laws::random_vector<S>(stream, d, 2);
    pc::Vector<S> w = laws::random_vector<S>(stream, d, 2);
    if (i % 3 == 0) w = v * (S(1) + std::numeric_limits<S>::epsilon());  // nearly the reference: cancellation
    if (i % 5 == 0) w -= data.inputs().col(0) * (w.dot(data.inputs().col(0)) / data.inputs().col(0).squaredNorm());
    laws::value_is_within_its_bound<W>(pc::NeuronProxy(neuron, data, v), w, sharpness);
  }
}

}  // namespace

TEST_CASE("proxies are within their bounds, float") { bounds_hold<float, double>(500); }
TEST_CASE("proxies are within their bounds, double") { bounds_hold<double, long double>(500); }
TEST_CASE("the neuron's proxy is within its bounds, on kinks too") {
  neuron_bounds_hold<float, double>(1000);
  neuron_bounds_hold<double, long double>(1000);
}

TEST_CASE("a proxy taken beside the gradient is what it is alone") {
  pc::RandomStream stream{pc::Seed{64}};
  for (int i = 0; i < 200; ++i) {
    const auto drawn = random_risk<double>(stream, i);
    const auto& f = std::get<0>(drawn);
    const auto& w = std::get<1>(drawn);
    pc::Vector<double> alone(f.dimension()), beside(f.dimension());
    const auto gradient = pc::bounded_gradient(f, w, alone);
    const auto is_the_same = [&](const auto& g) {
      const auto both = pc::bounded_gradient_and_proxy(f, g, w, beside);
      const auto value = pc::bounded_proxy_value<double>(g, w);
      CHECK(beside == alone);
      CHECK(both.gradient.value == gradient.value);
      CHECK(both.gradient.gradient_error == gradient.gradient_error);
      CHECK(std::abs(both.proxy.value - value.value) <= both.proxy.error + value.error);
      CHECK(both.proxy.error <= 4 * value.error);
      CHECK(value.error <= 4 * both.proxy.error);
    };
    is_the_same(f);
    is_the_same(pc::LossDerivative{f});
    // A risk of the same type with other data is another proxy.
    const pc::EmpiricalRisk flipped{f.network(), f.loss(),
                                    pc::Dataset<double>(f.data().inputs(), pc::Matrix<double>(-f.data().targets()))};
    is_the_same(flipped);
    is_the_same(pc::LossDerivative{flipped});
  }
}

TEST_CASE("G is E[-l'(yN)]: G <= F, G <= 1, classification error <= 2G") {
  pc::RandomStream stream{pc::Seed{63}};
  for (int i = 0; i < 500; ++i) {
    const auto [f, w] = random_risk<double>(stream, i);
    const pc::LossDerivative g{f};
    pc::Matrix<double> outputs(1, f.terms());
    f.network().forward(w, f.data().inputs(), outputs);
    double mean = 0;
    double wrong = 0;
    for (pc::Index k = 0; k < f.terms(); ++k) {
      const double z = outputs(0, k) * f.data().targets()(0, k);
      mean += 1 / (1 + std::exp(z)) / static_cast<double>(f.terms());
      wrong += (z <= 0 ? 1.0 : 0.0) / static_cast<double>(f.terms());
    }
    CHECK(g.value(w) == Approx(mean));
    CHECK(g.value(w) <= f.value(w));
    CHECK(g.value(w) <= g.supremum());
    CHECK(pc::ClassificationError{f}.value(w) == Approx(wrong));
    CHECK(pc::ClassificationError{f}.value(w) <= 2 * g.value(w) + 1e-15);
  }
}

TEST_CASE("the neuron's proxy is its formula, 0 at the reference, and certain at 0") {
  pc::Matrix<double> inputs(2, 3);
  inputs << 1, 0, -1,  //
      0, 2, 1;
  const pc::Dataset<double> data(inputs, pc::Matrix<double>::Zero(1, 3));
  const pc::Vector<double> v{{1.0, 1.0}};
  const pc::Vector<double> w{{-1.0, 2.0}};
  const pc::NeuronProxy g(pc::Neuron{{.inputs = 2}, pc::LeakyReLU{0.5}}, data, v);
  // w.x = -1, 4, 3; v.x = 1, 2, 0: (-0.5 - 1)^2 0.5, (4 - 2)^2, (3 - 0)^2, halved and averaged
  CHECK(g.value(w) == Approx((2.25 * 0.5 + 4 + 9) / 6));
  CHECK(g.value(v) == 0);
  CHECK(g.bounded_value(pc::Vector<double>::Zero(2)).error < 1e-14);  // sigma'(0) = 1 is exact there
  CHECK_THROWS_AS(pc::NeuronProxy(pc::Neuron({.inputs = 2}, pc::LeakyReLU{0.5}), data,
                                  pc::Vector<double>(pc::Vector<double>::Zero(3))),
                  std::invalid_argument);
}

TEST_CASE("classification error counts ties and several classes") {
  const pc::Matrix<double> inputs = pc::Matrix<double>::Identity(3, 3);
  const pc::Matrix<double> one_hot = pc::Matrix<double>::Identity(3, 3);
  const pc::EmpiricalRisk f{models::LinearMap<double>{3, 3}, pc::SoftmaxCrossEntropy{},
                            pc::Dataset<double>(inputs, one_hot)};
  const pc::ClassificationError error{f};
  pc::Matrix<double> map = pc::Matrix<double>::Identity(3, 3);
  const auto at = [&] { return error.value(Eigen::Map<const pc::Vector<double>>(map.data(), 9)); };
  CHECK(at() == 0);
  map(1, 0) = 1;  // a tie between classes 0 and 1 at the first sample
  CHECK(at() == Approx(1.0 / 3));
  map(2, 1) = 2;  // class 2 ahead at the second
  CHECK(at() == Approx(2.0 / 3));
  const pc::EmpiricalRisk binary{pc::TwoLayer{{.inputs = 3, .hidden = 2}, pc::LeakyReLU{0.5}}, pc::LogisticLoss{},
                                 pc::Dataset<double>(inputs, pc::Matrix<double>::Ones(1, 3))};
  const auto nothing = pc::ClassificationError{binary}.bounded_value(pc::Vector<double>::Zero(6));
  CHECK(nothing.value == 1);  // N = 0 is an error
}

TEST_CASE("constants, multiples and distances are what they say") {
  const pc::Vector<double> w{{3.0, 4.0}};
  const pc::DistanceSquared distance(pc::Vector<double>(pc::Vector<double>::Zero(2)), 2.0);
  CHECK(distance.value(w) == 50);
  CHECK(pc::Affine(0.5, distance, -5.0).value(w) == 20);
  CHECK(pc::Constant{7.0}.value(w) == 7);
  CHECK(pc::Constant<float>{0.1}.bounded_value(w.cast<float>()).error > 0);  // 0.1 is no float
  CHECK(pc::Sum{distance, pc::Affine(0.5, distance)}.value(w) == 75);
  CHECK_THROWS_AS(pc::DistanceSquared(w, -1.0), std::invalid_argument);
  CHECK_THROWS_AS(pc::Affine(std::numeric_limits<double>::infinity(), distance), std::invalid_argument);
  CHECK_THROWS_AS(pc::Constant{std::numeric_limits<double>::quiet_NaN()}, std::invalid_argument);
}
